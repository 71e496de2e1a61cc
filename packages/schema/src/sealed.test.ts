import { pgTable, text, uuid } from "drizzle-orm/pg-core";
import { expect, expectTypeOf, test } from "vitest";
import type { bindDefaultTables } from "./bind-default-tables.ts";
import { type Sealed, sealed, userEncryptedColumns } from "./index.ts";

type Tables = ReturnType<typeof bindDefaultTables>;
type Row<Name extends keyof Tables> = Tables[Name] extends { $inferSelect: infer Select }
  ? Select
  : never;
type Phone<Table extends string> = Sealed<Table, "encrypted_phone_number">;

// What seal() returns, without making one.
declare const phone: Phone<"users">;
declare const anywhere: Sealed;
const accounts = pgTable("accounts", {
  id: uuid("id").primaryKey(),
  ...userEncryptedColumns("accounts"),
  taxNumber: sealed("accounts", "tax_number"),
  note: text("note"),
});

/** Stands for an insert: it only has to compile, or not. */
const write = <Values>(_values: () => Values) => undefined;

test("every sealed column names its table and its column", () => {
  expectTypeOf<Row<"users">["encryptedPhoneNumber"]>().toEqualTypeOf<Phone<"users"> | null>();
  expectTypeOf<Row<"refreshTokens">["sealedSuccessor"]>().toEqualTypeOf<Sealed<
    "refresh_tokens",
    "sealed_successor"
  > | null>();
  expectTypeOf<Row<"oauthConnections">["encryptedAccessToken"]>().toEqualTypeOf<Sealed<
    "oauth_connections",
    "encrypted_access_token"
  > | null>();
  expectTypeOf<Row<"oauthConnections">["encryptedRefreshToken"]>().toEqualTypeOf<Sealed<
    "oauth_connections",
    "encrypted_refresh_token"
  > | null>();
  expectTypeOf<Row<"twoFactorAuth">["encryptedSecret"]>().toEqualTypeOf<Sealed<
    "two_factor_auth",
    "encrypted_secret"
  > | null>();
  expectTypeOf<Row<"signingKeys">["sealedPrivateJwk"]>().toEqualTypeOf<Sealed<
    "signing_keys",
    "sealed_private_jwk"
  > | null>();
  expectTypeOf<Row<"emailDeliveryLog">["sealedPayload"]>().toEqualTypeOf<Sealed<
    "email_delivery_log",
    "sealed_payload"
  > | null>();
  expectTypeOf<Row<"smsDeliveryLog">["sealedPayload"]>().toEqualTypeOf<Sealed<
    "sms_delivery_log",
    "sealed_payload"
  > | null>();
});

test("a value sealed for one column does not compile in another", () => {
  type NewUser = Tables["users"]["$inferInsert"];
  type NewConnection = Tables["oauthConnections"]["$inferInsert"];
  type NewAccount = typeof accounts.$inferInsert;
  write<Partial<NewUser>>(() => ({ encryptedPhoneNumber: phone }));
  // @ts-expect-error: another table.
  write<Partial<NewAccount>>(() => ({ encryptedPhoneNumber: phone }));
  // @ts-expect-error: another column of another table.
  write<Partial<NewConnection>>(() => ({ encryptedAccessToken: phone }));
  write<Partial<NewConnection>>(() => ({
    // @ts-expect-error: another column of the same table.
    encryptedAccessToken: anywhere as Sealed<"oauth_connections", "encrypted_refresh_token">,
  }));
  // @ts-expect-error: sealed, but nobody knows for what.
  write<Partial<NewUser>>(() => ({ encryptedPhoneNumber: anywhere }));
  // @ts-expect-error: clear text.
  write<Partial<NewUser>>(() => ({ encryptedPhoneNumber: "+254712345678" }));
});

test("an app's own table has sealed columns of its own, for which a value is sealed", () => {
  expectTypeOf<typeof accounts.$inferSelect.taxNumber>().toEqualTypeOf<Sealed<
    "accounts",
    "tax_number"
  > | null>();
  expectTypeOf<
    typeof accounts.$inferSelect.encryptedPhoneNumber
  >().toEqualTypeOf<Phone<"accounts"> | null>();
  expect(accounts.taxNumber.name).toBe("tax_number");
  expect(accounts.encryptedPhoneNumber.getSQLType()).toBe("text");
});

test("a sealed value may be read as text, and text as no sealed value", () => {
  expectTypeOf<Phone<"users">>().toExtend<Sealed>();
  expectTypeOf<Phone<"users">>().toExtend<string>();
  expectTypeOf<string>().not.toExtend<Phone<"users">>();
});
