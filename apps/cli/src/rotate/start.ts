import { checkKeys } from "../check-keys.ts";
import type { Command } from "../command.ts";
import { readDatabase, readKeysOf } from "../environment.ts";
import { describeOldKeys } from "../keys/removable-keys.ts";
import { surveyKeys } from "../keys/survey-keys.ts";
import { openDatabase } from "../open-database.ts";
import { createPace } from "../pace.ts";
import { startProgress } from "../progress.ts";
import { readOptions } from "../read-options.ts";
import { readRate } from "../read-rate.ts";
import { findSealedColumns } from "../sealed-columns/find-sealed-columns.ts";
import { resealColumn } from "./reseal-column.ts";

const SHOWN_MAX = 20;

const help = `Usage: pnpm postern rotate [start] [--rate rows]

Seals every sealed value of the database that is under a previous key again under the active one, in
batches, while everything runs. It can be ended and started again at any time, also by several at
once; a value that changes meanwhile keeps its change. Exits with 1 where values do not open.

  --rate <rows>   at most so many rows a second
`;

export const startRotation: Command = {
  help,
  run: async (words, context) => {
    const { rate } = readOptions(words, { rate: { type: "string" } });
    const { url } = readDatabase(context.environment);
    const keys = readKeysOf(context.environment);
    const { ring } = keys;
    await checkKeys(url, keys);
    await using database = openDatabase(url);
    const { sql } = database;
    const before = await surveyKeys(sql);
    const pace = createPace(readRate(rate));
    let locked = 0;
    for (const column of await findSealedColumns(sql)) {
      const name = `${column.schema}.${column.table}.${column.column}`;
      const counts = before.columns.find((it) => it.name === name)?.counts ?? [];
      const total = counts
        .filter(({ keyId }) => keyId !== ring.activeId)
        .reduce((n, it) => n + it.rows, 0);
      const progress = startProgress(context, name, total);
      const tools = { sql, ring, pace, signal: context.signal, advance: progress.advance };
      const closed = await resealColumn(tools, column);
      progress.end();
      locked += closed.length;
      for (const key of closed.slice(0, SHOWN_MAX))
        context.note(`postern: ${name}: row ${key} does not open`);
    }
    for (const text of describeOldKeys(ring, await surveyKeys(sql))) context.print(text);
    if (locked > 0)
      context.note(`postern: ${locked} values do not open with these keys: see keys status.`);
    return locked > 0 || context.signal.aborted ? 1 : 0;
  },
};
