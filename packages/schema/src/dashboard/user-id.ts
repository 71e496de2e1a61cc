import { type SQL, sql } from "drizzle-orm";
import type { AnyPgColumn } from "drizzle-orm/pg-core";

/** An id as every driver reads it alike; `readUserId` turns it back. */
export const asText = (column: AnyPgColumn): SQL => sql`${column}::text`;

/** The id in the JavaScript type of its column. */
export function readUserId<C extends AnyPgColumn>(column: C, text: string): C["_"]["data"] {
  // One word on drizzle-orm 0.45, such as `bigint`; two on 1.0, such as `bigint int64`.
  const [type] = column.dataType.split(" ");
  if (type === "bigint") return BigInt(text);
  if (type === "number") return Number(text);
  return column.mapFromDriverValue(text);
}
