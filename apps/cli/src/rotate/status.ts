import type { Command } from "../command.ts";
import { readDatabase, readKeysOf } from "../environment.ts";
import { describeOldKeys } from "../keys/removable-keys.ts";
import { surveyKeys } from "../keys/survey-keys.ts";
import { openDatabase } from "../open-database.ts";
import { readOptions } from "../read-options.ts";

const help = `Usage: pnpm postern rotate status [--json]

Counts the values that are under another key than the active one, and says which old key can go and
when. Exits with 1 while there are any. Reads every table that has a sealed column.

  --json   print an object instead
`;

export const rotationStatus: Command = {
  help,
  run: async (words, { environment, print }) => {
    const { json } = readOptions(words, { json: { type: "boolean", default: false } });
    const { url } = readDatabase(environment);
    const { ring } = readKeysOf(environment);
    await using database = openDatabase(url, 1);
    const survey = await surveyKeys(database.sql);
    const columns = survey.columns.map(({ name, counts }) => {
      const total = counts.reduce((sum, { rows }) => sum + rows, 0);
      const done = counts.find(({ keyId }) => keyId === ring.activeId)?.rows ?? 0;
      return { name, total, remaining: total - done };
    });
    const old = describeOldKeys(ring, survey);
    if (json) print(JSON.stringify({ activeId: ring.activeId, columns, old }));
    else {
      for (const { name, total, remaining } of columns) {
        print(`${name}: ${remaining} of ${total} rows are not under key ${ring.activeId}`);
      }
      for (const text of old) print(text);
    }
    return columns.some(({ remaining }) => remaining > 0) ? 1 : 0;
  },
};
