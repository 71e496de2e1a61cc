import { CliError } from "../cli-error.ts";
import { quoted } from "../quote.ts";
import { changeStage, runAll } from "./change-stage.ts";
import { putBack } from "./leftovers.ts";
import { reopenRows } from "./reopen-rows.ts";
import { triggerDrops } from "./trigger-names.ts";
import { inOwnTransaction, type Work } from "./work.ts";

const CLEAR_ROWS = 1_000;

/**
 * Plain text is the value again: it is written wherever it is missing, sealed values are emptied, and
 * nobody watches the column any more. In batches first; what is written meanwhile follows under a lock.
 */
export async function letGo(work: Work): Promise<void> {
  const { destination, encryption } = work;
  refuseClosed(await reopenRows(work));
  const { clear } = destination;
  while ((await inOwnTransaction(work, (tx) => clear(tx, CLEAR_ROWS))) > 0);
  const { schema, table } = encryption.from;
  await changeStage(work, {
    from: "dual",
    to: "expand",
    meanwhile: async (tx) => {
      await tx`select set_config('postern.resealing', 'on', true)`;
      await tx.unsafe(`lock table ${quoted(schema, table)} in share row exclusive mode`);
      refuseClosed(await reopenRows(work, (change) => change(tx)));
      while ((await clear(tx, CLEAR_ROWS)) > 0);
      await putBack(tx, work);
      await runAll(tx, triggerDrops(encryption.from));
    },
  });
}

function refuseClosed(closed: readonly string[]): void {
  if (closed.length === 0) return;
  throw new CliError(
    `${closed.length} rows have no plain text and do not open with these keys, among them row ${closed[0]}: nothing was given up. See pnpm postern keys status.`,
  );
}
