import { eq } from "drizzle-orm";
import { expect, test } from "vitest";
import { signPendingToken } from "../sessions/pending-token.ts";
import { ageSession } from "../testing/age-session.ts";
import { call, password, signUp } from "../testing/client.ts";
import { openWorld, type World } from "../testing/world.ts";
import { enableTotp } from "../two-factor/testing/factors.ts";
import { callAdmin, setRole, signUpAdmin } from "./testing/admins.ts";

const USER = "0192f0c1-2345-7abc-8def-0123456789ab";

const READING = [
  "GET /overview",
  "GET /users",
  "POST /users/search",
  `GET /users/${USER}`,
  "GET /events",
  "GET /detections",
  "POST /deliveries",
  "GET /events/stream",
];
const WRITING = ["unlock", "disable", "enable", "end-sessions", "force-reset"].map(
  (action) => `POST /users/${USER}/${action}`,
);

const statuses = async (world: World, lines: readonly string[], token?: string) => {
  const answers = await Promise.all(
    lines.map((line) => callAdmin(world, line, token === undefined ? {} : { token })),
  );
  return [...new Set(answers.map(({ status, body }) => `${status} ${body.code}`))];
};

test("every call but an administrator's is refused: nobody, a user, a key, a pending token (A-06, A-28)", async () => {
  await using world = await openWorld();
  const ada = await signUp(world);
  const { key } = (
    await call(world, "POST /api-keys", {
      token: ada.accessToken,
      body: { name: "mine", scopes: ["read"] },
    })
  ).body;
  await setRole(world, ada.user.id, "admin");
  const pending = await signPendingToken(world, {
    userId: ada.user.id,
    passwordHash: null,
    amr: "pwd",
  });
  const all = [...READING, ...WRITING];
  expect(await statuses(world, all)).toEqual(["401 invalid_token"]);
  expect(await statuses(world, all, key)).toEqual(["401 invalid_token"]);
  expect(await statuses(world, all, pending)).toEqual(["401 invalid_token"]);
  const eve = await signUp(world, "eve@example.com");
  expect(await statuses(world, all, eve.accessToken)).toEqual(["403 forbidden"]);
  for (const path of ["//overview", "/%6fverview", "/overview;x", "/OVERVIEW", "/overview/"]) {
    const { status } = await callAdmin(world, `GET ${path}`, { token: eve.accessToken });
    expect([403, 404], path).toContain(status);
  }
});

test("who was demoted, disabled or signed out a moment ago is an administrator no more", async () => {
  await using world = await openWorld();
  const { token, id } = await signUpAdmin(world);
  expect((await callAdmin(world, "GET /overview", { token })).status).toBe(200);
  await setRole(world, id, "user");
  const all = [...READING, ...WRITING];
  expect(await statuses(world, all, token)).toEqual(["403 forbidden"]);
  await setRole(world, id, "admin");
  const { users } = world.tables;
  await world.db.update(users).set({ disabledAt: new Date() }).where(eq(users.id, id));
  expect(await statuses(world, all, token)).toEqual(["403 forbidden"]);
  await world.db.update(users).set({ disabledAt: null }).where(eq(users.id, id));
  await call(world, "POST /logout", { token });
  expect(await statuses(world, all, token)).toEqual(["401 session_ended"]);
});

test("a role that goes while the change waits for its lock changes nothing", async () => {
  await using world = await openWorld();
  const { token, id } = await signUpAdmin(world);
  const { user } = await signUp(world, "eve@example.com");
  const { users } = world.tables;
  const waiting = Promise.withResolvers<void>();
  const locked = Promise.withResolvers<void>();
  const demoting = world.owner.transaction(async (tx) => {
    await tx.update(users).set({ role: "user" }).where(eq(users.id, id));
    locked.resolve();
    await waiting.promise;
  });
  await locked.promise;
  const answer = callAdmin(world, `POST /users/${user.id}/disable`, { token });
  await new Promise((done) => setTimeout(done, 150));
  waiting.resolve();
  await demoting;
  expect(await answer).toMatchObject({ status: 403, body: { code: "forbidden" } });
  const [row] = await world.db.select().from(users).where(eq(users.id, user.id));
  expect(row!.disabledAt).toBe(null);
});

test("what changes an account needs a sign-in of the last five minutes (R-07)", async () => {
  await using world = await openWorld();
  const { id, refreshToken } = await signUpAdmin(world);
  const { accessToken: token } = await ageSession(world, refreshToken, 301);
  expect(await statuses(world, WRITING, token)).toEqual(["403 step_up_required"]);
  expect((await callAdmin(world, "GET /overview", { token })).status).toBe(200);
  const { body } = await call(world, "POST /step-up", { token, body: { password } });
  const fresh = await callAdmin(world, `POST /users/${id}/unlock`, { token: body.accessToken });
  expect(fresh.status).toBe(200);
});

test("an administrator with a second factor changes nothing by the first alone (R-07)", async () => {
  await using world = await openWorld();
  const { token, id } = await signUpAdmin(world);
  const { refreshTokens, users } = world.tables;
  await world.db.update(users).set({ emailVerifiedAt: new Date() }).where(eq(users.id, id));
  await enableTotp(world, token);
  const [session] = await world.db.select().from(refreshTokens).where(eq(refreshTokens.userId, id));
  expect(session!.amr).not.toContain("mfa");
  expect(await statuses(world, WRITING, token)).toEqual(["403 step_up_required"]);
});
