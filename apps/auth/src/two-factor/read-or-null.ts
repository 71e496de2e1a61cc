import { readSealed, type SealedReading, SealedReadingError } from "@postern/schema/encryption";
import type { Deps } from "../deps.ts";
import type { UserId } from "../tables.ts";

/**
 * `readSealed`, and null for what is not as we seal it: moved from another row or column, cut, or
 * planted as plain text. That is logged and a `decrypt_failed` event, and never a way in (R-47,
 * for the caller it is as if there were nothing.
 */
export async function readOrNull<Table extends string, Column extends string>(
  { db, tables, log }: Deps,
  reading: SealedReading<Table, Column, UserId>,
): Promise<string | null> {
  try {
    return await readSealed(db, tables, reading);
  } catch (error) {
    if (!(error instanceof SealedReadingError)) {
      throw error;
    }
    log.error({ column: reading.from.column }, "a sealed value of an account cannot be read");
    return null;
  }
}
