import type { Sql } from "postgres";
import type { Command, Context } from "../command.ts";
import { readAccessTokenSeconds, readDatabase } from "../environment.ts";
import { findUsers } from "../find-users.ts";
import { openDatabase } from "../open-database.ts";
import { createPace, type Pace } from "../pace.ts";
import { startProgress } from "../progress.ts";
import { readOptions } from "../read-options.ts";
import { readRate } from "../read-rate.ts";
import { reconcileSessionCounts } from "./session-counts.ts";
import { cleanupTasks, type Task } from "./tasks.ts";

const help = `Usage: pnpm postern cleanup run [--dry-run] [--rate <rows>]

Removes what has been kept for as long as docs/personal-data.md says, at most 1,000 rows in a
transaction, so that nothing waits for it, and puts the counts of sessions right. Run it daily, as
the owner of the tables:

  17 3 * * *  cd /srv/postern && pnpm postern cleanup run

Ctrl-C ends it after the present batch; the next run goes on.

  --dry-run   say how much there is, and remove nothing
  --rate      at most so many rows a second
`;

type Work = { sql: Sql; schema: string; isDry: boolean; pace: Pace; context: Context };

export const runCleanup: Command = {
  help,
  run: async (words, context) => {
    const options = readOptions(words, {
      "dry-run": { type: "boolean", default: false },
      rate: { type: "string" },
    });
    const { url, schema } = readDatabase(context.environment);
    const accessTokenSeconds = readAccessTokenSeconds(context.environment);
    const pace = createPace(readRate(options.rate));
    await using database = openDatabase(url, 1);
    const { sql } = database;
    const work = { sql, schema, isDry: options["dry-run"], pace, context };
    for (const task of cleanupTasks({ sql, schema }, accessTokenSeconds)) {
      await carryOut(task, work);
    }
    await putCountsRight(work);
    if (context.signal.aborted) context.note("postern: stopped; the next run goes on.");
    return context.signal.aborted ? 1 : 0;
  },
};

async function carryOut(task: Task, { isDry, pace, context }: Work): Promise<void> {
  if (context.signal.aborted) return;
  const total = await task.count();
  if (isDry || total === 0) {
    context.print(`${task.about}: ${total} ${isDry ? "to be removed" : "removed"}`);
    return;
  }
  const progress = startProgress(context, task.about, total);
  let removed = 0;
  while (!context.signal.aborted) {
    const rows = await task.step(pace.batchRows);
    if (rows === 0) break;
    removed += rows;
    progress.advance(rows);
    await pace.rest(rows, context.signal);
  }
  progress.end();
  context.print(`${task.about}: ${removed} removed`);
}

async function putCountsRight({ sql, schema, isDry, pace, context }: Work): Promise<void> {
  if (context.signal.aborted) return;
  const users = await findUsers(sql, schema);
  let wrong = 0;
  const place = { schema, users, isDry, rows: pace.batchRows };
  for await (const { checked, putRight } of reconcileSessionCounts(sql, place)) {
    wrong += putRight;
    if (context.signal.aborted) break;
    await pace.rest(checked, context.signal);
  }
  context.print(`users with a wrong session_count: ${wrong} ${isDry ? "found" : "put right"}`);
}
