import { CliError } from "../cli-error.ts";
import type { Command, Context } from "../command.ts";
import { startProgress } from "../progress.ts";
import { readOptions } from "../read-options.ts";
import { backfill } from "./backfill.ts";
import { type Comparison, compareRows, type Difference } from "./compare-rows.ts";
import { lockEncryption, nameOf, updateEncryption } from "./encryption.ts";
import { tellInvalid } from "./tell-invalid.ts";
import { openWork, type Work, workOptions } from "./work.ts";

const ROUNDS_MAX = 3;
const SHOWN_MAX = 20;

const help = `Usage: pnpm postern encrypt verify [--table schema.table --column column] [options]

Opens every sealed value and compares it with its plain text, its index and its hint. Rows that the
app wrote meanwhile are sealed first. Exits with 1 where any row differs; it says which rows, and never
what they hold. Where none does, pnpm postern encrypt enforce is next.

  --mend            seal differing rows again from their plain text
  --opener <file>   as at the start
  --json            print an object
`;

const REASONS: Readonly<Record<Difference, string>> = {
  does_not_open: "does not open",
  another_value: "holds another value than its plain text",
  plain_text_unreadable: "has plain text that stands for no value",
  another_index: "has another index than its value's",
  another_hint: "has another hint than its value's",
};

export const verifyEncryption: Command = {
  help,
  run: async (words, context) => {
    const { mend, json, ...options } = readOptions(words, {
      ...workOptions,
      mend: { type: "boolean", default: false },
      json: { type: "boolean", default: false },
    });
    await using work = await openWork(context, options);
    const { stage, pausedAt } = work.encryption;
    if (stage === "expand" || stage === "dual") {
      throw new CliError("Nothing is sealed yet: pnpm postern encrypt start comes first.");
    }
    if (pausedAt) throw new CliError("It is paused: pnpm postern encrypt resume comes first.");
    if (mend && stage === "enforce") {
      throw new CliError("--mend goes by plain text, which is not trusted any more at this stage.");
    }
    const comparison = await compareAll(work, mend);
    if (context.signal.aborted) return 1;
    const isRight = comparison.differing.size === 0 && comparison.unsealed === 0;
    await recordVerdict(work, isRight ? null : describe(comparison));
    tell(comparison, { work, json });
    return isRight ? 0 : 1;
  },
};

/** Rows of which the app wrote plain text while we read are sealed and everything is read again. */
async function compareAll(work: Work, isMending: boolean): Promise<Comparison> {
  const { context, encryption } = work;
  for (let round = 1; ; round += 1) {
    const isSealing = encryption.stage !== "enforce";
    if (isSealing) tellInvalid(context, await backfill(work));
    const { total } = await work.destination.count(work.sql);
    const progress = startProgress(context, `comparing ${nameOf(encryption.from)}`, total);
    const comparison = await compareRows(work, { isMending, advance: progress.advance });
    progress.end();
    const isMended = isMending && comparison.differing.size > 0;
    const isAgain = (isMended || comparison.unsealed > 0) && isSealing && round < ROUNDS_MAX;
    if (!isAgain || context.signal.aborted) return comparison;
  }
}

/** Nobody may have gone back a stage, or on to the next, meanwhile. */
async function recordVerdict({ sql, encryption }: Work, last_error: string | null): Promise<void> {
  await sql.begin(async (tx) => {
    const now = await lockEncryption(tx, encryption.from, "update");
    if (now?.stage !== "backfill" && now?.stage !== "verify") return;
    const stage = last_error === null ? "verify" : "backfill";
    await updateEncryption(tx, encryption.from, { stage, last_error });
  });
}

const describe = ({ differing, unsealed }: Comparison): string =>
  `${differing.size} rows differ, ${unsealed} hold plain text alone`;

type Telling = { readonly work: Work; readonly json: boolean };

function tell(comparison: Comparison, { work, json }: Telling): void {
  const { context } = work;
  const { rows, unsealed, differing } = comparison;
  if (json) {
    context.print(JSON.stringify({ rows, unsealed, differing: Object.fromEntries(differing) }));
  } else {
    context.print(`${rows} rows compared: ${describe(comparison)}.`);
  }
  tellDifferences(context, differing);
}

export function tellDifferences(
  { note }: Context,
  differing: ReadonlyMap<string, Difference>,
): void {
  for (const [id, difference] of [...differing].slice(0, SHOWN_MAX)) {
    note(`row ${id} ${REASONS[difference]}`);
  }
  const more = differing.size - SHOWN_MAX;
  if (more > 0) note(`and ${more} rows more: see --json`);
}
