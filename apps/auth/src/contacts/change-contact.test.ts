import { openMessage } from "@postern/messages";
import { eq } from "drizzle-orm";
import { expect, test } from "vitest";
import {
  email,
  givePhone,
  phone,
  sendFor,
  signUpVerified,
  verify,
} from "../one-time-codes/testing/accounts.ts";
import { buildServer } from "../server.ts";
import { call, password, readCode } from "../testing/client.ts";
import { openWorld, type World } from "../testing/world.ts";

const newEmail = "ada@new.example.com";
const newPhone = "+254712345111";

const changeEmail = (world: World, token: string, to = newEmail) =>
  call(world, "POST /email/change", { body: { email: to }, token });

const changePhone = (world: World, token: string, to = newPhone) =>
  call(world, "POST /phone/change", { body: { phone: to }, token });

const accountOf = async ({ db, tables: { users } }: World, id: string) =>
  (await db.select().from(users).where(eq(users.id, id)))[0]!;

/** Template and recipient of what is queued, oldest first. */
const queued = async (world: World, channel: "email" | "sms" = "email") => {
  const { emailDeliveryLog, smsDeliveryLog } = world.tables;
  const log = channel === "email" ? emailDeliveryLog : smsDeliveryLog;
  const rows = await world.db.select().from(log).orderBy(log.createdAt, log.id);
  return rows.map((row) => {
    const { name, to } = openMessage(world, row as Parameters<typeof openMessage>[1]);
    return `${name} ${to}`;
  });
};

test("a new email is proved by its code, and both addresses are told (R-16)", async () => {
  await using world = await openWorld();
  const { accessToken: token, user } = await signUpVerified(world);
  const sent = await changeEmail(world, token);
  expect(sent).toMatchObject({ status: 202, body: { expiresIn: 300, resendAfter: 60 } });
  expect(await queued(world)).toEqual([
    `change_email_code ${newEmail}`,
    `email_change_requested ${email}`,
  ]);
  expect((await accountOf(world, user.id)).email).toBe(email);

  const done = await verify(world, sent.body.challengeId, { token });
  expect(done).toMatchObject({ status: 200, body: { user: { email: newEmail } } });
  expect((await accountOf(world, user.id)).email).toBe(newEmail);
  expect((await queued(world)).slice(2).sort()).toEqual([
    `email_changed ${email}`,
    `email_changed ${newEmail}`,
  ]);
  const login = (as: string) => call(world, "POST /login", { body: { email: as, password } });
  expect((await login(email)).status).toBe(401);
  expect((await login(newEmail)).status).toBe(200);
});

test("what was sent to the old address opens nothing once the email is another", async () => {
  await using world = await openWorld();
  const { accessToken: token, user } = await signUpVerified(world);
  const signIn = await sendFor(world, { body: { purpose: "sign_in", channel: "email", email } });
  const reset = await sendFor(world, {
    body: { purpose: "reset_password", channel: "email", email },
    from: "198.51.100.1",
  });
  await call(world, "POST /password/forgot", { body: { email }, from: "198.51.100.2" });
  const codes = [await readCode(world, signIn), await readCode(world, reset)];
  const { challengeId } = (await changeEmail(world, token)).body;
  expect((await verify(world, challengeId, { token })).status).toBe(200);

  const newPassword = "a quite different one, and long";
  const late = [
    await call(world, "POST /otp/verify", { body: { challengeId: signIn, code: codes[0] } }),
    await call(world, "POST /otp/verify", {
      body: { challengeId: reset, code: codes[1], newPassword },
    }),
  ];
  expect(late.map(({ status }) => status)).toEqual([401, 401]);
  const links = await world.db.select().from(world.tables.accountRecovery);
  expect(links.filter(({ revokedAt }) => revokedAt === null)).toEqual([]);
  expect((await accountOf(world, user.id)).email).toBe(newEmail);
});

test("an address that somebody has is answered like any other, and its owner is told (R-11)", async () => {
  await using world = await openWorld();
  const { accessToken: token, user } = await signUpVerified(world);
  await signUpVerified(world, newEmail);
  const taken = await changeEmail(world, token);
  const free = await changeEmail(world, token, "free@example.com");
  const shape = ({ status, headers, body }: typeof taken) => [
    status,
    Object.keys(headers),
    { ...body, challengeId: "" },
  ];
  expect(shape(taken)).toEqual(shape(free));
  const statuses = [];
  for (const { body } of [taken, free]) {
    const delivery = await call(world, `GET /otp/${body.challengeId}/delivery`, { token });
    statuses.push([delivery.status, delivery.body.status]);
  }
  expect(statuses).toEqual([
    [200, "sent"],
    [200, "sent"],
  ]);
  expect(await queued(world)).toContain(`already_signed_up ${newEmail}`);
  expect(await queued(world)).not.toContain(`change_email_code ${newEmail}`);
  expect((await accountOf(world, user.id)).email).toBe(email);
});

test("an address taken between code and proof is refused like a used code", async () => {
  await using world = await openWorld();
  const { accessToken: token, user } = await signUpVerified(world);
  const { challengeId } = (await changeEmail(world, token)).body;
  await signUpVerified(world, newEmail);
  const late = await verify(world, challengeId, { token });
  expect(late).toMatchObject({ status: 401, body: { code: "invalid_code" } });
  expect((await accountOf(world, user.id)).email).toBe(email);
});

test("a new number is proved by its code; the old one and the mail address are told (R-16)", async () => {
  await using world = await openWorld();
  const { accessToken: token, user } = await signUpVerified(world);
  await givePhone(world, user.id);
  const sent = await changePhone(world, token);
  expect(sent.status).toBe(202);
  expect(await queued(world)).toEqual([`phone_change_requested ${email}`]);
  expect((await verify(world, sent.body.challengeId, { token })).status).toBe(200);
  expect((await queued(world)).slice(1)).toEqual([`phone_changed ${email}`]);
  expect((await queued(world, "sms")).slice(1)).toEqual([`phone_changed_sms ${phone}`]);
  expect((await accountOf(world, user.id)).phoneNumberHint).toBe("+254*****111");
});

test("changing a contact takes a sign-in of the last five minutes (R-07)", async () => {
  await using world = await openWorld();
  const { accessToken: token } = await signUpVerified(world);
  const app = await buildServer({ ...world, now: () => new Date(Date.now() + 301_000) });
  const later = { ...world, app };
  for (const answer of [await changeEmail(later, token), await changePhone(later, token)]) {
    expect(answer).toMatchObject({ status: 403, body: { code: "step_up_required" } });
  }
  await app.close();
  expect(await queued(world)).toEqual([]);
  expect((await call(world, "POST /email/change", { body: { email: newEmail } })).status).toBe(401);
});

test("who signed in with the password alone does not move a second factor (R-31)", async () => {
  await using world = await openWorld();
  const { accessToken: token, user } = await signUpVerified(world);
  await givePhone(world, user.id);
  const { twoFactorAuth } = world.tables;
  for (const method of ["sms", "email"] as const) {
    await world.db
      .insert(twoFactorAuth)
      .values({ userId: user.id, method, confirmedAt: new Date() });
  }
  for (const answer of [await changeEmail(world, token), await changePhone(world, token)]) {
    expect(answer).toMatchObject({ status: 403, body: { code: "step_up_required" } });
  }
});

test("an account asks for five changes an hour: a stolen session floods no mailbox", async () => {
  await using world = await openWorld();
  const { accessToken: token } = await signUpVerified(world);
  for (let turn = 0; turn < 5; turn += 1) {
    expect((await changeEmail(world, token, `a${turn}@example.com`)).status).toBe(202);
  }
  const sixth = await changeEmail(world, token, "a5@example.com");
  expect(sixth).toMatchObject({ status: 429, body: { code: "otp_limit" } });
  expect(await queued(world)).toHaveLength(10);
});

test("the address or number that the account has is no change", async () => {
  await using world = await openWorld();
  const { accessToken: token, user } = await signUpVerified(world);
  await givePhone(world, user.id);
  expect((await changeEmail(world, token, email.toUpperCase())).status).toBe(400);
  expect((await changePhone(world, token, "+254 712 345 678")).status).toBe(400);
  expect((await changePhone(world, token, "+442079460018")).status).toBe(422);
});
