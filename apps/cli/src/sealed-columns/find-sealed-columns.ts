import type { Sql } from "postgres";
import { quoted } from "../quote.ts";

/** A column whose values are under a root key. */
export type SealedColumn = {
  readonly schema: string;
  readonly table: string;
  readonly column: string;
  /** SQL of the text that its values are bound to as the row's id, for a table named `t`. */
  readonly rowId: string;
  /** SQL to order rows by and find them by, and its type. */
  readonly key: string;
  readonly keyType: string;
};

const LEFTOVERS = "encryption_leftovers";
/** Under a key that only the token yields. */
const WITHOUT_ROOT_KEY = "sealed_successor";

// A sealed column says so by its CHECK, or is one that somebody encrypts plain text into.
const COLUMNS = `
  with marked as (
    select conrelid as relation, conkey[1] as number from pg_constraint
    where contype = 'c' and cardinality(conkey) = 1
      and pg_get_constraintdef(oid) like '%^pe1[.]%'
  ), begun as (
    select to_regclass(format('%I.%I', into_schema, into_table))::oid as relation, into_column as name
    from jsonb_to_recordset($1::text::jsonb) as e (into_schema text, into_table text, into_column text)
  ), found as (
    select relation, attname from marked join pg_attribute on attrelid = relation and attnum = number
    union
    select relation, attname from begun join pg_attribute on attrelid = relation and attname = name
    where not attisdropped
  )
  select nspname as schema, relname as "table", found.attname as "column",
    k.attname as key, format_type(k.atttypid, k.atttypmod) as "keyType"
  from found join pg_class c on c.oid = relation and relkind in ('r', 'p') and not relispartition
    join pg_namespace n on n.oid = relnamespace and nspname !~ '^pg_'
    left join pg_index i on indrelid = c.oid and indisprimary and indnkeyatts = 1
    left join pg_attribute k on k.attrelid = c.oid and k.attnum = indkey[0]
  where found.attname <> '${WITHOUT_ROOT_KEY}'
  order by 1, 2, 3`;

type Row = { schema: string; table: string; column: string; key: string | null; keyType: string };

/**
 * Every column of the database, an app's own among them, whose values are sealed under a root key.
 * Those of a table whose primary key is not one column are left out: a value binds to its row's id.
 */
export async function findSealedColumns(sql: Sql): Promise<readonly SealedColumn[]> {
  const [records] = await sql`
    select to_regclass('postern_internal.encryptions') is not null as exists`;
  const begun = records?.exists
    ? await sql`select into_schema, into_table, into_column from postern_internal.encryptions`
    : [];
  const rows = await sql.unsafe<Row[]>(COLUMNS, [JSON.stringify(begun)]);
  return rows.flatMap(({ schema, table, column, key, keyType }) => {
    if (table === LEFTOVERS) return [leftovers(schema)];
    if (key === null) return [];
    const name = `t.${quoted(key)}`;
    return [{ schema, table, column, rowId: `${name}::text`, key: name, keyType }];
  });
}

/** What a left-over value is bound to: the place that it was taken from. */
const LEFTOVER_KEY = "concat_ws('.', t.schema_name, t.table_name, t.column_name, t.row_id)";

const leftovers = (schema: string): SealedColumn => ({
  schema,
  table: LEFTOVERS,
  column: "sealed_value",
  rowId: LEFTOVER_KEY,
  key: LEFTOVER_KEY,
  keyType: "text",
});
