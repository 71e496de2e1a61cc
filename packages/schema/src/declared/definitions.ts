import type { TransactionSql } from "postgres";
import { withSearchPath } from "../database/search-path.ts";

type Kind = "table" | "column" | "primary_key" | "unique" | "check" | "foreign_key" | "index";

/** One object of a table, in the words in which PostgreSQL itself gives it back. */
export type Definition = {
  readonly kind: Kind;
  readonly table: string;
  readonly name: string;
  readonly text: string;
};

export type Definitions = ReadonlyMap<string, Definition>;

export type ColumnDefinition = {
  type: string;
  isRequired: boolean;
  default: string | null;
  identity: string;
};

export const keyOf = ({ kind, table, name }: Omit<Definition, "text">) =>
  `${kind} ${table} ${name}`;

export const columnOf = (definition: Definition) => JSON.parse(definition.text) as ColumnDefinition;

// Constraints and indexes as PostgreSQL writes them, without the names of schemas, so that equal
// text means equal meaning wherever the table lies. Foreign keys name another table: they are
// written by their parts.
const READ = `
  with home as (select oid, relname, relkind from pg_class
    where relnamespace = $1::oid and relkind in ('r', 'p', 'v', 'm', 'f')
      and relname in (select json_array_elements_text($2::text::json)))
  select 'table' as kind, relname as "table", relname as name,
    case when relkind in ('r', 'p') then 'table' else relkind::text end as text
  from home
  union all
  select 'column', relname, attname, jsonb_build_object(
    'type', format_type(atttypid, atttypmod), 'isRequired', attnotnull,
    'default', pg_get_expr(adbin, adrelid), 'identity', attidentity)::text
  from home join pg_attribute on attrelid = home.oid and attnum > 0 and not attisdropped
    left join pg_attrdef on adrelid = attrelid and adnum = attnum
  union all
  select case contype when 'p' then 'primary_key' when 'u' then 'unique' else 'check' end,
    relname, conname, pg_get_constraintdef(pg_constraint.oid)
  from home join pg_constraint on conrelid = home.oid and contype in ('p', 'u', 'c')
  union all
  select 'foreign_key', home.relname, conname, concat(
    (select string_agg(attname, ',' order by n) from unnest(conkey) with ordinality key(a, n)
      join pg_attribute on attrelid = conrelid and attnum = a),
    ' -> ', nspname, '.', other.relname, '.',
    (select string_agg(attname, ',' order by n) from unnest(confkey) with ordinality key(a, n)
      join pg_attribute on attrelid = confrelid and attnum = a),
    ' ', confdeltype, confupdtype, case when condeferrable then ' DEFERRABLE' end,
    case when not convalidated then ' NOT VALID' end)
  from home join pg_constraint on conrelid = home.oid and contype = 'f'
    join pg_class other on other.oid = confrelid
    join pg_namespace on pg_namespace.oid = other.relnamespace
  union all
  select 'index', home.relname, other.relname, concat(
    case when indisunique then 'UNIQUE' end, case when not indisvalid then 'INVALID' end,
    split_part(pg_get_indexdef(indexrelid), format(' ON %I.%I', case
      when other.relpersistence = 't' then 'pg_temp' else nspname end, home.relname), 2))
  from home join pg_index on indrelid = home.oid join pg_class other on other.oid = indexrelid
    join pg_namespace on pg_namespace.oid = other.relnamespace
  where not exists (select from pg_constraint where conindid = indexrelid and contype in ('p', 'u', 'x'))`;

/** Everything that these tables consist of, in the schema of that name or in the temporary one. */
export async function readDefinitions(
  tx: TransactionSql,
  schema: string | { isTemporary: true },
  tables: readonly string[],
): Promise<Definitions> {
  const [home] =
    typeof schema === "string"
      ? await tx`select to_regnamespace(quote_ident(${schema}))::oid as id`
      : await tx`select pg_my_temp_schema() as id`;
  if (!home?.id) return new Map();
  // Nothing but pg_catalog in the path: names of types are then written the same way everywhere.
  const rows = await withSearchPath(
    tx,
    () => "pg_catalog",
    () => tx.unsafe<Definition[]>(READ, [home.id, JSON.stringify(tables)]),
  );
  return new Map(rows.map((row) => [keyOf(row), { ...row }]));
}
