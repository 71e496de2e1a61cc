import { seal } from "@postern/crypto";
import { sqlState } from "@postern/process";
import type { EncryptionStage } from "@postern/schema/encryption";
import type { TransactionSql } from "postgres";
import type { SealedRow } from "./destination.ts";
import { lockEncryption } from "./encryption.ts";
import type { Fault, ReadValue } from "./read-value.ts";
import { inOwnTransaction, placeOf, type Work } from "./work.ts";

const TRIES_MAX = 5;
/** Another row may take an index between our look and our write, or hold one of our rows. */
const PASSING = ["23505", "40P01"];

type Invalid = { readonly id: string; readonly fault: Fault };

/** `moved`: the stage is no longer one in which rows are sealed. */
export type Batch =
  | { readonly kind: "paused" | "moved" | "end" }
  | {
      readonly kind: "done";
      readonly sealed: number;
      readonly invalid: readonly Invalid[];
      /** The id of its last row, after which the next batch begins. */
      readonly last: string;
    };

const SEALING: readonly EncryptionStage[] = ["backfill", "verify"];

/** Seals the next rows that hold plain text alone, all in one short transaction. */
export async function sealBatch(work: Work, after: string | null): Promise<Batch> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await inOwnTransaction(work, (tx) => sealRows(tx, work, after));
    } catch (error) {
      if (!PASSING.includes(sqlState(error) ?? "") || tries === TRIES_MAX) throw error;
    }
  }
}

async function sealRows(tx: TransactionSql, work: Work, after: string | null): Promise<Batch> {
  const { destination, encryption, values } = work;
  const now = await lockEncryption(tx, encryption.from, "share");
  if (now?.pausedAt) return { kind: "paused" };
  if (!now || !SEALING.includes(now.stage)) return { kind: "moved" };
  const rows = await destination.takeStale(tx, { after, limit: work.pace.batchRows });
  const last = rows.at(-1);
  if (!last) return { kind: "end" };
  const invalid: Invalid[] = [];
  const read: ReadRow[] = [];
  for (const { id, plain } of rows) {
    const value = await values.read(plain, id);
    if (typeof value === "string") invalid.push({ id, fault: value });
    else read.push({ id, value });
  }
  const { free, taken } = await splitByIndex(tx, work, read);
  if (free.length > 0) {
    await destination.write(
      tx,
      free.map((row) => sealRow(work, row)),
    );
  }
  invalid.push(...taken.map(({ id }) => ({ id, fault: "index_taken" as const })));
  return { kind: "done", sealed: free.length, invalid, last: last.id };
}

type ReadRow = { readonly id: string; readonly value: ReadValue };

/** Of rows that would share an index that must be unique, the first keeps it. */
async function splitByIndex(tx: TransactionSql, work: Work, rows: readonly ReadRow[]) {
  const { destination, encryption, facts } = work;
  if (!facts.unique.has(encryption.indexColumn ?? "")) return { free: rows, taken: [] };
  const indexes = rows.map(({ value }) => value.index).filter((index) => index !== null);
  const seen = new Set(await destination.findTaken(tx, indexes));
  const isFree = ({ value: { index } }: ReadRow): boolean => {
    if (index === null) return true;
    if (seen.has(index)) return false;
    seen.add(index);
    return true;
  };
  const { free = [], taken = [] } = Object.groupBy(rows, (row) => (isFree(row) ? "free" : "taken"));
  return { free, taken };
}

function sealRow({ ring, destination, encryption }: Work, { id, value }: ReadRow): SealedRow {
  const rowId = destination.newRowId(id);
  const sealed = seal(ring, value.value, placeOf(encryption, rowId));
  return { id, rowId, sealed, index: value.index, hint: value.hint };
}
