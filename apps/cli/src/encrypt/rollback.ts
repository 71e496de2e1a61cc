import type { EncryptionStage } from "@postern/schema/encryption";
import { CliError } from "../cli-error.ts";
import type { Command } from "../command.ts";
import { readOptions } from "../read-options.ts";
import { changeStage, runAll } from "./change-stage.ts";
import { nameOf, updateEncryption } from "./encryption.ts";
import { forgetEncryption } from "./forget-encryption.ts";
import { letGo } from "./let-go.ts";
import { reopenRows } from "./reopen-rows.ts";
import { openWork, type Work, workOptions } from "./work.ts";

const SHOWN_MAX = 20;

const help = `Usage: pnpm postern encrypt rollback [--table schema.table --column column] [--opener file]

Goes back to the stage before; nothing is lost on the way, whatever the app wrote meanwhile.

  enforce → verify    plain text is let in again, and written beside what was sealed without it
  verify → backfill   the comparison no longer counts
  backfill → dual     no more rows are sealed; those that are stay so
  dual → expand       plain text is written beside what was sealed without it and is the value again;
                      sealed values are emptied (a second factor keeps its row); the triggers go
  expand → nothing    columns that encrypt start added are dropped, and the record

There is no way back from the last stage, when the plain column is dropped.
`;

export const rollBackEncryption: Command = {
  help,
  run: async (words, context) => {
    await using work = await openWork(context, readOptions(words, workOptions));
    const { stage, from, isReopening } = work.encryption;
    const to = isReopening ? stage : await STEPS[stage](work);
    const closed = to === "verify" ? await finishReopening(work) : [];
    context.print(`${nameOf(from)}: ${to === null ? "nothing is encrypted" : `back at ${to}`}.`);
    for (const id of closed.slice(0, SHOWN_MAX))
      context.note(`row ${id} does not open and has no plain text`);
    if (closed.length > 0)
      throw new CliError(
        `${closed.length} rows do not open with these keys: see pnpm postern keys status.`,
      );
    return 0;
  },
};

type Step = (work: Work) => Promise<EncryptionStage | null>;

const STEPS: Readonly<Record<EncryptionStage, Step>> = {
  enforce: async (work) => {
    const { destination, encryption } = work;
    await changeStage(work, {
      from: "enforce",
      to: "verify",
      meanwhile: async (tx) => {
        await runAll(tx, destination.functions("dual"));
        await updateEncryption(tx, encryption.from, { is_reopening: true });
      },
    });
    return "verify";
  },
  verify: async (work) => {
    await changeStage(work, { from: "verify", to: "backfill" });
    return "backfill";
  },
  backfill: async (work) => {
    await changeStage(work, { from: "backfill", to: "dual" });
    return "dual";
  },
  dual: async (work) => {
    await letGo(work);
    return "expand";
  },
  expand: async (work) => {
    await forgetEncryption(work);
    return null;
  },
};

/** It may have been ended in the middle: then it is taken up again before anything else. */
async function finishReopening(work: Work): Promise<string[]> {
  const closed = await reopenRows(work);
  await updateEncryption(work.sql, work.encryption.from, { is_reopening: false });
  return closed;
}
