import { integer, pgTable, text, uuid } from "drizzle-orm/pg-core";
import type { Sql } from "postgres";
import { expect, test } from "vitest";
import { bind } from "../../binding.ts";
import { createSecuritySchema } from "../../create.ts";
import { pushSecuritySchema } from "../../push/index.ts";
import { readForeign } from "../../testing/catalogue.ts";
import { openDatabase } from "../../testing/open-database.ts";

const people = pgTable("people", { id: integer("id").primaryKey() });
const { loginAttempts, revocations } = createSecuritySchema({ users: people, schema: "public" });
const { table } = bind({ users: people, home: undefined });
const id = () => uuid("id").primaryKey().defaultRandom();
const notes = table("notes", { id: id(), size: text("size") });
const shorterNotes = table("notes", { id: id() });

/** Each says what stands there, from `earlier` pushes and by SQL, and what is then not done. */
const cases = [
  {
    name: "a filled table no longer exported",
    earlier: { loginAttempts, revocations },
    sql: "insert into revocations values (gen_random_uuid(), now())",
    exports: { loginAttempts },
    refusal: /revocations.* nothing was done\..* by hand: DROP TABLE .*revocations.*;$/,
  },
  {
    name: "an app's own empty login_attempts",
    sql: "create table login_attempts (id serial primary key, user_id text, email text)",
    exports: { loginAttempts, revocations },
    refusal:
      /login_attempts .*identifier_hint.* id is integer and not bigint, user_id is text and not integer, .*email.* Nothing was done\. Rename it/,
  },
  {
    name: "an app's own filled login_attempts",
    sql: `create table login_attempts (id serial primary key, ip_address text, success boolean);
      insert into login_attempts (ip_address) values ('192.0.2.7')`,
    exports: { loginAttempts, revocations },
    refusal:
      /login_attempts .*ip_address is text and not inet, .*success.* Nothing was done\. Rename it/,
  },
  {
    name: "an app's view on a column that goes",
    earlier: { notes },
    sql: "insert into notes (size) values ('12'); create view sizes as select size from notes",
    exports: { shorterNotes },
    refusal: /sizes.* notes\.size.* Nothing was done\. Drop it \(DROP VIEW .*sizes.*;\), push/,
  },
];

/** What stands in the way is named and stays as it is, even where losses are accepted. */
export function describeRefusals(serverUrl?: string): void {
  test.concurrent.for(cases)("$name is never touched", async (situation) => {
    await using database = await openDatabase("empty", serverUrl);
    await database.sql`create table people (id integer primary key)`;
    const wish = { databaseUrl: database.url, roles: null };
    if (situation.earlier) await pushSecuritySchema({ ...wish, exports: situation.earlier });
    await database.sql.unsafe(situation.sql);

    const before = await readEverything(database.sql);
    const { exports, refusal } = situation;
    const push = pushSecuritySchema({ ...wish, exports, acceptDataLoss: true });
    await expect(push).rejects.toThrow(refusal);
    expect(await readEverything(database.sql)).toEqual(before);
  });
}

async function readEverything(sql: Sql) {
  const schemas = await sql`select nspname from pg_namespace where nspname !~ '^pg_' order by 1`;
  return { ...(await readForeign(sql)), schemas: [...schemas] };
}
