import { getTableConfig, pgTable, serial, text } from "drizzle-orm/pg-core";
import { expect, expectTypeOf, test } from "vitest";
import {
  type Sealed,
  userEncryptedColumns,
  userEncryptedRules,
  userSecurityColumns,
  userSecurityRules,
} from "../index.ts";

const members = pgTable(
  "members",
  {
    id: serial("id").primaryKey(),
    email: text("email").notNull(),
    ...userSecurityColumns(),
    ...userEncryptedColumns("members"),
  },
  (t) => [...userSecurityRules("members", t), ...userEncryptedRules("members", t)],
);

test("a users table of the app's own takes our columns among its own", () => {
  expectTypeOf<typeof members.$inferSelect>().toEqualTypeOf<{
    id: number;
    email: string;
    lastLoginAt: Date | null;
    lastLoginIp: string | null;
    failedLoginAttempts: number;
    accountLockedUntil: Date | null;
    passwordChangedAt: Date | null;
    passwordExpiresAt: Date | null;
    lastActivityAt: Date | null;
    sessionCount: number;
    encryptedPhoneNumber: Sealed<"members", "encrypted_phone_number"> | null;
    phoneNumberIndex: string | null;
    phoneNumberHint: string | null;
  }>();
  type NewMember = typeof members.$inferInsert;
  expectTypeOf({ email: "ada@example.com" }).toExtend<NewMember>();
  // @ts-expect-error clear text is not sealed
  expectTypeOf({ email: "", encryptedPhoneNumber: "+254700000001" }).toExtend<NewMember>();
});

test("and their index and CHECKs, under its own name", () => {
  const { checks, indexes } = getTableConfig(members);
  expect(checks.map(({ name }) => name)).toEqual([
    "members_counts_are_not_negative",
    "members_phone_is_sealed",
    "members_phone_has_index",
  ]);
  expect(indexes.map(({ config }) => config.name)).toEqual([
    "members_locked",
    "members_failing",
    "members_phone_number_index_key",
  ]);
});
