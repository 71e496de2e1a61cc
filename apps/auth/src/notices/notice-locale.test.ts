import { expect, test } from "vitest";
import { signUpVerified } from "../one-time-codes/testing/accounts.ts";
import { call, password } from "../testing/client.ts";
import { openWorld, type World } from "../testing/world.ts";

const email = "ada@example.com";
const taken = "bob@example.com";
const headers = { "accept-language": "sw-KE,sw;q=0.9,en;q=0.5" };

/** Each message that is queued, with its language. */
async function queued({ db, tables: { emailDeliveryLog } }: World): Promise<string[]> {
  const rows = await db.select().from(emailDeliveryLog);
  return rows.map(({ template, locale }) => `${template} ${locale}`).sort();
}

test("what an owner does is told in the language of their request (R-16)", async () => {
  await using world = await openWorld();
  const { accessToken: token } = await signUpVerified(world);
  const ask = (line: string, body: object) => call(world, line, { token, body, headers });
  await ask("POST /login", { email, password });
  await ask("POST /api-keys", { name: "CI", scopes: [] });
  await ask("POST /email/change", { email: "ada@example.org" });
  const newPassword = "another one that nobody knows";
  await ask("POST /password/change", { currentPassword: password, newPassword });
  await call(world, "DELETE /account", { token, headers });
  expect(await queued(world)).toEqual([
    "account_erased sw",
    "api_key_created sw",
    "change_email_code sw",
    "email_change_requested sw",
    "new_device sw",
    "password_changed sw",
  ]);
});

test("who does not prove to be the owner chooses no language: the notice is English (R-16)", async () => {
  await using world = await openWorld();
  await signUpVerified(world);
  const { accessToken: token } = await signUpVerified(world, taken);
  for (let guess = 0; guess < 5; guess += 1) {
    await call(world, "POST /login", { body: { email, password: "wrong" }, headers });
  }
  await call(world, "POST /email/change", { token, body: { email }, headers });
  expect(await queued(world)).toEqual([
    "account_locked en",
    "already_signed_up en",
    "email_change_requested sw",
  ]);
});
