import { integer, pgTable, serial, text } from "drizzle-orm/pg-core";
import type { Sql } from "postgres";
import { expect, test } from "vitest";
import { createSecuritySchema } from "../create.ts";
import { bindDefaultTables } from "../default-binding.ts";
import { describeTable } from "../push/describe-table.ts";
import { pushSecuritySchema } from "../push/push-security-schema.ts";
import { createAll } from "../push/statements.ts";
import { openDatabase } from "../testing/open-database.ts";
import {
  userEncryptedColumns,
  userEncryptedRules,
  userSecurityColumns,
  userSecurityRules,
} from "../users-columns.ts";
import { migrateSecuritySchema } from "./migrate-security-schema.ts";

const bare = {
  id: serial("account_no").primaryKey(),
  mail: text("mail").notNull(),
  pw: text("pw"),
  orders: integer("orders"),
};

/** An app's own users table, once the app has spread our columns into it. */
const accounts = pgTable(
  "accounts",
  { ...bare, ...userSecurityColumns(), ...userEncryptedColumns("accounts") },
  (t) => [...userSecurityRules("accounts", t), ...userEncryptedRules("accounts", t)],
);

const columns = { email: accounts.mail, passwordHash: accounts.pw };

const statementsOf = (table: typeof accounts) =>
  createAll("public", [describeTable(table)]).join("\n");

const bindings = [
  { name: "the default binding", exports: bindDefaultTables("postern"), before: "", whole: "" },
  {
    name: "an app's own users table by number, under other names",
    exports: createSecuritySchema({ users: accounts, schema: "auth", columns }),
    before: statementsOf(pgTable("accounts", bare) as unknown as typeof accounts),
    whole: statementsOf(accounts),
  },
];

// Every object of every schema but our records and PostgreSQL's own, in PostgreSQL's own words.
const CATALOGUE = `
  with home as (select oid, nspname from pg_namespace
    where nspname !~ '^pg_' and nspname not in ('information_schema', 'postern_internal')),
  relation as (select c.oid, c.oid::regclass::text as name, relkind, relacl, reloptions
    from pg_class c join home on home.oid = relnamespace)
  select 'relation' as kind, name, format('%s %s %s', relkind, reloptions, (
    select string_agg(a::text, ',' order by a::text) from unnest(relacl) a)) as text from relation
  union all
  select 'column', format('%s.%s', name, attname), format('%s %s %s %s %s',
    format_type(atttypid, atttypmod), attnotnull, pg_get_expr(adbin, adrelid), attidentity, attacl)
  from relation join pg_attribute on attrelid = relation.oid and attnum > 0 and not attisdropped
    left join pg_attrdef on adrelid = attrelid and adnum = attnum
  where relkind in ('r', 'v')
  union all
  select 'constraint', format('%s.%s', name, conname), pg_get_constraintdef(c.oid)
  from relation join pg_constraint c on conrelid = relation.oid
  union all
  select 'index', name, pg_get_indexdef(relation.oid) || indisvalid
  from relation join pg_index on indexrelid = relation.oid
  union all
  select 'view', name, pg_get_viewdef(relation.oid) from relation where relkind = 'v'
  union all
  select 'trigger', format('%s.%s', name, tgname), pg_get_triggerdef(t.oid) || tgenabled::text
  from relation join pg_trigger t on tgrelid = relation.oid and not tgisinternal
  union all
  select 'function', p.oid::regprocedure::text, pg_get_functiondef(p.oid) || proacl::text
  from pg_proc p join home on home.oid = pronamespace
  union all
  select 'schema', nspname, (select nspacl::text from pg_namespace where oid = home.oid) from home
  order by 1, 2, 3`;

const read = async (sql: Sql) => [...(await sql.unsafe(CATALOGUE))];

test.for(bindings)(
  "$name: a migrated and a pushed database hold the same objects",
  async ({ exports, before, whole }) => {
    await using pushed = await openDatabase();
    await using migrated = await openDatabase();
    await pushed.sql.unsafe(whole);
    await pushSecuritySchema({ databaseUrl: pushed.url, exports });
    await migrated.sql.unsafe(before);
    await migrateSecuritySchema({ databaseUrl: migrated.url, exports });
    expect(await read(migrated.sql)).toEqual(await read(pushed.sql));
  },
);

test.for(bindings)(
  "$name: after a migration a push finds nothing to do, and a migration nothing after a push",
  async ({ exports, before, whole }) => {
    await using migrated = await openDatabase();
    await migrated.sql.unsafe(before);
    await migrateSecuritySchema({ databaseUrl: migrated.url, exports });
    const records = await migrated.sql`select from postern_internal.pushed_objects`;
    const result = await pushSecuritySchema({ databaseUrl: migrated.url, exports });
    expect(result).toMatchObject({ outcome: "nothing to do", steps: [] });
    expect(await migrated.sql`select from postern_internal.pushed_objects`).toHaveLength(
      records.length,
    );

    await using pushed = await openDatabase();
    await pushed.sql.unsafe(whole);
    await pushSecuritySchema({ databaseUrl: pushed.url, exports });
    const catalogue = await read(pushed.sql);
    const { done } = await migrateSecuritySchema({ databaseUrl: pushed.url, exports });
    expect(new Set(done.map(({ how }) => how))).toEqual(new Set(["adopted"]));
    expect(await read(pushed.sql)).toEqual(catalogue);
  },
);

test("a table that stands and is not as declared is refused by its name, and nothing is touched", async () => {
  await using database = await openDatabase();
  const exports = bindDefaultTables("postern");
  await pushSecuritySchema({ databaseUrl: database.url, exports });
  await database.sql`alter table postern.login_attempts drop constraint login_attempts_result_is_known`;
  const catalogue = await read(database.sql);
  await expect(migrateSecuritySchema({ databaseUrl: database.url, exports })).rejects.toThrow(
    "postern.login_attempts stands already and is not as declared: check login_attempts_result_is_known.",
  );
  expect(await read(database.sql)).toEqual(catalogue);
});
