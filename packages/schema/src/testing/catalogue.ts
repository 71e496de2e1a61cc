import type { Sql } from "postgres";

// Every object outside our schema and our records, and foreign ones in our schema, in PostgreSQL's
// own words.
const OBJECTS = `
  with home as (select oid, nspname from pg_namespace
    where nspname !~ '^pg_' and nspname not in ('information_schema', 'postern_internal')),
  relation as (select c.oid, format('%s.%s', nspname, relname) as name, relkind, relrowsecurity
    from pg_class c join home on home.oid = relnamespace
    where not (nspname = 'postern' and relname not like 'foreign%'))
  select 'relation' as kind, name, format('%s %s', relkind, relrowsecurity) as text from relation
  union all
  select 'column', format('%s.%s', name, attname), format('%s %s %s %s', attnum,
    format_type(atttypid, atttypmod), attnotnull, pg_get_expr(adbin, adrelid))
  from relation join pg_attribute on attrelid = relation.oid and attnum > 0
    left join pg_attrdef on adrelid = attrelid and adnum = attnum
  union all
  select 'constraint', format('%s.%s', name, conname), pg_get_constraintdef(c.oid)
  from relation join pg_constraint c on conrelid = relation.oid
  union all
  select 'index', name, pg_get_indexdef(relation.oid) from relation where relkind = 'i'
  union all
  select 'view', name, pg_get_viewdef(relation.oid) from relation where relkind in ('v', 'm')
  union all
  select 'trigger', format('%s.%s', name, tgname), pg_get_triggerdef(t.oid)
  from relation join pg_trigger t on tgrelid = relation.oid
  union all
  select 'policy', format('%s.%s', name, polname), pg_get_expr(polqual, polrelid)
  from relation join pg_policy on polrelid = relation.oid
  union all
  select 'function', p.oid::regprocedure::text, pg_get_functiondef(p.oid)
  from pg_proc p join home on home.oid = pronamespace where nspname <> 'postern'
  union all
  select 'enum', t.oid::regtype::text, string_agg(enumlabel, ',' order by enumsortorder)
  from pg_type t join home on home.oid = typnamespace join pg_enum on enumtypid = t.oid
  group by t.oid
  order by 1, 2, 3`;

const TABLES = `
  select format('%I.%I', schemaname, tablename) as name from pg_tables
  where schemaname !~ '^pg_' and schemaname not in ('information_schema', 'postern_internal')
    and not (schemaname = 'postern' and tablename not like 'foreign%')
  order by 1`;

/**
 * What a push must leave alone: every foreign object, and every foreign row with its physical
 * place.
 */
export async function readForeign(sql: Sql) {
  const objects = await sql.unsafe(OBJECTS);
  const tables = await sql.unsafe<{ name: string }[]>(TABLES);
  const rows = await Promise.all(
    tables.map(async ({ name }) => {
      const [digest] = await sql.unsafe(
        `select count(*)::int as rows, md5(string_agg(ctid::text || xmin::text || t::text, '' order by ctid)) as digest from ${name} t`,
      );
      return { name, ...digest };
    }),
  );
  const sequences = await sql`select schemaname, sequencename, last_value from pg_sequences
    where schemaname not in ('postern', 'postern_internal') order by 1, 2`;
  return { objects: [...objects], rows, sequences: [...sequences] };
}
