import { readSealed, type SealedReading, SealedReadingError } from "@postern/schema/encryption";
import type { UserId } from "../tables.ts";
import type { TransactionStore } from "../transaction.ts";

/** What a sealed value reads as where it does not open. No text, so nothing can mistake it for one. */
export const UNREADABLE = Symbol("unreadable");

export type Unreadable = typeof UNREADABLE;

/**
 * The one reader of what this service keeps sealed. A value that is not as we sealed it (moved from
 * another row or column, cut, changed, under an unknown key, or plain text) is a `decrypt_failed`
 * event and `UNREADABLE`: never an error, and never a way in.
 *
 * The event rides in the transaction of `store`: hand in the pool where a refusal may follow.
 */
export async function readSealedValue<Table extends string, Column extends string>(
  { db, tables }: TransactionStore,
  reading: SealedReading<Table, Column, UserId>,
): Promise<string | null | Unreadable> {
  try {
    return await readSealed(db, tables, reading);
  } catch (error) {
    if (error instanceof SealedReadingError) {
      return UNREADABLE;
    }
    throw error;
  }
}
