import { CliError } from "../cli-error.ts";
import type { Command } from "../command.ts";
import { readDatabase, readTrackedPercent } from "../environment.ts";
import { findUsers } from "../find-users.ts";
import { openDatabase } from "../open-database.ts";
import { readOptions } from "../read-options.ts";
import { countTracked } from "./count-tracked.ts";

const help = `Usage: pnpm postern rollout simulate --percent <0 to 100> [--json]

How many accounts would be tracked at another FEATURE_SECURITY_TRACKING_PERCENT, and how many more or
fewer that is. Changes nothing. An account that is in stays in while the number grows.

  --percent   what the variable would be
  --json      print an object instead
`;

export const simulateRollout: Command = {
  help,
  run: async (words, context) => {
    const options = readOptions(words, {
      percent: { type: "string" },
      json: { type: "boolean", default: false },
    });
    const wanted = readPercent(options.percent);
    const { url, schema } = readDatabase(context.environment);
    const percent = readTrackedPercent(context.environment);
    await using database = openDatabase(url, 1);
    const users = await findUsers(database.sql, schema);
    const { total, tracked } = await countTracked(database.sql, users, [percent, wanted]);
    const [now = 0, then = 0] = tracked;
    const change = then < now ? `${now - then} fewer` : `${then - now} more`;
    context.print(
      options.json
        ? JSON.stringify({ percent: wanted, accounts: then, total, now })
        : `At ${wanted}: ${then} of ${total} accounts, ${change} than at ${percent}.`,
    );
    return 0;
  },
};

function readPercent(text: string | undefined): number {
  if (text === undefined || !/^(\d|[1-9]\d|100)$/.test(text)) {
    throw new CliError("--percent takes a whole number from 0 to 100.");
  }
  return Number(text);
}
