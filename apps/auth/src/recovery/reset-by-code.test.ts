import { expect, test } from "vitest";
import { backUpRedis } from "../testing/back-up-redis.ts";
import { call, password, readCode, signUp } from "../testing/client.ts";
import { readLink } from "../testing/read-link.ts";
import { openWorld, type World } from "../testing/world.ts";
import { resetByCode } from "./reset-by-code.ts";

const email = "ada@example.com";
const fresh = "a different horse entirely";

async function openWithCode(environment: Record<string, string> = {}) {
  const world = await openWorld({ environment });
  const session = await signUp(world);
  await world.db.update(world.tables.users).set({ emailVerifiedAt: new Date() });
  const { challengeId } = (await askFor(world, email)).body;
  return { world, session, challengeId, code: await readCode(world, challengeId) };
}

const askFor = (world: World, to: string) => {
  const body = { purpose: "reset_password", channel: "email", email: to };
  return call(world, "POST /otp/send", { body });
};

const reset = (world: World, proof: { challengeId: string; code: string }, to = fresh) =>
  call(world, "POST /otp/verify", { body: { ...proof, newPassword: to } });

const signInWith = (world: World, typed: string) =>
  call(world, "POST /login", { body: { email, password: typed } });

test("a code resets the password, ends sessions and links, and signs nobody in (R-07, A-06)", async () => {
  const { world, session, ...proof } = await openWithCode();
  await using _ = world;
  await call(world, "POST /password/forgot", { body: { email } });
  const link = await readLink(world);
  expect(await reset(world, proof)).toMatchObject({ status: 204, body: null });
  expect((await call(world, "GET /me", { token: session.accessToken })).status).toBe(401);
  const body = { token: link, newPassword: "yet another horse entirely" };
  expect((await call(world, "POST /password/reset", { body })).body.code).toBe("invalid_link");
  expect((await signInWith(world, fresh)).status).toBe(200);
});

test("a new password that is refused costs neither the code nor an attempt (R-04, R-08)", async () => {
  const { world, session: _session, ...proof } = await openWithCode();
  await using _ = world;
  for (const [typed, code] of [
    ["short", "password_rejected"],
    ["passwordpassword", "password_rejected"],
    [email, "password_rejected"],
    [password, "password_reused"],
  ] as const) {
    expect((await reset(world, proof, typed)).body.code).toBe(code);
  }
  expect((await reset(world, proof)).status).toBe(204);
});

test("what the old password was is told to nobody without the code (R-10)", async () => {
  const { world, session: _session, ...proof } = await openWithCode();
  await using _ = world;
  const wrong = { ...proof, code: proof.code === "00000000" ? "00000001" : "00000000" };
  for (const typed of [password, fresh]) {
    expect((await reset(world, wrong, typed)).body.code).toBe("invalid_code");
  }
});

test("of 20 right codes at once, one resets; a Redis from yesterday revives none (R-21, A-09)", async () => {
  const LIMITS = "password_changes_per_user_per_hour=1000";
  const { world, session: _session, ...proof } = await openWithCode({ LIMITS });
  await using _ = world;
  const restore = await backUpRedis(world);
  const answers = await Promise.all(
    Array.from({ length: 20 }, (_code, turn) => reset(world, proof, `the new password ${turn}`)),
  );
  expect(answers.filter(({ status }) => status === 204)).toHaveLength(1);
  await restore();
  expect((await reset(world, proof)).body.code).toBe("invalid_code");
});

test("where Redis lets a code through many times, PostgreSQL lets it through once (R-21)", async () => {
  const LIMITS = "password_changes_per_user_per_hour=1000";
  const { world, challengeId } = await openWithCode({ LIMITS });
  await using _ = world;
  const origin = { ipAddress: "192.0.2.7", network: "192.0.2.7", userAgent: null } as never;
  const uses = Array.from({ length: 6 }, (_use, turn) => {
    const newPassword = `the new password ${turn}`;
    const code = { challengeId, channel: "email", recipient: email } as const;
    return resetByCode(world, { ...code, newPassword, origin });
  });
  expect((await Promise.all(uses)).filter(Boolean)).toHaveLength(1);
});

test("a pending reset code ends with a change of password (R-07)", async () => {
  const { world, session, ...proof } = await openWithCode();
  await using _ = world;
  const body = { currentPassword: password, newPassword: fresh };
  const { accessToken: token } = session;
  expect((await call(world, "POST /password/change", { token, body })).status).toBe(204);
  const late = await reset(world, proof, "yet another horse entirely");
  expect(late.body.code).toBe("invalid_code");
  expect((await signInWith(world, fresh)).status).toBe(200);
});

test("an address that nobody has gets a decoy that looks the same (R-11)", async () => {
  const { world } = await openWithCode();
  await using _ = world;
  const decoy = await askFor(world, "nobody@example.com");
  expect(decoy).toMatchObject({ status: 202, body: { expiresIn: 300 } });
  const { challengeId } = decoy.body;
  expect((await reset(world, { challengeId, code: "12345678" })).body.code).toBe("invalid_code");
});
