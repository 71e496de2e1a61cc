import { expect, test } from "vitest";
import { createSecuritySchema } from "./create.ts";
import { pushSecuritySchema } from "./push/index.ts";
import { openDatabase } from "./testing/open-database.ts";
import {
  byBigint,
  byInteger,
  byNumber,
  bySerial,
  byText,
  byUuid,
  byVarchar,
} from "./testing/users-by-id.ts";

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
    const wish = { databaseUrl: database.url, exports: { userDevices, loginAttempts, pgSchema } };
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
