import { type SQL, sql } from "drizzle-orm";
import { getTableConfig, type PgTable } from "drizzle-orm/pg-core";
import { usersOf } from "../users-of.ts";
import type { PlainColumn } from "./encryption-stage.ts";

/** The column in which an app kept the secrets of second factors before it encrypted them. */
export type PlainSecondFactor = {
  /** For `readSealed`. */
  readonly from: PlainColumn;
  /** What it holds for the user of that id, as an expression; null where it holds nothing. */
  readonly of: (userId: SQL) => SQL;
};

/**
 * Where the users table that `two_factor_auth` is bound to keeps secrets in plain text; null where
 * the binding names no such column. `readSealed` says whether what stands there may be believed.
 */
export function plainSecondFactor(twoFactorAuth: PgTable): PlainSecondFactor | null {
  const { table, id, column } = usersOf(twoFactorAuth);
  const plain = column("twoFactorSecret");
  if (!plain) return null;
  const { schema = "public", name } = getTableConfig(table);
  return {
    from: { schema, table: name, column: plain.name },
    of: (userId) => sql`(select ${plain} from ${table} where ${id} = ${userId})`,
  };
}
