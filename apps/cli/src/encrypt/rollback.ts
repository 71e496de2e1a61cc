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

Goes back to the stage before; nothing is lost on the way, whatever the app wrote meanwhile. A step
that was interrupted, an enforce as well as a rollback, is finished or taken back first.

  enforce → verify    plain text is let in again, and written beside what was sealed without it
  verify → backfill   the comparison no longer counts
  backfill → dual     no more rows are sealed; those that are stay so
  dual → expand       plain text is written beside what was sealed without it and is the value again;
                      sealed values are emptied (a second factor with backup codes stays)
  expand → nothing    columns that encrypt start added are dropped, and the record

There is no way back from the last stage, contract, when the plain column is dropped.
`;

export const rollBackEncryption: Command = {
  help,
  run: async (words, context) => {
    await using work = await openWork(context, readOptions(words, workOptions));
    const { stage, from, unfinished } = work.encryption;
    const to = unfinished === null ? await STEPS[stage](work) : await takeUp[unfinished](work);
    context.print(`${nameOf(from)}: ${to === null ? "nothing is encrypted" : `back at ${to}`}.`);
    return 0;
  },
};

type Step = (work: Work) => Promise<EncryptionStage | null>;

const STEPS: Readonly<Record<EncryptionStage, Step>> = {
  contract: async () => {
    throw new CliError("The plain column is gone: there is no way back.");
  },
  enforce: async (work) => {
    await changeStage(work, {
      from: "enforce",
      to: "verify",
      unfinished: "reopen",
      meanwhile: (tx) => runAll(tx, work.destination.functions("kept")),
    });
    return takeUp.reopen(work);
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

/** What was interrupted, at the stage to which it leads back. */
const takeUp: Readonly<Record<"enforce" | "reopen", Step>> = {
  enforce: async (work) => {
    await letPlainTextIn(work);
    return "verify";
  },
  reopen: async (work) => {
    const closed = await reopenRows(work);
    await updateEncryption(work.sql, work.encryption.from, { unfinished: null });
    for (const id of closed.slice(0, SHOWN_MAX)) {
      work.context.note(`row ${id} does not open and has no plain text`);
    }
    if (closed.length > 0) {
      throw new CliError(
        `Back at verify, but ${closed.length} rows do not open with these keys: see pnpm postern keys status.`,
      );
    }
    return "verify";
  },
};

/** After an enforce that did not come to its end. */
export const letPlainTextIn = (work: Work): Promise<void> =>
  changeStage(work, {
    from: "verify",
    to: "verify",
    meanwhile: (tx) => runAll(tx, work.destination.functions("kept")),
  });
