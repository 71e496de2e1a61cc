import { makeEncryptionRecords } from "@postern/schema/encryption";
import type { Sql } from "postgres";
import { checkKeys } from "../check-keys.ts";
import { CliError } from "../cli-error.ts";
import type { Command, Context } from "../command.ts";
import { readDatabase, readKeysOf } from "../environment.ts";
import { openDatabase } from "../open-database.ts";
import { startProgress } from "../progress.ts";
import { readOptions } from "../read-options.ts";
import { readRate } from "../read-rate.ts";
import { backfill } from "./backfill.ts";
import { changeStage, runAll } from "./change-stage.ts";
import { readColumn } from "./choose-encryption.ts";
import { compareRows } from "./compare-rows.ts";
import { type Encryption, insertEncryption, nameOf, readEncryptions } from "./encryption.ts";
import { expand } from "./expand.ts";
import { planEncryption, planOptions } from "./plan-encryption.ts";
import { tellInvalid } from "./tell-invalid.ts";
import { giveTurnBack, takeTurn } from "./turn.ts";
import { openWork, pacedOptions, type Work } from "./work.ts";

const WORKERS_MAX = 16;

const help = `Usage: pnpm postern encrypt [start] --table public.users --column phone_number
         --into encrypted_phone_number [options]

Watches a column of plain text and seals every row of it, while the app goes on. It may be ended and
started again at any time, also by several at once; only --table and --column are needed again.

  --table <schema.table>     where the plain text is; its primary key must be one column
  --column <column>          the plain text
  --into <column>            the sealed column of that table; or schema.two_factor_auth.encrypted_secret
  --index <column>           the blind index to find values by
  --hint <column>            a mask to show (default: <column>_hint where there is one)
  --normalise <how>          phone, email or none (default): the one form that is sealed and looked up
  --default-country <ISO>    of numbers without a calling code, as KE
  --opener <file>            a module that exports open(value, { id }), for a column that holds what an
                             older system sealed in its own way; export seal() too to be able to go back
  --workers <n>              rows are sealed by so many at once (default 2)
  --rate <rows>              at most so many rows a second

Exits with 1 while values cannot be sealed as they are; it says which rows, and never what they hold.
`;

const options = {
  ...pacedOptions,
  ...planOptions,
  workers: { type: "string", default: "2" },
} as const;

type Words = ReturnType<typeof readWords>;

const readWords = (words: readonly string[]) => readOptions(words, options);

export const startEncryption: Command = {
  help,
  run: async (text, context) => {
    const words = readWords(text);
    const workers = readWorkers(words.workers);
    readRate(words.rate);
    const { url } = readDatabase(context.environment);
    const keys = readKeysOf(context.environment);
    await using database = openDatabase(url, 1);
    await takeTurn(database.sql, context);
    // Before anything is recorded, wrong keys and options are refused.
    await makeEncryptionRecords(database.sql);
    await checkKeys(url, keys);
    await beginEncryption(database.sql, words, context);
    await using work = await openWork(context, words, { connectionsMax: workers + 1 });
    if (work.encryption.stage === "enforce") {
      context.print(`${nameOf(work.encryption.from)} is encrypted already.`);
      return 0;
    }
    await watchColumn(work);
    await giveTurnBack(database.sql);
    // Awaited here: the connections are closed at the end of this function.
    return await sealAll(work, workers);
  },
};

function readWorkers(text: string): number {
  const workers = Number(text);
  if (Number.isInteger(workers) && workers >= 1 && workers <= WORKERS_MAX) return workers;
  throw new CliError(`--workers takes a whole number up to ${WORKERS_MAX}.`);
}

/** Records the wish, once. Whoever comes again may say less, but nothing else. */
async function beginEncryption(sql: Sql, words: Words, { note }: Context): Promise<void> {
  const wanted = readColumn(words);
  const all = await readEncryptions(sql);
  const begun = all.find(({ from }) => wanted && nameOf(from) === nameOf(wanted));
  if (begun && words.into === undefined) return;
  if (!wanted && all.length > 0 && words.into === undefined) return;
  const plan = await planEncryption(sql, words);
  if (begun) refuseOther(begun, plan);
  else if (await insertEncryption(sql, plan)) {
    for (const name of plan.made)
      note(`adding column ${name} to ${plan.into.schema}.${plan.into.table}`);
  }
}

function refuseOther(begun: Encryption, plan: Encryption): void {
  const shape = ({
    into,
    indexColumn,
    hintColumn,
    normalise,
    defaultCountry,
    hasOpener,
  }: Encryption) =>
    JSON.stringify([nameOf(into), indexColumn, hintColumn, normalise, defaultCountry, hasOpener]);
  if (shape(begun) === shape(plan)) return;
  throw new CliError(
    `${nameOf(begun.from)} was begun with other options: leave them out to go on, or go back with pnpm postern encrypt rollback.`,
  );
}

/**
 * Up to the stage in which rows are sealed: columns first, then the triggers that watch them. What is
 * sealed already, by an earlier attempt, may be out of date and is compared before it counts.
 */
async function watchColumn(work: Work): Promise<void> {
  const { destination, encryption, sql } = work;
  if (encryption.stage === "expand") {
    await expand(work);
    const watch = [...destination.functions("kept"), ...destination.triggers];
    await changeStage(work, {
      from: "expand",
      to: "expand",
      meanwhile: (tx) => runAll(tx, watch),
    });
    const { encrypted } = await destination.count(sql);
    if (encrypted > 0) await compareRows(work, { isMending: true });
    await changeStage(work, { from: "expand", to: "dual" });
  }
  if (encryption.stage === "expand" || encryption.stage === "dual") {
    await changeStage(work, { from: "dual", to: "backfill" });
  }
}

async function sealAll(work: Work, workers: number): Promise<number> {
  const { context, destination, encryption, sql } = work;
  const { remaining } = await destination.count(sql);
  const progress = startProgress(context, nameOf(encryption.from), remaining);
  const invalid = await backfill(work, { workers, advance: progress.advance });
  progress.end();
  tellInvalid(context, invalid);
  if (context.signal.aborted) {
    context.note("postern: ended before the last row; start again to go on.");
    return 1;
  }
  if (invalid.size > 0) return 1;
  context.print("Every row is sealed. Next: pnpm postern encrypt verify");
  return 0;
}
