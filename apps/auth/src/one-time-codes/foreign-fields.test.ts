import { expect, test } from "vitest";
import { call } from "../testing/client.ts";
import { openWorld } from "../testing/world.ts";
import { phone, signUpVerified } from "./testing/accounts.ts";

/** What one mail program or another would deliver elsewhere, or to two. */
const AMBIGUOUS = [
  "<b@attacker.com>a@victim.com",
  '"a@victim.com\r\nBcc: c@attacker.com"',
  "a@victim.com\r\nBcc: c@attacker.com",
  "a@victim.com, b@attacker.com",
  "a@victim.com;b@attacker.com",
  '"e@attacker.com"@victim.com',
  "a@ⓥictim.com",
  "a＠victim.com",
  "a@victim.com(b@attacker.com)",
  "a@[192.0.2.1]",
  "a%attacker.com@victim.com",
  "a@victim.com\u0000",
];

const NO_TEXT = [["a@victim.com"], { $ne: 1 }, 1, true, null, { length: 1e9 }];
const NO_NUMBER = [
  "+254712345678;ext=1",
  "+254712345678,+254712345679",
  "0712345678",
  "+2547",
  "x",
];

test("every route that takes an address refuses what could be read as another one (A-23, A-25)", async () => {
  await using world = await openWorld();
  const { accessToken: token } = await signUpVerified(world);
  const code = (email: unknown, purpose: string) => ({ purpose, channel: "email", email });
  for (const email of [...AMBIGUOUS, ...NO_TEXT]) {
    const answers = [
      await call(world, "POST /otp/send", { body: code(email, "sign_in") }),
      await call(world, "POST /otp/send", { body: code(email, "reset_password") }),
      await call(world, "POST /email/change", { body: { email }, token }),
      await call(world, "POST /password/forgot", { body: { email } }),
      await call(world, "POST /login", { body: { email, password: "x" } }),
    ];
    expect(answers.map(({ status }) => status)).toEqual([400, 400, 400, 400, 400]);
  }
  expect(await world.db.select().from(world.tables.emailDeliveryLog)).toEqual([]);
});

test("every route that takes a number takes one number, whole and international (A-25)", async () => {
  await using world = await openWorld();
  const { accessToken: token } = await signUpVerified(world);
  const code = (given: unknown, purpose: string) => ({ purpose, channel: "sms", phone: given });
  for (const given of [...NO_NUMBER, ...NO_TEXT]) {
    const answers = [
      await call(world, "POST /otp/send", { body: code(given, "sign_in") }),
      await call(world, "POST /otp/send", { body: code(given, "verify_phone"), token }),
      await call(world, "POST /phone/change", { body: { phone: given }, token }),
    ];
    expect(answers.map(({ status }) => status)).toEqual([400, 400, 400]);
  }
  expect(await world.db.select().from(world.tables.smsDeliveryLog)).toEqual([]);
});

test.for([
  ["a number over email", { purpose: "sign_in", channel: "email", phone }],
  ["an address over sms", { purpose: "sign_in", channel: "sms", email: "a@example.com" }],
  ["both", { purpose: "sign_in", channel: "sms", email: "a@example.com", phone }],
  ["neither", { purpose: "reset_password", channel: "email" }],
  ["the other channel", { purpose: "verify_email", channel: "sms" }],
  [
    "somebody else's address",
    { purpose: "verify_email", channel: "email", email: "a@example.com" },
  ],
  ["another feature's purpose", { purpose: "second_factor", channel: "sms", phone }],
  ["a change on the side", { purpose: "change_email", channel: "email", email: "a@example.com" }],
  ["an unknown field", { purpose: "sign_in", channel: "sms", phone, userId: "1" }],
] as const)("%s is refused, and spends nothing", async ([, body]) => {
  await using world = await openWorld();
  const { accessToken: token } = await signUpVerified(world);
  expect((await call(world, "POST /otp/send", { body, token })).status).toBe(400);
  expect(await world.db.select().from(world.tables.smsDeliveryLog)).toEqual([]);
  expect(await world.db.select().from(world.tables.emailDeliveryLog)).toEqual([]);
});
