import type { Command } from "../command.ts";
import { readDatabase } from "../environment.ts";
import { findUsers } from "../find-users.ts";
import { openDatabase } from "../open-database.ts";
import { readOptions } from "../read-options.ts";
import { auditRules } from "./gaps.ts";

const help = `Usage: pnpm postern audit verify [--json]

Looks for facts without the log row that was to be written with them, and for log rows that say what
is not so: one line a rule, with how many were looked at. Exits with 1 where one is broken: then
something wrote to the tables beside the services, or removed from a log.

  --json   print an object instead
`;

type Found = { name: string; checked: number; gaps: number };

export const verifyAudit: Command = {
  help,
  run: async (words, context) => {
    const { json } = readOptions(words, { json: { type: "boolean", default: false } });
    const { url, schema } = readDatabase(context.environment);
    await using database = openDatabase(url, 1);
    const { sql } = database;
    const found: Found[] = [];
    for (const rule of auditRules(schema, await findUsers(sql, schema))) {
      const [row] = await sql.unsafe<Omit<Found, "name">[]>(rule.sql);
      found.push({ name: rule.name, checked: row?.checked ?? 0, gaps: row?.gaps ?? 0 });
    }
    if (json) context.print(JSON.stringify({ rules: found }));
    else for (const rule of found) context.print(lineOf(rule));
    return found.some(({ gaps }) => gaps > 0) ? 1 : 0;
  },
};

const lineOf = ({ name, checked, gaps }: Found): string =>
  gaps === 0 ? `ok    ${name} (${checked})` : `FAIL  ${name}: ${gaps} of ${checked} have not`;
