import { customType, pgTable, uuid } from "drizzle-orm/pg-core";
import { drizzle } from "drizzle-orm/postgres-js";
import { expect, test } from "vitest";
import { createSecuritySchema } from "./create.ts";
import { pushSecuritySchema } from "./push/index.ts";
import { openDatabase } from "./testing/open-database.ts";
import { byNumber, bySerial } from "./testing/users-by-id.ts";

/** As apps have it: `usr_…` in the code, a uuid in the database. */
const prefixed = customType<{ data: `usr_${string}`; driverData: string }>({
  dataType: () => "uuid",
  toDriver: (id) => id.slice("usr_".length),
  fromDriver: (id) => `usr_${id}`,
});
const byPrefixed = pgTable("users", { id: prefixed("id").primaryKey() });
const byKey = pgTable("users", { key: uuid("id").primaryKey() });

const UUID = "0198c0de-0000-7000-8000-000000000001";

// The others are in matrix/.
test.for([
  { name: "a serial", sql: "serial", users: bySerial, userId: 7 },
  { name: "a bigint read as a number", sql: "bigint", users: byNumber, userId: 2 ** 53 - 1 },
  { name: "a type of the app's own", sql: "uuid", users: byPrefixed, userId: `usr_${UUID}` },
  {
    name: "a key whose property is not id",
    sql: "uuid",
    users: { ...byKey, id: byKey.key },
    userId: UUID,
  },
])("beside users by $name, a user_id comes back as it went in", async ({ sql, users, userId }) => {
  await using database = await openDatabase();
  await database.sql.unsafe(`create table users (id ${sql} primary key)`);
  await database.sql`insert into users values (${String(userId).replace("usr_", "")})`;
  const { passwordHistory } = createSecuritySchema({ users });
  const wish = { databaseUrl: database.url, exports: { passwordHistory }, roles: null };
  expect(await pushSecuritySchema(wish)).toMatchObject({ outcome: "applied" });

  const db = drizzle({ client: database.sql });
  await db.insert(passwordHistory).values({ userId: userId as never, passwordHash: "$x$y" });
  expect(await db.select().from(passwordHistory)).toMatchObject([{ userId }]);
});
