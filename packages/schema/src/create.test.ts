import {
  bigint,
  bigserial,
  integer,
  pgTable,
  serial,
  text,
  uuid,
  varchar,
} from "drizzle-orm/pg-core";
import { expect, expectTypeOf, test } from "vitest";
import {
  createSecuritySchema,
  type posternUsers,
  type refreshTokens,
  type Sealed,
  type UsersTable,
} from "./index.ts";
import { pushSecuritySchema } from "./push/index.ts";
import { openDatabase } from "./testing/open-database.ts";

type UserId = string & { readonly brand: "UserId" };

const byUuid = pgTable("users", { id: uuid().primaryKey() });
const byText = pgTable("users", { id: text().primaryKey() });
const byVarchar = pgTable("users", { id: varchar({ length: 21 }).primaryKey() });
const byInteger = pgTable("users", { id: integer().primaryKey() });
const bySerial = pgTable("users", { id: serial().primaryKey() });
const byNumber = pgTable("users", { id: bigint({ mode: "number" }).primaryKey() });
const byBigint = pgTable("users", { id: bigserial({ mode: "bigint" }).primaryKey() });
const byBrand = pgTable("users", { id: uuid().$type<UserId>().primaryKey() });

type Bound<U extends UsersTable> = ReturnType<typeof createSecuritySchema<U>>;
type KeyOwner<U extends UsersTable> = Bound<U>["apiKeys"]["$inferSelect"]["userId"];
type LogOwner<U extends UsersTable> = Bound<U>["loginAttempts"]["$inferInsert"]["userId"];

test("user_id takes the type of the app's own id", () => {
  expectTypeOf<KeyOwner<typeof byUuid>>().toEqualTypeOf<string>();
  expectTypeOf<KeyOwner<typeof byText>>().toEqualTypeOf<string>();
  expectTypeOf<KeyOwner<typeof byVarchar>>().toEqualTypeOf<string>();
  expectTypeOf<KeyOwner<typeof byInteger>>().toEqualTypeOf<number>();
  expectTypeOf<KeyOwner<typeof bySerial>>().toEqualTypeOf<number>();
  expectTypeOf<KeyOwner<typeof byNumber>>().toEqualTypeOf<number>();
  expectTypeOf<KeyOwner<typeof byBigint>>().toEqualTypeOf<bigint>();
  expectTypeOf<KeyOwner<typeof byBrand>>().toEqualTypeOf<UserId>();
  expectTypeOf<LogOwner<typeof byBigint>>().toEqualTypeOf<bigint | null | undefined>();
});

test("clear text does not compile as sealed text", () => {
  expectTypeOf<typeof posternUsers.$inferInsert.encryptedPhoneNumber>().toEqualTypeOf<
    Sealed | null | undefined
  >();
  expectTypeOf<string>().not.toExtend<Sealed>();
  expectTypeOf<typeof refreshTokens.$inferSelect.sealedSuccessor>().toEqualTypeOf<Sealed | null>();
});

test.for([
  { type: "uuid", users: byUuid },
  { type: "text", users: byText },
  { type: "character varying(21)", users: byVarchar },
  { type: "integer", users: byInteger },
  { type: "integer", users: bySerial },
  { type: "bigint", users: byNumber },
  { type: "bigint", users: byBigint },
])(
  "tables bound to an id of type $type are pushed beside the app's own",
  async ({ type, users }) => {
    await using database = await openDatabase();
    await database.sql.unsafe(`create table users (id ${type} primary key)`);
    const { userDevices, loginAttempts, pgSchema } = createSecuritySchema({
      users,
      schema: "security",
    });
    const wish = { databaseUrl: database.url, tables: { userDevices, loginAttempts, pgSchema } };
    expect(await pushSecuritySchema(wish)).toMatchObject({
      outcome: "applied",
      tables: ["user_devices", "login_attempts"],
    });
    expect(await pushSecuritySchema(wish)).toMatchObject({ outcome: "nothing to do" });
    const columns = await database.sql`select format_type(atttypid, atttypmod) as type
    from pg_attribute where attname = 'user_id' and attrelid = 'security.user_devices'::regclass`;
    expect([...columns]).toEqual([{ type }]);
    const keys = await database.sql`select from pg_constraint where confrelid = 'users'::regclass`;
    expect(keys).toHaveLength(2);
  },
);
