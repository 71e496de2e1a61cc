import postgres, { type Sql } from "postgres";
import { cloneDatabase } from "../clone-database.ts";

export type AppDatabase = AsyncDisposable & { url: string; sql: Sql };

/** An empty database of an app's own on a server. */
export async function openAppDatabase(serverUrl: string): Promise<AppDatabase> {
  const { url, ...database } = await cloneDatabase({ from: "empty", serverUrl });
  const sql = postgres(url, { max: 1, onnotice: () => undefined });
  return {
    url,
    sql,
    [Symbol.asyncDispose]: async () => {
      await sql.end({ timeout: 1 });
      await database[Symbol.asyncDispose]();
    },
  };
}

// Everything in the schemas of the app and of ours, in PostgreSQL's own words. `drizzle` is where
// the kits keep the list of migrations that ran.
const CATALOGUE = `
  with home as (select oid, nspname from pg_namespace
    where nspname !~ '^pg_' and nspname not in ('information_schema', 'drizzle')),
  relation as (select c.oid, format('%I.%I', nspname, relname) as name, relkind, relacl
    from pg_class c join home on home.oid = relnamespace)
  select name, format('relation %s %s', relkind, relacl) as text from relation
  union all
  select format('%s.%s', name, attname), format('column %s %s %s %s', attnum,
    format_type(atttypid, atttypmod), attnotnull, pg_get_expr(adbin, adrelid))
  from relation join pg_attribute on attrelid = relation.oid and attnum > 0
    left join pg_attrdef on adrelid = attrelid and adnum = attnum
  union all
  select format('%s.%s', name, conname), pg_get_constraintdef(c.oid)
  from relation join pg_constraint c on conrelid = relation.oid
  union all
  select name, pg_get_indexdef(oid) from relation where relkind = 'i'
  union all
  select name, pg_get_viewdef(oid) from relation where relkind = 'v'
  union all
  select format('%s.%s', name, tgname), pg_get_triggerdef(t.oid)
  from relation join pg_trigger t on tgrelid = relation.oid and not tgisinternal
  union all
  select p.oid::regprocedure::text, pg_get_functiondef(p.oid)
  from pg_proc p join home on home.oid = pronamespace
  union all
  select t.oid::regtype::text, string_agg(enumlabel, ',' order by enumsortorder)
  from pg_type t join home on home.oid = typnamespace join pg_enum on enumtypid = t.oid
  group by t.oid
  order by 1, 2`;

const TABLES = `
  select format('%I.%I', schemaname, tablename) as name from pg_tables
  where schemaname !~ '^pg_' and schemaname not in ('information_schema', 'drizzle') order by 1`;

/** Every object and every row of a database with its physical place, a line each. */
export async function readDatabase(sql: Sql): Promise<string[]> {
  const objects = await sql.unsafe<{ name: string; text: string }[]>(CATALOGUE);
  const lines = objects.map(({ name, text }) => `${name}: ${text}`);
  for (const { name } of await sql.unsafe<{ name: string }[]>(TABLES)) {
    const rows = await sql.unsafe<{ line: string }[]>(
      `select format('%s %s %s', ctid, xmin, t) as line from ${name} t order by ctid`,
    );
    lines.push(...rows.map(({ line }) => `${name} row ${line}`));
  }
  return lines;
}
