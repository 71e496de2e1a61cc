import { CliError } from "../cli-error.ts";
import { quoted } from "../quote.ts";
import { deleteEncryption, lockEncryption } from "./encryption.ts";
import { withShortLocks } from "./with-short-locks.ts";
import type { Work } from "./work.ts";

/** Drops the columns that encrypt start added, which must be empty, and the record. */
export async function forgetEncryption({ sql, encryption }: Work): Promise<void> {
  const { from, into, made } = encryption;
  const table = quoted(into.schema, into.table);
  await withShortLocks(sql, async (tx) => {
    const now = await lockEncryption(tx, from, "update");
    if (now?.stage !== "expand") {
      throw new CliError("Somebody changed the stage meanwhile: see pnpm postern encrypt status.");
    }
    if (made.includes(into.column)) {
      const [left] = await tx.unsafe(
        `select exists (select from ${table} where ${quoted(into.column)} is not null) as any`,
      );
      if (left?.any)
        throw new CliError(`${into.table}.${into.column} holds values: it is not dropped.`);
    }
    if (made.length > 0) {
      await tx.unsafe(
        `alter table ${table} ${made.map((name) => `drop column if exists ${quoted(name)}`).join(", ")}`,
      );
    }
    await deleteEncryption(tx, from);
  });
}
