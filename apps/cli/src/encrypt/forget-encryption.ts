import type { TransactionSql } from "postgres";
import { CliError } from "../cli-error.ts";
import { quoted } from "../quote.ts";
import { runAll } from "./change-stage.ts";
import { deleteEncryption, type Encryption, lockEncryption } from "./encryption.ts";
import { triggerDrops } from "./trigger-names.ts";
import { withShortLocks } from "./with-short-locks.ts";
import type { Work } from "./work.ts";

/** Drops the columns that encrypt start added, which must be empty, and the record. */
export async function forgetEncryption({ sql, encryption }: Work): Promise<void> {
  const { from, into, made } = encryption;
  await withShortLocks(sql, async (tx) => {
    const now = await lockEncryption(tx, from, "update");
    if (now?.stage !== "expand") {
      throw new CliError("Somebody changed the stage meanwhile: see pnpm postern encrypt status.");
    }
    await runAll(tx, triggerDrops(from));
    if (made.length > 0) {
      await refuseValues(tx, encryption);
      const drops = made.map((name) => `drop column if exists ${quoted(name)}`);
      await tx.unsafe(`alter table ${quoted(into.schema, into.table)} ${drops.join(", ")}`);
    }
    await deleteEncryption(tx, from);
  });
}

/** Whether the column is there at all: expand may not have come so far. */
async function refuseValues(tx: TransactionSql, { into, made }: Encryption): Promise<void> {
  const table = quoted(into.schema, into.table);
  const [column] = await tx`
    select from pg_attribute where attrelid = to_regclass(${table}) and attname = ${into.column}`;
  if (!column || !made.includes(into.column)) return;
  const [left] = await tx.unsafe(
    `select exists (select from ${table} where ${quoted(into.column)} is not null) as any`,
  );
  if (left?.any) {
    throw new CliError(`${into.table}.${into.column} holds values: it is not dropped.`);
  }
}
