import type { PlainColumn } from "@postern/schema/encryption";
import type { Sql } from "postgres";
import type { Command } from "../command.ts";
import { readDatabase } from "../environment.ts";
import { openDatabase } from "../open-database.ts";
import { quoted } from "../quote.ts";
import { readOptions } from "../read-options.ts";
import { describeTable } from "./describe-table.ts";
import { type Encryption, isInPlace, nameOf, readEncryptions } from "./encryption.ts";
import { keepInPlace } from "./in-place.ts";
import { keepAsSecondFactor } from "./second-factor.ts";

const help = `Usage: pnpm postern encrypt status [--json]

Shows every column that is being encrypted: its stage, how many rows are sealed, and what holds it up.
check_encryption_migration_status() tells psql the same.

  expand     the sealed column is there; plain text is the value
  dual       triggers keep both true to each other
  backfill   rows are being sealed
  verify     every row was opened and compared
  enforce    plain text is refused and not read any more
  contract   the plain column is gone
`;

export const encryptionStatus: Command = {
  help,
  run: async (words, { environment, print }) => {
    const { json } = readOptions(words, { json: { type: "boolean", default: false } });
    await using database = openDatabase(readDatabase(environment).url, 1);
    const { sql } = database;
    const states = [];
    for (const encryption of await readEncryptions(sql))
      states.push(await describe(sql, encryption));
    if (json) print(JSON.stringify(states));
    else if (states.length === 0) print("No column is being encrypted.");
    else for (const state of states) tell(state, print);
    return 0;
  },
};

const UNFINISHED = {
  enforce: "enforce was interrupted, and plain text is refused: run enforce or rollback",
  reopen: "the way back from enforce was interrupted: run rollback",
};

type State = Awaited<ReturnType<typeof describe>>;

async function describe(sql: Sql, encryption: Encryption) {
  const { from, into, stage, unfinished, pausedAt, lastError } = encryption;
  const named = { column: nameOf(from), into: nameOf(into), unfinished, pausedAt, lastError };
  const [table] =
    await sql`select to_regclass(${quoted(from.schema, from.table)}) is not null as exists`;
  const facts = table?.exists ? await describeTable(sql, from) : null;
  if (!facts?.columns.has(from.column)) {
    const sealed = await countSealed(sql, into);
    return {
      ...named,
      stage: "contract" as const,
      total: sealed,
      encrypted: sealed,
      remaining: 0,
    };
  }
  const keep = isInPlace(encryption) ? keepInPlace : keepAsSecondFactor;
  const isThere = facts.columns.has(into.column) || !isInPlace(encryption);
  const counts = isThere
    ? await keep(encryption, facts).count(sql)
    : { total: 0, encrypted: 0, remaining: 0 };
  return { ...named, stage, ...counts };
}

async function countSealed(sql: Sql, { schema, table, column }: PlainColumn): Promise<number> {
  const name = quoted(schema, table);
  const [found] = await sql`select to_regclass(${name}) is not null as exists`;
  if (!found?.exists) return 0;
  const [row] = await sql.unsafe<{ rows: number }[]>(
    `select count(${quoted(column)})::float8 as rows from ${name}`,
  );
  return row?.rows ?? 0;
}

function tell(
  { column, into, stage, unfinished, pausedAt, lastError, ...counts }: State,
  print: (line: string) => void,
) {
  const { total, encrypted, remaining } = counts;
  const percent = total === 0 ? 100 : Math.floor((1_000 * (total - remaining)) / total) / 10;
  print(`${column} → ${into}`);
  print(`  stage ${stage}${pausedAt ? `, paused since ${pausedAt.toISOString()}` : ""}`);
  print(`  ${encrypted} of ${total} rows sealed, ${remaining} to do (${percent} %)`);
  if (unfinished) print(`  ${UNFINISHED[unfinished]}`);
  if (lastError) print(`  held up: ${lastError}`);
}
