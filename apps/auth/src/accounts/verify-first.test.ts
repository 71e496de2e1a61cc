import { sql } from "drizzle-orm";
import { expect, test } from "vitest";
import type { ChallengePayload } from "../one-time-codes/challenge.ts";
import { schemaOf } from "../tables.ts";
import { backUpRedis } from "../testing/back-up-redis.ts";
import { call, password, readCode, signUp } from "../testing/client.ts";
import { openWorld, type World } from "../testing/world.ts";

const email = "ada@example.com";

/** Opened in `open` mode, the account of the first line is there before the second process is. */
async function openVerifyFirst({ withAda = false } = {}): Promise<World> {
  const stack = new AsyncDisposableStack();
  const open = stack.use(await openWorld());
  if (withAda) {
    await signUp(open);
  }
  const { databaseUrl, keyPrefix } = open;
  const environment = { SIGNUP_MODE: "verify_first", USER_TYPES: "client,driver" };
  const world = stack.use(await openWorld({ environment, databaseUrl, keyPrefix }));
  return { ...world, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

const askToSignUp = (world: World, body: object = {}, from = "192.0.2.7") =>
  call(world, "POST /signup", { body: { email, password, name: "Ada", ...body }, from });

const present = (world: World, challengeId: string, code: string) =>
  call(world, "POST /otp/verify", { body: { challengeId, code } });

const accounts = (world: World) => world.db.select().from(world.tables.users);

test("nothing exists until the emailed code is presented; then the account and its session do (R-11, A-01)", async () => {
  await using world = await openVerifyFirst();
  const body = { userType: "driver", phone: "+254 712 345678" };
  const asked = await askToSignUp(world, body);
  expect(asked).toMatchObject({ status: 202, body: { expiresIn: 300 } });
  expect(await accounts(world)).toEqual([]);
  const wrong = await call(world, "POST /login", { body: { email, password } });
  expect(wrong.body.code).toBe("invalid_credentials");

  const code = await readCode(world, asked.body.challengeId);
  expect(code).toMatch(/^\d{8}$/);
  const done = await present(world, asked.body.challengeId, code);
  expect(done).toMatchObject({
    status: 201,
    body: { user: { email, name: "Ada", userType: "driver", emailVerified: true } },
  });
  const { accessToken: token } = done.body;
  expect((await call(world, "GET /me", { token })).status).toBe(200);
  expect((await call(world, "POST /login", { body: { email, password } })).status).toBe(200);
  const [user] = await accounts(world);
  expect(user?.encryptedPhoneNumber).toMatch(/^pe1[.]/);
  const events = await world.db.select().from(world.tables.securityEvents);
  expect(events.map(({ eventType }) => eventType)).toContain("signup_success");
});

test("a taken email gets the same answer, its owner a notice, and no code opens anything (R-11)", async () => {
  await using world = await openVerifyFirst({ withAda: true });
  const taken = await askToSignUp(world);
  const free = await askToSignUp(world, { email: "bob@example.com" });
  const shape = ({ status, headers, body }: typeof taken) => ({
    status,
    headers: Object.keys(headers).sort(),
    body: { ...body, challengeId: body.challengeId.replace(/[\w-]/g, "x").slice(-22) },
  });
  expect(shape(taken)).toEqual(shape(free));

  const mails = await world.db.select().from(world.tables.emailDeliveryLog);
  expect(mails.map(({ template }) => template).sort()).toEqual([
    "already_signed_up",
    "sign_up_code",
  ]);
  const [user] = await accounts(world);
  const notice = mails.find(({ template }) => template === "already_signed_up");
  expect(notice).toMatchObject({ userId: user?.id, challengeId: null });
  const delivery = (id: string) => call(world, `GET /otp/${id}/delivery`);
  const statuses = [taken, free].map(({ body }) => delivery(body.challengeId));
  const [one, other] = await Promise.all(statuses);
  expect(one?.body.status).toBe(other?.body.status);
  expect((await present(world, taken.body.challengeId, "12345678")).status).toBe(401);
  expect(await accounts(world)).toHaveLength(1);
});

test("the right code of a taken email's challenge, if somebody had it, opens nothing", async () => {
  await using world = await openVerifyFirst({ withAda: true });
  const { deriveCode } = await import("@postern/crypto");
  const { readChallenge } = await import("@postern/counters");
  const { readChallengePayload } = await import("../one-time-codes/challenge.ts");
  const { challengeId } = (await askToSignUp(world)).body;
  const sealed = await readChallenge(world.counters, challengeId);
  const payload = await readChallengePayload(world, challengeId, sealed?.payload ?? "");
  const { seed } = payload as ChallengePayload;
  const source = { seed, purpose: "sign_up", recipient: email, digits: 8 } as const;
  const code = deriveCode(world.digestKeys, source);
  expect((await present(world, challengeId, code)).body.code).toBe("invalid_code");
  expect(await accounts(world)).toHaveLength(1);
});

test("of 50 right codes at once, one opens the account; a Redis from yesterday opens none (R-21, A-09)", async () => {
  await using world = await openVerifyFirst();
  const { challengeId } = (await askToSignUp(world)).body;
  const code = await readCode(world, challengeId);
  const restore = await backUpRedis(world);
  const answers = await Promise.all(
    Array.from({ length: 50 }, () => present(world, challengeId, code)),
  );
  expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
  // Nor would it where the address is free once more.
  await world.db.update(world.tables.users).set({ email: "moved@example.com" });
  await restore();
  expect((await present(world, challengeId, code)).status).toBe(401);
  expect(await accounts(world)).toHaveLength(1);
});

test("two sign-ups for one email wait side by side; whose code comes first has the account (A-01)", async () => {
  await using world = await openVerifyFirst();
  const attacker = await askToSignUp(world, { password: "the attacker's own password" });
  const owner = await askToSignUp(world, {}, "198.51.100.7");
  const code = await readCode(world, owner.body.challengeId);
  expect((await present(world, owner.body.challengeId, code)).status).toBe(201);
  const theirs = await readCode(world, attacker.body.challengeId);
  expect((await present(world, attacker.body.challengeId, theirs)).status).toBe(401);
  expect((await call(world, "POST /login", { body: { email, password } })).status).toBe(200);
});

test("name, number and hash wait in the challenge alone, sealed (R-27)", async () => {
  await using world = await openVerifyFirst();
  const body = { name: "Augusta Ada King", phone: "+254712345678" };
  const { challengeId } = (await askToSignUp(world, body)).body;
  const [dump] = await world.owner.execute<{ text: string }>(sql`
    select string_agg(query_to_xml(format('select * from %I.%I', schemaname, tablename),
      true, true, '')::text, '') as text
    from pg_tables where schemaname = ${schemaOf(world.tables)}`);
  expect(dump?.text).toContain("sign_up_code");
  const { readChallenge } = await import("@postern/counters");
  const kept = JSON.stringify(await readChallenge(world.counters, challengeId)) + dump?.text;
  for (const clear of ["Augusta", "712345678", "argon2id", password, email]) {
    expect(kept).not.toContain(clear);
  }
});

test("a password that is refused is refused before anything is sent, alike for a taken email (R-04)", async () => {
  await using world = await openVerifyFirst({ withAda: true });
  for (const asked of [email, "bob@example.com"]) {
    const refused = await askToSignUp(world, { email: asked, password: "passwordpassword" });
    expect(refused).toMatchObject({ status: 422, body: { code: "password_rejected" } });
  }
  expect(await world.db.select().from(world.tables.emailDeliveryLog)).toEqual([]);
});

test("a code to sign up is wrong for anything else, and another's wrong for it (R-23, A-10)", async () => {
  await using world = await openVerifyFirst({ withAda: true });
  const { challengeId } = (await askToSignUp(world, { email: "bob@example.com" })).body;
  const code = await readCode(world, challengeId);
  const body = { challengeId, code, newPassword: "a different horse entirely" };
  expect((await call(world, "POST /otp/verify", { body })).body.code).toBe("invalid_code");
  expect((await present(world, challengeId, code)).status).toBe(201);
});
