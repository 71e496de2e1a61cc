import type { Sql } from "postgres";

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

export const readCatalogue = async (sql: Sql) => [...(await sql.unsafe(CATALOGUE))];
