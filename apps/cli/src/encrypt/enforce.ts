import { CliError } from "../cli-error.ts";
import type { Command } from "../command.ts";
import { quoted } from "../quote.ts";
import { readOptions } from "../read-options.ts";
import { backfill } from "./backfill.ts";
import { changeStage, runAll } from "./change-stage.ts";
import { nameOf, updateEncryption } from "./encryption.ts";
import { setAside } from "./leftovers.ts";
import { letPlainTextIn } from "./rollback.ts";
import { tellInvalid } from "./tell-invalid.ts";
import { compareAll, tellDifferences } from "./verify.ts";
import { withShortLocks } from "./with-short-locks.ts";
import { openWork, pacedOptions, type Work } from "./work.ts";

/** Nothing more comes: what an app's own transactions hold comes free within seconds. */
const ROUNDS_MAX = 25;

const help = `Usage: pnpm postern encrypt enforce [--table schema.table --column column] [options]

Refuses plain text from now on: triggers refuse to write it, reads no longer fall back to it, and the
CHECK of the sealed column is made to hold for every row. Every row is compared once more in between; if
any differs, plain text is let in again and nothing has changed. The plain column stays as it is until
the last stage, contract.

  --skip-invalid    values that cannot be sealed as they are (encrypt start listed them) are sealed as
                    they stand into postern_internal.encryption_leftovers, and the column becomes null
                    there; going back to the first stage returns them
  --opener <file>   as at the start
  --rate <rows>     at most so many rows a second
`;

export const enforceEncryption: Command = {
  help,
  run: async (words, context) => {
    const { "skip-invalid": isSkipping, ...options } = readOptions(words, {
      ...pacedOptions,
      "skip-invalid": { type: "boolean", default: false },
    });
    await using work = await openWork(context, options);
    const { from, stage } = work.encryption;
    if (stage === "enforce") {
      context.print(`${nameOf(from)}: plain text is refused already.`);
      return 0;
    }
    refuseUnready(work, isSkipping);
    if (isSkipping) await skipInvalid(work);
    await refusePlainText(work);
    if (!(await isEveryRowRight(work))) {
      await letPlainTextIn(work);
      throw new CliError(
        "Rows differ, so plain text is let in again: see pnpm postern encrypt verify.",
      );
    }
    await validateRules(work);
    await changeStage(work, { from: "verify", to: "enforce" });
    await updateEncryption(work.sql, from, { last_error: null });
    context.print(
      `${nameOf(from)}: plain text is refused. Its column can go when nobody reads it any more.`,
    );
    return 0;
  },
};

function refuseUnready({ encryption }: Work, isSkipping: boolean): void {
  const { stage, pausedAt } = encryption;
  if (pausedAt) throw new CliError("It is paused: pnpm postern encrypt resume comes first.");
  if (stage === "verify") return;
  if (!isSkipping) {
    throw new CliError(
      "Not every row was compared and right: pnpm postern encrypt verify comes first.",
    );
  }
  if (stage !== "backfill") {
    throw new CliError("Nothing is sealed yet: pnpm postern encrypt start comes first.");
  }
}

async function skipInvalid(work: Work): Promise<void> {
  const { context, encryption } = work;
  const invalid = await backfill(work);
  tellInvalid(context, invalid);
  await setAside(work, [...invalid.keys()]);
  context.note(`${invalid.size} values were set aside, sealed`);
  if (encryption.stage === "backfill") await changeStage(work, { from: "backfill", to: "verify" });
}

/** Takes effect for statements to come; then waits for those that began before. */
async function refusePlainText(work: Work): Promise<void> {
  const { sql, destination, encryption } = work;
  await changeStage(work, {
    from: "verify",
    to: "verify",
    unfinished: "enforce",
    meanwhile: (tx) => runAll(tx, destination.functions("refused")),
  });
  const { schema, table } = encryption.from;
  await withShortLocks(sql, (tx) =>
    tx.unsafe(`lock table ${quoted(schema, table)} in share row exclusive mode`),
  );
}

async function isEveryRowRight(work: Work): Promise<boolean> {
  const { context } = work;
  tellInvalid(context, await backfill(work, { roundsMax: ROUNDS_MAX }));
  const { differing, unsealed } = await compareAll(work);
  tellDifferences(context, differing);
  return differing.size === 0 && unsealed === 0 && !context.signal.aborted;
}

/** CHECKs that new rows were held to all along are made to hold for the old ones too. */
async function validateRules({ sql, encryption: { into } }: Work): Promise<void> {
  const table = quoted(into.schema, into.table);
  const rules = await sql<{ name: string }[]>`
    select conname as name from pg_constraint join pg_attribute a on attrelid = conrelid
      and attnum = any (conkey) and attname = ${into.column}
    where conrelid = to_regclass(${table}) and contype = 'c' and not convalidated`;
  for (const { name } of rules) {
    await sql.unsafe(`alter table ${table} validate constraint ${quoted(name)}`);
  }
}
