import { seal } from "@postern/crypto";
import { sqlState } from "@postern/process";
import type { EncryptionStage } from "@postern/schema/encryption";
import type { TransactionSql } from "postgres";
import type { SealedRow, StaleRow } from "./destination.ts";
import { lockEncryption } from "./encryption.ts";
import type { Fault, ReadValue } from "./read-value.ts";
import { inOwnTransaction, placeOf, type Work } from "./work.ts";

/** Larger ones are no faster, and hold their rows' locks for longer. */
const BATCH_ROWS = 1_000;
const TRIES_MAX = 5;
const UNIQUE_VIOLATION = "23505";

export type Invalid = { readonly id: string; readonly fault: Fault };

export type Batch =
  | { readonly kind: "paused" }
  | { readonly kind: "moved" }
  | {
      readonly kind: "done";
      readonly taken: number;
      readonly sealed: number;
      readonly invalid: readonly Invalid[];
      readonly last: string | null;
    };

const SEALING: readonly EncryptionStage[] = ["backfill", "verify"];

/**
 * Seals the next rows that hold plain text alone, all in one short transaction. `paused` and `moved`
 * (the stage is no longer one in which rows are sealed) come back before any row is taken.
 *
 * Another row may take an index between our look and our write: then the whole batch is tried again.
 */
export async function sealBatch(work: Work, after: string | null): Promise<Batch> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await inOwnTransaction(work, (tx) => sealRows(tx, work, after));
    } catch (error) {
      if (sqlState(error) !== UNIQUE_VIOLATION || tries === TRIES_MAX) throw error;
    }
  }
}

async function sealRows(tx: TransactionSql, work: Work, after: string | null): Promise<Batch> {
  const { destination, encryption } = work;
  const now = await lockEncryption(tx, encryption.from, "share");
  if (now?.pausedAt) return { kind: "paused" };
  if (!now || !SEALING.includes(now.stage)) return { kind: "moved" };
  const rows = await destination.takeStale(tx, { after, limit: BATCH_ROWS });
  const read = await Promise.all(rows.map((row) => readRow(work, row)));
  const { sealed, invalid } = await withoutTaken(tx, work, read);
  if (sealed.length > 0) await destination.write(tx, sealed);
  return {
    kind: "done",
    taken: rows.length,
    sealed: sealed.length,
    invalid,
    last: rows.at(-1)?.id ?? null,
  };
}

type ReadRow = { readonly id: string; readonly value: ReadValue | Fault };

const readRow = async ({ values }: Work, { id, plain }: StaleRow): Promise<ReadRow> => ({
  id,
  value: await values.read(plain, id),
});

/** Of rows that would share an index that must be unique, the first keeps it. */
async function withoutTaken(tx: TransactionSql, work: Work, rows: readonly ReadRow[]) {
  const { destination, encryption, facts } = work;
  const isUnique = facts.unique.has(encryption.indexColumn ?? "");
  const indexes = rows.flatMap(({ value }) =>
    typeof value === "object" && value.index !== null ? [value.index] : [],
  );
  const taken = new Set(isUnique ? await destination.findTaken(tx, indexes) : []);
  const sealed: SealedRow[] = [];
  const invalid: Invalid[] = [];
  for (const { id, value } of rows) {
    if (typeof value === "string") invalid.push({ id, fault: value });
    else if (value.index !== null && taken.has(value.index))
      invalid.push({ id, fault: "index_taken" });
    else {
      if (isUnique && value.index !== null) taken.add(value.index);
      sealed.push(sealRow(work, id, value));
    }
  }
  return { sealed, invalid };
}

function sealRow({ ring, destination, encryption }: Work, id: string, value: ReadValue): SealedRow {
  const rowId = destination.newRowId(id);
  const sealed = seal(ring, value.value, placeOf(encryption, rowId));
  return { id, rowId, sealed, index: value.index, hint: value.hint };
}
