import type { Sql } from "postgres";
import { quoted } from "../quote.ts";
import type { SealedColumn } from "./find-sealed-columns.ts";

const PREFIX = "pe1.";
/** Prefix and the base64url of version, algorithm and key id: what values of one key begin with. */
export const HEADER_CHARACTERS = 12;

export type KeyCount = { readonly keyId: number | null; readonly rows: number };

/** How a value begins that is under this root key. */
export function headerOf(keyId: number): string {
  const header = Buffer.from([1, 1, 0, 0, 0, 0]);
  header.writeUInt32BE(keyId, 2);
  return `${PREFIX}${header.toString("base64url")}`;
}

/** Rows of a column by root key; of what is not sealed at all under no key. Reads the whole table. */
export async function countByKey(
  sql: Sql,
  { schema, table, column }: SealedColumn,
): Promise<readonly KeyCount[]> {
  const name = quoted(column);
  const rows = await sql.unsafe<{ header: string; rows: number }[]>(
    `select left(${name}, ${HEADER_CHARACTERS}) as header, count(*)::float8 as rows
     from ${quoted(schema, table)} where ${name} is not null group by 1 order by 1`,
  );
  return rows.map(({ header, rows: count }) => ({ keyId: keyIdOf(header), rows: count }));
}

function keyIdOf(header: string): number | null {
  const bytes = Buffer.from(header.slice(PREFIX.length), "base64url");
  const isSealed = header.startsWith(PREFIX) && bytes.length === 6 && bytes[0] === 1;
  return isSealed ? bytes.readUInt32BE(2) : null;
}
