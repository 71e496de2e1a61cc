import { CliError } from "../cli-error.ts";
import type { Command, Context } from "../command.ts";
import { startProgress } from "../progress.ts";
import { readOptions } from "../read-options.ts";
import { backfill, type Invalids } from "./backfill.ts";
import { type Comparison, compareRows, type Difference } from "./compare-rows.ts";
import { lockEncryption, nameOf, updateEncryption } from "./encryption.ts";
import { tellInvalid } from "./tell-invalid.ts";
import { openWork, pacedOptions, type Work } from "./work.ts";

const SHOWN_MAX = 20;

const help = `Usage: pnpm postern encrypt verify [--table schema.table --column column] [options]

Opens every sealed value and compares it with its plain text, its index and its hint. Plain text that
the app writes meanwhile is sealed before and after; enforce compares it. Exits with 1 where any row
differs or cannot be sealed; it says which rows, and never what they hold. Where none does,
pnpm postern encrypt enforce is next.

  --mend            seal differing rows again from their plain text
  --opener <file>   as at the start
  --rate <rows>     at most so many rows a second
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
      ...pacedOptions,
      mend: { type: "boolean", default: false },
      json: { type: "boolean", default: false },
    });
    await using work = await openWork(context, options);
    refuseUnready(work, mend);
    const isSealing = work.encryption.stage !== "enforce";
    if (isSealing) await backfill(work);
    const comparison = mend ? await mendAll(work) : await compareAll(work);
    const invalid = isSealing ? await backfill(work) : NONE;
    if (context.signal.aborted) return 1;
    const verdict: Verdict = { ...comparison, invalid };
    const isRight = comparison.differing.size === 0 && invalid.size === 0;
    await recordVerdict(work, isRight ? null : describe(verdict));
    tell(verdict, { context, json });
    return isRight ? 0 : 1;
  },
};

function refuseUnready({ encryption: { stage, pausedAt } }: Work, isMending: boolean): void {
  if (stage === "expand" || stage === "dual") {
    throw new CliError("Nothing is sealed yet: pnpm postern encrypt start comes first.");
  }
  if (pausedAt) throw new CliError("It is paused: pnpm postern encrypt resume comes first.");
  if (isMending && stage === "enforce") {
    throw new CliError("--mend goes by plain text, which is not trusted any more at this stage.");
  }
}

const NONE: Invalids = new Map();

type Verdict = Comparison & { readonly invalid: Invalids };

/** Everything once more, with what differed sealed again. */
async function mendAll(work: Work): Promise<Comparison> {
  await compareRows(work, { isMending: true });
  await backfill(work);
  return compareAll(work);
}

/** With a progress bar. */
export async function compareAll(work: Work): Promise<Comparison> {
  const { context, destination, encryption, sql } = work;
  const { total } = await destination.count(sql);
  const progress = startProgress(context, `comparing ${nameOf(encryption.from)}`, total);
  const comparison = await compareRows(work, { advance: progress.advance });
  progress.end();
  return comparison;
}

/** Unless somebody went back a stage, or is on the way to the next. */
async function recordVerdict({ sql, encryption }: Work, last_error: string | null): Promise<void> {
  await sql.begin(async (tx) => {
    const now = await lockEncryption(tx, encryption.from, "update");
    if (now?.unfinished !== null || !["backfill", "verify"].includes(now.stage)) return;
    const stage = last_error === null ? "verify" : "backfill";
    await updateEncryption(tx, encryption.from, { stage, last_error });
  });
}

const describe = ({ differing, invalid }: Verdict): string =>
  `${differing.size} rows differ, ${invalid.size} cannot be sealed as they are`;

type Telling = { readonly context: Context; readonly json: boolean };

function tell(verdict: Verdict, { context, json }: Telling): void {
  const { rows, differing, invalid } = verdict;
  if (json) {
    const byRow = {
      differing: Object.fromEntries(differing),
      invalid: Object.fromEntries(invalid),
    };
    context.print(JSON.stringify({ rows, ...byRow }));
    return;
  }
  context.print(`${rows} rows compared: ${describe(verdict)}.`);
  tellDifferences(context, differing);
  tellInvalid(context, invalid);
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
