import { expect, test } from "vitest";
import { posternUsers } from "../index.ts";
import { clearAsSealed, openTables, someSealed } from "../testing/open-tables.ts";
import { refusalOf } from "../testing/refusal-of.ts";

const phone = { encryptedPhoneNumber: someSealed, phoneNumberIndex: "A".repeat(22) };

test("an email belongs to one account, whatever its case", async () => {
  await using world = await openTables();
  const again = world.db.insert(posternUsers).values({ email: "ADA@Example.com" });
  expect(await refusalOf(again)).toBe("users_email_key");
});

test("a sealed phone number is taken once, by its blind index", async () => {
  await using world = await openTables();
  await world.db.insert(posternUsers).values({ email: "b@example.com", ...phone });
  const again = world.db.insert(posternUsers).values({ email: "c@example.com", ...phone });
  expect(await refusalOf(again)).toBe("users_phone_number_index_key");
});

test.for([
  {
    name: "a phone number in clear",
    values: { ...phone, encryptedPhoneNumber: clearAsSealed },
    by: "users_phone_is_sealed",
  },
  {
    name: "a phone number that nobody could find",
    values: { encryptedPhoneNumber: someSealed },
    by: "users_phone_has_index",
  },
  {
    name: "a password in clear",
    values: { passwordHash: "hunter2" },
    by: "users_password_is_hashed",
  },
  { name: "an unknown role", values: { role: "root" as "admin" }, by: "users_role_is_known" },
  { name: "a negative count", values: { sessionCount: -1 }, by: "users_counts_are_not_negative" },
])("$name is refused", async ({ values, by }) => {
  await using world = await openTables();
  const insert = world.db.insert(posternUsers).values({ email: "b@example.com", ...values });
  expect(await refusalOf(insert)).toBe(by);
});

test.for(["$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA", "$2b$10$abc", `${"0".repeat(32)}:abc`])(
  "a password hash of the form %s is taken",
  async (passwordHash) => {
    await using world = await openTables();
    await world.db.insert(posternUsers).values({ email: "b@example.com", passwordHash });
  },
);
