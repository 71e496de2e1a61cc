import { forgeToken } from "@postern/auth/testing/forge-token";
import { listenWorld } from "@postern/auth/testing/listen-world";
import { decodeJwt } from "jose";
import { expect, test } from "vitest";
import type { SessionStorage, StepUpRequest } from "./index.ts";
import { ada, openStorage, watchClient } from "./testing/watched-client.ts";

type World = Awaited<ReturnType<typeof listenWorld>>;

/** The kept token as if the sign-in had been an hour ago. */
async function ageSignIn(world: World, storage: SessionStorage) {
  const kept = (await storage.read())!;
  const claims = decodeJwt(kept.session!.accessToken);
  const payload = { ...claims, auth_time: Math.floor(Date.now() / 1000) - 3_600 };
  const accessToken = await forgeToken(world, { payload });
  await storage.write({ ...kept, session: { ...kept.session!, accessToken } });
}

async function signUpLongAgo(world: World, onStepUp?: (it: StepUpRequest) => Promise<boolean>) {
  const storage = openStorage();
  const watched = watchClient(world, { storage, ...(onStepUp ? { onStepUp } : {}) });
  await watched.client.signUp(ada);
  await ageSignIn(world, storage);
  return watched;
}

test("calls that need a fresh sign-in ask once for it and then go on, all of them (R-07)", async () => {
  await using world = await listenWorld();
  let asked = 0;
  const { client, lines } = await signUpLongAgo(world, async ({ error, calls }) => {
    asked += 1;
    expect(error.code).toBe("step_up_required");
    const answer = await calls.stepUp({ password: ada.password });
    return "accessToken" in answer;
  });
  const keys = ["one", "two", "three"].map((name) => client.createApiKey({ name, scopes: [] }));
  expect((await Promise.all(keys)).map(({ name }) => name)).toEqual(["one", "two", "three"]);
  expect(asked).toBe(1);
  expect(lines.filter((line) => line === "POST /api/auth/api-keys")).toHaveLength(6);
});

test("without a hook the refusal is thrown", async () => {
  await using world = await listenWorld();
  const key = { name: "k", scopes: [] };
  const bare = await signUpLongAgo(world);
  await expect(bare.client.createApiKey(key)).rejects.toMatchObject({ code: "step_up_required" });
});

test("where the user declines, the call is not made again", async () => {
  await using world = await listenWorld();
  const { client, lines } = await signUpLongAgo(world, async () => false);
  const made = client.createApiKey({ name: "k", scopes: [] });
  await expect(made).rejects.toMatchObject({ code: "step_up_required", status: 403 });
  expect(lines.filter((line) => line === "POST /api/auth/api-keys")).toHaveLength(1);
});

test("a hook that says yes and proves nothing is asked once, not for ever", async () => {
  await using world = await listenWorld();
  let asked = 0;
  const { client, lines } = await signUpLongAgo(world, async () => {
    asked += 1;
    return asked > 0;
  });
  const made = client.createApiKey({ name: "k", scopes: [] });
  await expect(made).rejects.toMatchObject({ code: "step_up_required", status: 403 });
  expect(asked).toBe(1);
  expect(lines.filter((line) => line === "POST /api/auth/api-keys")).toHaveLength(2);
});

test("a wrong password at the hook is the hook's to see, and ends no session", async () => {
  await using world = await listenWorld();
  const { client, ends } = await signUpLongAgo(world, async ({ calls }) => {
    await expect(calls.stepUp({ password: "not hers at all" })).rejects.toMatchObject({
      code: "invalid_credentials",
    });
    return false;
  });
  const made = client.createApiKey({ name: "k", scopes: [] });
  await expect(made).rejects.toMatchObject({ code: "step_up_required" });
  expect((await client.getAccount()).user.email).toBe(ada.email);
  expect(ends).toEqual([]);
});
