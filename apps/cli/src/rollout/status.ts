import type { Command } from "../command.ts";
import { readDatabase, readTrackedPercent } from "../environment.ts";
import { findUsers } from "../find-users.ts";
import { openDatabase } from "../open-database.ts";
import { readOptions } from "../read-options.ts";
import { countTracked } from "./count-tracked.ts";

const help = `Usage: pnpm postern rollout status [--json]

How many accounts FEATURE_SECURITY_TRACKING_PERCENT turns the tracking writes on for: fingerprints,
descriptions of devices, the audit of each refresh. What protects an account is on for all of them.

  --json   print an object instead
`;

export const rolloutStatus: Command = {
  help,
  run: async (words, context) => {
    const { json } = readOptions(words, { json: { type: "boolean", default: false } });
    const { url, schema } = readDatabase(context.environment);
    const percent = readTrackedPercent(context.environment);
    await using database = openDatabase(url, 1);
    const users = await findUsers(database.sql, schema);
    const { total, tracked } = await countTracked(database.sql, users, [percent]);
    const [accounts = 0] = tracked;
    context.print(
      json
        ? JSON.stringify({ percent, accounts, total })
        : `FEATURE_SECURITY_TRACKING_PERCENT is ${percent}: ${accounts} of ${total} accounts are tracked.`,
    );
    return 0;
  },
};
