import type { Sql } from "postgres";
import { countByKey, type KeyCount } from "../sealed-columns/count-by-key.ts";
import { findSealedColumns } from "../sealed-columns/find-sealed-columns.ts";

type ColumnSurvey = { readonly name: string; readonly counts: readonly KeyCount[] };

export type KeySurvey = {
  readonly columns: readonly ColumnSurvey[];
  /** Rows in all columns, by key. */
  readonly rowsOf: (keyId: number | null) => number;
};

/** Counts every sealed value of the database by the key that it is under. Reads whole tables. */
export async function surveyKeys(sql: Sql): Promise<KeySurvey> {
  const columns: ColumnSurvey[] = [];
  for (const column of await findSealedColumns(sql)) {
    const name = `${column.schema}.${column.table}.${column.column}`;
    columns.push({ name, counts: await countByKey(sql, column) });
  }
  const rowsOf = (keyId: number | null) =>
    columns
      .flatMap(({ counts }) => counts)
      .filter((count) => count.keyId === keyId)
      .reduce((sum, { rows }) => sum + rows, 0);
  return { columns, rowsOf };
}
