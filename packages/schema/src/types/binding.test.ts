import { getTableConfig, getViewConfig, type PgSchema, pgSchema } from "drizzle-orm/pg-core";
import { expect, expectTypeOf, test } from "vitest";
import { createSecuritySchema, type Sealed } from "../index.ts";
import { byBigint, byInteger, byUuid } from "../testing/users-by-id.ts";

type Place = { _: { name: string; schema: string | undefined } };
const placeOf = <T extends Place>(_table: T) =>
  expectTypeOf<{ name: T["_"]["name"]; schema: T["_"]["schema"] }>();

test("without a schema the tables lie in postern, by type and in truth", () => {
  const { pgSchema: home, apiKeys, usersPublic } = createSecuritySchema({ users: byUuid });
  placeOf(apiKeys).toEqualTypeOf<{ name: "api_keys"; schema: "postern" }>();
  expectTypeOf(home).toEqualTypeOf<PgSchema<"postern">>();
  expect(home.schemaName).toBe("postern");
  expect(getTableConfig(apiKeys).schema).toBe("postern");
  expect(getViewConfig(usersPublic).schema).toBe("postern");
});

test("a schema is a name, or the app's own pgSchema object", () => {
  const mine = pgSchema("security");
  const named = createSecuritySchema({ users: byUuid, schema: "security" });
  const shared = createSecuritySchema({ users: byUuid, schema: mine });
  placeOf(named.apiKeys).toEqualTypeOf<{ name: "api_keys"; schema: "security" }>();
  placeOf(shared.apiKeys).toEqualTypeOf<{ name: "api_keys"; schema: "security" }>();
  expectTypeOf(named.pgSchema).toEqualTypeOf<PgSchema<"security">>();
  expect(shared.pgSchema).toBe(mine);
  expect(getTableConfig(shared.apiKeys).schema).toBe("security");
});

test("public is chosen by its name, and has no schema object", () => {
  const {
    pgSchema: home,
    apiKeys,
    usersPublic,
  } = createSecuritySchema({
    users: byUuid,
    schema: "public",
  });
  placeOf(apiKeys).toEqualTypeOf<{ name: "api_keys"; schema: "public" }>();
  expectTypeOf(home).toEqualTypeOf<undefined>();
  expect(home).toBeUndefined();
  expect(getTableConfig(apiKeys).schema).toBeUndefined();
  expect(getViewConfig(usersPublic).schema).toBeUndefined();
});

test("a name that is known at run time only may be public", () => {
  const { pgSchema: home } = createSecuritySchema({ users: byUuid, schema: "auth" as string });
  expectTypeOf(home).toEqualTypeOf<PgSchema<string> | undefined>();
  expect(home?.schemaName).toBe("auth");
});

test("an id of another type, a word of no list and clear text do not compile", () => {
  const { apiKeys, loginAttempts, twoFactorAuth } = createSecuritySchema({ users: byInteger });
  const key = { name: "ci", prefix: "pk_1", keyHash: "…", scopes: ["read"], expiresAt: new Date() };
  expectTypeOf({ ...key, userId: 7 }).toExtend<typeof apiKeys.$inferInsert>();
  // @ts-expect-error the app's users have integer ids
  expectTypeOf({ ...key, userId: "7" }).toExtend<typeof apiKeys.$inferInsert>();
  // @ts-expect-error nor is a bigint an integer
  expectTypeOf({ ...key, userId: 7n }).toExtend<typeof apiKeys.$inferInsert>();
  // @ts-expect-error a key belongs to somebody
  expectTypeOf(key).toExtend<typeof apiKeys.$inferInsert>();

  const attempt = { identifierHint: "a***@example.com", identifierIndex: "…" };
  type Attempt = typeof loginAttempts.$inferInsert;
  expectTypeOf({ ...attempt, attemptResult: "locked" as const }).toExtend<Attempt>();
  // @ts-expect-error no result has that name
  expectTypeOf({ ...attempt, attemptResult: "lost" as const }).toExtend<Attempt>();

  const factor = { userId: 7, method: "totp" as const };
  type Factor = typeof twoFactorAuth.$inferInsert;
  const sealed = "" as Sealed<"two_factor_auth", "encrypted_secret">;
  const sealedElsewhere = "" as Sealed<"refresh_tokens", "sealed_successor">;
  expectTypeOf({ ...factor, encryptedSecret: sealed }).toExtend<Factor>();
  // @ts-expect-error clear text is not sealed
  expectTypeOf({ ...factor, encryptedSecret: "JBSWY3DP" }).toExtend<Factor>();
  // @ts-expect-error sealed for another column
  expectTypeOf({ ...factor, encryptedSecret: sealedElsewhere }).toExtend<Factor>();

  const { id: _, ...headless } = byBigint;
  // @ts-expect-error a users table has an id
  expect(() => createSecuritySchema({ users: headless })).toThrow();
});
