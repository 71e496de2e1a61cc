import type { OwnExport } from "./export-account.ts";
import type { ExportRow } from "./read-export.ts";

/**
 * The export as JSON text, a batch at a time; all of it together is one object. It is closed before
 * its last character: a client that has all of it may ask again.
 */
export async function* writeExport(opened: OwnExport): AsyncGenerator<string> {
  const { exportedAt, account, tables, close } = opened;
  yield `${JSON.stringify({ exportedAt, account }).slice(0, -1)},"tables":{`;
  let separator = "";
  for await (const { name, batches } of tables) {
    yield `${separator}${JSON.stringify(name)}:[`;
    yield* writeRows(batches);
    yield "]";
    separator = ",";
  }
  await close();
  yield "}}";
}

async function* writeRows(batches: AsyncIterable<readonly ExportRow[]>): AsyncGenerator<string> {
  let separator = "";
  for await (const rows of batches) {
    if (rows.length > 0) {
      yield separator + rows.map((row) => JSON.stringify(row)).join(",");
      separator = ",";
    }
  }
}
