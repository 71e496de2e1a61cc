import type { Sql } from "postgres";
import { CliError } from "../cli-error.ts";
import { quoted } from "../quote.ts";

export type TableFacts = {
  /** SQL types by column, without lengths. */
  readonly columns: ReadonlyMap<string, string>;
  readonly idColumn: string;
  readonly idType: string;
  /** Columns that a unique index holds alone. */
  readonly unique: ReadonlySet<string>;
};

/** What the catalogue says of a table. Throws CliError where there is none, or no id of one column. */
export async function describeTable(
  sql: Sql,
  { schema, table }: { schema: string; table: string },
): Promise<TableFacts> {
  const name = quoted(schema, table);
  const columns = await sql<{ name: string; type: string; is_id: boolean; is_unique: boolean }[]>`
    select attname as name, format_type(atttypid, null) as type,
      exists (select from pg_index where indrelid = attrelid and indisprimary
        and indnkeyatts = 1 and indkey[0] = attnum) as is_id,
      exists (select from pg_index where indrelid = attrelid and indisunique
        and indnkeyatts = 1 and indkey[0] = attnum and indpred is null) as is_unique
    from pg_attribute where attrelid = to_regclass(${name}) and attnum > 0 and not attisdropped`;
  if (columns.length === 0) throw new CliError(`There is no table ${schema}.${table}.`);
  const id = columns.find(({ is_id }) => is_id);
  if (!id) {
    throw new CliError(`${schema}.${table} has no primary key of one column to bind values to.`);
  }
  return {
    columns: new Map(columns.map((column) => [column.name, column.type])),
    idColumn: id.name,
    idType: id.type,
    unique: new Set(columns.flatMap((column) => (column.is_unique ? [column.name] : []))),
  };
}
