import { BadEnvironmentError } from "@postern/environment";
import { isDatabaseAway, sqlState } from "@postern/process";
import type { Command, Context } from "../command.ts";
import { readDatabase, readDeployment, readKeysOf } from "../environment.ts";
import { openDatabase } from "../open-database.ts";
import { readOptions } from "../read-options.ts";
import { bad, type Check, type Deployment, type Finding } from "./check.ts";
import {
  checkQueue,
  checkRole,
  checkSchema,
  checkServer,
  checkSigningKeys,
} from "./check-database.ts";
import { checkKeys } from "./check-keys.ts";
import { checkRedis } from "./check-redis.ts";
import { checkAuth, checkNotifier, checkPublicUrl } from "./check-services.ts";

const help = `Usage: pnpm postern validate [--auth <url>] [--notifier <url>] [--json]

Checks a running deployment: one line a check. Run it with the environment of the services, so that
it sees what they see; it writes nothing. Exits with 1 where a check failed.

  --auth       where the auth service listens, if not at AUTH_HOST and AUTH_PORT
  --notifier   where the notifier listens, if not at NOTIFIER_HOST and NOTIFIER_PORT
  --json       print an object instead
`;

const CHECKS: readonly Check[] = [
  checkServer,
  checkSchema,
  checkRole,
  checkKeys,
  checkSigningKeys,
  checkQueue,
  checkRedis,
  checkPublicUrl,
  checkAuth,
  checkNotifier,
];

export const validateDeployment: Command = {
  help,
  run: async (words, context) => {
    const options = readOptions(words, {
      auth: { type: "string" },
      notifier: { type: "string" },
      json: { type: "boolean", default: false },
    });
    const { url, schema } = readDatabase(context.environment);
    const { services, ...settings } = readDeployment(context.environment);
    await using database = openDatabase(url, 1);
    const deployment: Deployment = {
      ...settings,
      sql: database.sql,
      databaseUrl: url,
      schema,
      keys: readKeysOf(context.environment).service,
      services: {
        auth: options.auth ?? services.auth,
        notifier: options.notifier ?? services.notifier,
      },
    };
    return tell(await lookAtAll(deployment), options.json, context);
  },
};

type Named = { name: string } & Finding;

async function lookAtAll(deployment: Deployment): Promise<Named[]> {
  const found: Named[] = [];
  for (const { name, look } of CHECKS) {
    found.push({ name, ...(await look(deployment).catch(explain)) });
  }
  return found;
}

/** A check that could not be made has failed; what the others say is worth knowing all the same. */
function explain(error: unknown): Finding {
  if (error instanceof BadEnvironmentError) return bad(error.faults.join("; "));
  if (isDatabaseAway(error)) return bad("the database cannot be reached, or refused the user");
  const state = sqlState(error);
  if (state === "42P01" || state === "3F000") return bad("the tables are not there: pnpm db:push");
  if (state === "42501") return bad("the role may not look at what this check needs");
  if (state) return bad(`the database refused a statement (SQLSTATE ${state})`);
  throw error;
}

function tell(found: readonly Named[], isJson: boolean, { print }: Context): number {
  if (isJson) {
    print(
      JSON.stringify({ checks: found.map(({ isGood, ...rest }) => ({ ok: isGood, ...rest })) }),
    );
  } else {
    for (const { name, isGood, text } of found) {
      print(`${isGood ? "ok  " : "FAIL"}  ${name.padEnd(12)}  ${text}`);
    }
  }
  return found.every(({ isGood }) => isGood) ? 0 : 1;
}
