import type { EncryptionStage, PlainColumn } from "@postern/schema/encryption";
import type { Sql, TransactionSql } from "postgres";

export const normalisations = ["phone", "email", "none"] as const;

export type Normalisation = (typeof normalisations)[number];

/** One column of plain text on its way into a sealed one, as the database records it. */
export type Encryption = {
  readonly from: PlainColumn;
  readonly into: PlainColumn;
  readonly indexColumn: string | null;
  readonly hintColumn: string | null;
  /** The primary key of the table of plain text. */
  readonly idColumn: string;
  readonly normalise: Normalisation;
  /** ISO code for numbers without a calling code. */
  readonly defaultCountry: string | null;
  /** The plain column holds what an older system sealed in its own way. */
  readonly hasOpener: boolean;
  readonly stage: EncryptionStage;
  /** Columns that were not there before and go with the way back. */
  readonly made: readonly string[];
  /**
   * What was begun and did not come to its end: `enforce` refuses plain text already, and the way back
   * from it (`reopen`) still writes some.
   */
  readonly unfinished: "enforce" | "reopen" | null;
  readonly pausedAt: Date | null;
  readonly lastError: string | null;
};

type Row = Record<string, unknown> & Pick<Encryption, "normalise" | "stage" | "unfinished">;

const toEncryption = (row: Row): Encryption => ({
  from: place(row, "schema_name", "table_name", "column_name"),
  into: place(row, "into_schema", "into_table", "into_column"),
  indexColumn: row.index_column as string | null,
  hintColumn: row.hint_column as string | null,
  idColumn: String(row.id_column),
  normalise: row.normalise,
  defaultCountry: row.default_country as string | null,
  hasOpener: row.has_opener === true,
  stage: row.stage,
  made: row.made as string[],
  unfinished: row.unfinished,
  pausedAt: row.paused_at as Date | null,
  lastError: row.last_error as string | null,
});

function place(row: Row, ...names: readonly [string, string, string]): PlainColumn {
  const [schema, table, column] = names.map((name) => String(row[name]));
  return { schema, table, column } as PlainColumn;
}

/** Every column that somebody began to encrypt; none where the records are not there. */
export async function readEncryptions(sql: Sql): Promise<readonly Encryption[]> {
  const [records] = await sql`
    select to_regclass('postern_internal.encryptions') is not null as exists`;
  if (!records?.exists) return [];
  const rows = await sql<Row[]>`
    select * from postern_internal.encryptions order by schema_name, table_name, column_name`;
  return rows.map(toEncryption);
}

/**
 * Reads the record and holds it to the end of the transaction: `share` beside other workers, `update`
 * alone, to change the stage once no batch is under way.
 */
export async function lockEncryption(
  tx: TransactionSql,
  { schema, table, column }: PlainColumn,
  strength: "share" | "update",
): Promise<Encryption | undefined> {
  const [row] = await tx<Row[]>`
    select * from postern_internal.encryptions
    where schema_name = ${schema} and table_name = ${table} and column_name = ${column}
    ${strength === "share" ? tx`for share` : tx`for update`}`;
  return row && toEncryption(row);
}

/** Records a new one; false where somebody was quicker. */
export async function insertEncryption(
  sql: Sql | TransactionSql,
  it: Encryption,
): Promise<boolean> {
  const { count } = await sql`
    insert into postern_internal.encryptions (schema_name, table_name, column_name, into_schema,
      into_table, into_column, index_column, hint_column, id_column, normalise, default_country,
      has_opener, stage, made)
    values (${it.from.schema}, ${it.from.table}, ${it.from.column}, ${it.into.schema},
      ${it.into.table}, ${it.into.column}, ${it.indexColumn}, ${it.hintColumn}, ${it.idColumn},
      ${it.normalise}, ${it.defaultCountry}, ${it.hasOpener}, ${it.stage}, ${[...it.made]})
    on conflict do nothing`;
  return count === 1;
}

type Changes = {
  readonly stage?: EncryptionStage;
  readonly paused_at?: Date | null;
  readonly unfinished?: Encryption["unfinished"];
  readonly last_error?: string | null;
};

export async function updateEncryption(
  sql: Sql | TransactionSql,
  { schema, table, column }: PlainColumn,
  changes: Changes,
): Promise<void> {
  await sql`
    update postern_internal.encryptions set ${sql(changes)}, updated_at = now()
    where schema_name = ${schema} and table_name = ${table} and column_name = ${column}`;
}

export async function deleteEncryption(
  sql: TransactionSql,
  { schema, table, column }: PlainColumn,
): Promise<void> {
  await sql`
    delete from postern_internal.encryptions
    where schema_name = ${schema} and table_name = ${table} and column_name = ${column}`;
}

export const nameOf = ({ schema, table, column }: PlainColumn): string =>
  `${schema}.${table}.${column}`;

/** Its own table, and not two_factor_auth. */
export const isInPlace = ({ from, into }: Pick<Encryption, "from" | "into">): boolean =>
  from.schema === into.schema && from.table === into.table;
