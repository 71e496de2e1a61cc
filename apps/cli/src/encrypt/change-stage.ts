import type { EncryptionStage } from "@postern/schema/encryption";
import type { TransactionSql } from "postgres";
import { CliError } from "../cli-error.ts";
import { type Encryption, lockEncryption, updateEncryption } from "./encryption.ts";
import { withShortLocks } from "./with-short-locks.ts";
import type { Work } from "./work.ts";

type Change = {
  readonly from: EncryptionStage;
  readonly to: EncryptionStage;
  readonly unfinished?: Encryption["unfinished"];
  /** Done in the same transaction, when no batch is under way. */
  readonly meanwhile?: (tx: TransactionSql) => Promise<void>;
};

/**
 * Goes from one stage to another, with what belongs to it. Whoever comes later than another with the
 * same wish finds it done. Throws CliError where somebody went elsewhere.
 */
export async function changeStage(
  work: Pick<Work, "sql" | "encryption">,
  { from, to, unfinished = null, meanwhile }: Change,
): Promise<void> {
  const column = work.encryption.from;
  await withShortLocks(work.sql, async (tx) => {
    const now = await lockEncryption(tx, column, "update");
    if (from !== to && now?.stage === to) return;
    if (now?.stage !== from) {
      throw new CliError("Somebody changed the stage meanwhile: see pnpm postern encrypt status.");
    }
    await meanwhile?.(tx);
    await updateEncryption(tx, column, { stage: to, unfinished });
  });
}

export async function runAll(tx: TransactionSql, statements: readonly string[]): Promise<void> {
  for (const statement of statements) await tx.unsafe(statement);
}
