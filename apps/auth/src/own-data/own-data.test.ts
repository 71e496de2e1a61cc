import { isNotNull, isNull, sql } from "drizzle-orm";
import { expect, test } from "vitest";
import { call, password, readCode, signUp } from "../testing/client.ts";
import { openWorld, type World } from "../testing/world.ts";

const phone = "+254712345678";
const email = "ada@example.com";
const headers = { "user-agent": "Canary/7.0 (Ada)" };
const from = "203.0.113.77";

/** An account with a past: a sign-up with a number, a wrong password, a right one. */
async function openAccount(world: World): Promise<string> {
  const body = { email, password, name: "Ada Lovelace", phone };
  await call(world, "POST /signup", { body, headers, from });
  await call(world, "POST /login", { body: { email, password: "wrong" }, headers, from });
  const signedIn = await call(world, "POST /login", { body: { email, password }, headers, from });
  return signedIn.body.accessToken;
}

const dump = async ({ owner }: World): Promise<string> => {
  const [row] = await owner.execute<{ text: string }>(
    sql`select database_to_xml(true, false, '')::text as text`,
  );
  return row!.text;
};

test("an export holds what is kept about me, the number opened, and no secret (R-72, D14)", async () => {
  await using world = await openWorld();
  const token = await openAccount(world);
  const eve = await signUp(world, "eve@example.com");
  const answer = await call(world, "GET /export", { token });
  expect(answer.status).toBe(200);
  const { account, tables } = answer.body;
  expect(account).toMatchObject({ email, name: "Ada Lovelace", phone });
  expect(tables.login_attempts).toHaveLength(2);
  expect(tables.refresh_tokens.length).toBeGreaterThanOrEqual(2);
  const text = JSON.stringify(answer.body);
  expect(text).not.toMatch(/_hash|_index|encrypted_|sealed_|pe1[.]|[$]argon2/);
  // A number says nothing: rows have numbers too.
  const { hasUuids } = world.usersPlace;
  expect(hasUuids && text.includes(eve.user.id)).toBe(false);
  expect(text).not.toContain("e***@example.com");
  const { securityEvents } = world.tables;
  const events = await world.db.select().from(securityEvents);
  expect(events.filter(({ eventType }) => eventType === "account_exported")).toHaveLength(1);
});

test("erased, I can sign in no more, my tokens end, and no table tells of me (D14)", async () => {
  await using world = await openWorld();
  const token = await openAccount(world);
  const eve = await signUp(world, "eve@example.com");
  const { body } = await call(world, "GET /me", { token });
  expect((await call(world, "DELETE /account", { token, from })).status).toBe(204);
  expect((await call(world, "GET /me", { token })).status).toBe(401);
  const again = await call(world, "POST /login", { body: { email, password }, from: "192.0.2.9" });
  expect(again.status).toBe(401);
  expect((await call(world, "GET /me", { token: eve.accessToken })).status).toBe(200);

  // The mail that says so is to be sent yet, and the attempt just made is a stranger's.
  const { emailDeliveryLog, users } = world.tables;
  await world.owner.delete(emailDeliveryLog).where(isNull(emailDeliveryLog.userId));
  // The row of an app's own is the app's to delete.
  await world.owner.delete(users).where(isNotNull(users.disabledAt));
  const text = (await dump(world)).replaceAll("a***@example.com", (hint, at, all) =>
    all.slice(at, at + 400).includes("192.0.2.9") ? "" : hint,
  );
  for (const trace of [
    `<user_id>${body.user.id}<`,
    "Ada Lovelace",
    "Canary",
    from,
    "a***@example.com",
  ]) {
    expect(text, trace).not.toContain(trace);
  }
  expect(text).toContain("account_erased");
});

test("parallel erasures are one, and a sign-in of that moment leaves nothing", async () => {
  await using world = await openWorld();
  const token = await openAccount(world);
  const [answers] = await Promise.all([
    Promise.all(Array.from({ length: 10 }, () => call(world, "DELETE /account", { token }))),
    ...Array.from({ length: 5 }, () => call(world, "POST /login", { body: { email, password } })),
  ]);
  expect(answers.filter(({ status }) => status === 204)).toHaveLength(1);
  expect(answers.filter(({ status }) => status === 401)).toHaveLength(9);
  expect(await world.db.select().from(world.tables.refreshTokens)).toEqual([]);
  const { users } = world.tables;
  expect(await world.db.select().from(users).where(isNull(users.disabledAt))).toEqual([]);
});

test("what was tried and sent before the sign-up, under the account and under an earlier contact goes; another account's stays (D14)", async () => {
  await using world = await openWorld();
  const oldEmail = "old@example.org";
  const later = "+254712345999";
  const ask = async (body: object, token?: string) =>
    call(world, "POST /otp/send", {
      body,
      from: `198.51.100.${Math.floor(Math.random() * 250)}`,
      ...(token === undefined ? {} : { token }),
    });
  // Of nobody yet, by address and by number.
  for (const purpose of ["sign_in", "reset_password"]) {
    await ask({ purpose, channel: "email", email: oldEmail });
    await ask({ purpose, channel: "sms", phone });
  }
  await call(world, "POST /login", { body: { phone, password: "wrong" } });
  await call(world, "POST /login", { body: { email: oldEmail, password: "wrong" } });
  const body = { email: oldEmail, password, name: "Ada", phone };
  const { accessToken: token, user } = (await call(world, "POST /signup", { body })).body;
  await call(world, "POST /login", { body: { email: oldEmail, password } });
  const prove = async (challengeId: string) => {
    const code = await readCode(world, challengeId);
    return call(world, "POST /otp/verify", { body: { challengeId, code }, token });
  };
  const changed = await call(world, "POST /email/change", { body: { email }, token });
  expect((await prove(changed.body.challengeId)).status).toBe(200);
  const eve = await signUp(world, "eve@example.com");
  await ask({ purpose: "verify_phone", channel: "sms", phone: later }, eve.accessToken);
  expect((await call(world, "DELETE /account", { token })).status).toBe(204);

  const { emailDeliveryLog, smsDeliveryLog, loginAttempts } = world.tables;
  const mails = await world.db.select().from(emailDeliveryLog);
  const texts = await world.db.select().from(smsDeliveryLog);
  const attempts = await world.db.select().from(loginAttempts);
  const told = mails.filter(({ template }) => template === "account_erased");
  const left = JSON.stringify([mails.filter((row) => !told.includes(row)), texts, attempts]);
  for (const hint of ["o***@example.org", "+254*****678", "a***@example.com"]) {
    expect(left, hint).not.toContain(hint);
  }
  const blanked = texts.filter(({ toPhoneIndex }) => toPhoneIndex === "-".repeat(22));
  expect(blanked).toHaveLength(2);
  expect(attempts.map(({ identifierIndex }) => identifierIndex)).toEqual(
    attempts.map(() => "-".repeat(22)),
  );
  expect(left).toContain("+254*****999");
  expect(left).not.toContain(`"${user.id}"`);
});
