import type { Sql } from "postgres";

/** The shop in PostgreSQL's own words: each object by its name, each table's rows by a digest. */
export type Shop = ReadonlyMap<string, string>;

// Internal triggers are those of foreign keys, which PostgreSQL puts on both tables.
const OBJECTS = `
  with relation as (select oid, relname as name, relkind, relrowsecurity, relowner, relacl
    from pg_class where relnamespace = 'public'::regnamespace)
  select 'relation ' || name as name, concat_ws(' ', relkind, relrowsecurity, relowner) as text
  from relation where relkind <> 'i'
  union all
  select 'grants on ' || name,
    string_agg(concat_ws(' ', grantee::regrole, privilege_type), ', ' order by grantee, privilege_type)
  from relation, aclexplode(relacl) where grantee <> relowner group by name
  union all
  select format('column %s.%s', name, attname), concat_ws(' ', attnum,
    format_type(atttypid, atttypmod), attnotnull, pg_get_expr(adbin, adrelid))
  from relation join pg_attribute on attrelid = relation.oid and attnum > 0 and not attisdropped
    left join pg_attrdef on adrelid = attrelid and adnum = attnum
  where relkind in ('r', 'v', 'S')
  union all
  select format('constraint %s.%s', name, conname), pg_get_constraintdef(c.oid)
  from relation join pg_constraint c on conrelid = relation.oid
  union all
  select 'index ' || name, pg_get_indexdef(oid) from relation where relkind = 'i'
  union all
  select 'view ' || name, pg_get_viewdef(oid) from relation where relkind = 'v'
  union all
  select format('trigger %s.%s', name, tgname), pg_get_triggerdef(t.oid)
  from relation join pg_trigger t on tgrelid = relation.oid and not tgisinternal
  union all
  select 'function ' || p.oid::regprocedure, pg_get_functiondef(p.oid)
  from pg_proc p where pronamespace = 'public'::regnamespace
  union all
  select 'type ' || typname, string_agg(enumlabel, ', ' order by enumsortorder)
  from pg_type t join pg_enum on enumtypid = t.oid
  where typnamespace = 'public'::regnamespace group by t.oid
  union all
  select 'sequence at ' || sequencename, coalesce(last_value::text, '-')
  from pg_sequences where schemaname = 'public'
  order by 1`;

const COLUMNS = `
  select relname as name, string_agg(quote_ident(attname), ', ' order by attnum) as columns
  from pg_class join pg_attribute on attrelid = pg_class.oid and attnum > 0 and not attisdropped
  where relnamespace = 'public'::regnamespace and relkind = 'r'
  group by relname order by relname`;

/** The columns that each table had; later readings look at the rows through these alone. */
export type ShopColumns = ReadonlyMap<string, string>;

export async function readColumns(sql: Sql): Promise<ShopColumns> {
  const tables = await sql.unsafe<{ name: string; columns: string }[]>(COLUMNS);
  return new Map(tables.map(({ name, columns }) => [name, columns]));
}

/** Every object in the shop's schema, and every row with its place and its last writer. */
export async function readShop(sql: Sql, columns: ShopColumns): Promise<Shop> {
  const objects = await sql.unsafe<{ name: string; text: string }[]>(OBJECTS);
  const rows = await Promise.all(
    [...columns].map(async ([table, names]) => {
      const [read] = await sql.unsafe<{ text: string }[]>(
        `select concat(count(*), ' rows ', md5(string_agg(
           concat_ws(' ', ctid, xmin, row(${names})::text), e'\\n' order by ctid))) as text
         from public.${table}`,
      );
      return [`rows of ${table}`, read?.text ?? ""] as const;
    }),
  );
  return new Map([...objects.map(({ name, text }) => [name, text] as const), ...rows]);
}
