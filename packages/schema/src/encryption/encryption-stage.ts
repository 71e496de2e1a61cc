import { sql } from "drizzle-orm";
import { type Database, query } from "../query.ts";

/** How far a column of plain text has come on its way into a sealed one. */
export const encryptionStages = [
  "expand",
  "dual",
  "backfill",
  "verify",
  "enforce",
  "contract",
] as const;

export type EncryptionStage = (typeof encryptionStages)[number];

/** A column of plain text, by its SQL names. */
export type PlainColumn = {
  readonly schema: string;
  readonly table: string;
  readonly column: string;
};

/**
 * `enforce` is recorded only when every row has been sealed and compared, so an older answer gives
 * nothing away.
 */
const FRESH_MILLISECONDS = 1_000;
const MISSING_RECORDS = ["42P01", "3F000"];

type Seen = { readonly stage: Promise<EncryptionStage | null>; readonly at: number };

const seenOf = new WeakMap<Database, Map<string, Seen>>();

/**
 * The stage that the database records for a column, at most a second old; null where nobody
 * encrypts it, or the plain column is gone and forgotten.
 */
export function readEncryptionStage(
  db: Database,
  column: PlainColumn,
): Promise<EncryptionStage | null> {
  const seen = seenOf.get(db) ?? new Map<string, Seen>();
  seenOf.set(db, seen);
  const key = JSON.stringify([column.schema, column.table, column.column]);
  const last = seen.get(key);
  if (last && Date.now() - last.at < FRESH_MILLISECONDS) return last.stage;
  const stage = askStage(db, column);
  seen.set(key, { stage, at: Date.now() });
  // A failure is nobody's stage: who asks next asks the database.
  stage.catch(() => seen.delete(key));
  return stage;
}

async function askStage(
  db: Database,
  { schema, table, column }: PlainColumn,
): Promise<EncryptionStage | null> {
  try {
    const [row] = await query<{ stage: EncryptionStage }>(
      db,
      sql`select stage from postern_internal.encryptions
        where schema_name = ${schema} and table_name = ${table} and column_name = ${column}`,
    );
    return row?.stage ?? null;
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}

const isMissing = (error: unknown): boolean =>
  [error, (error as Error).cause].some((it) =>
    MISSING_RECORDS.includes((it as { code?: string } | undefined)?.code ?? ""),
  );
