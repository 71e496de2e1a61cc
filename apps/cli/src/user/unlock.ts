import { RedisAwayError } from "@postern/auth/operator";
import { CliError } from "../cli-error.ts";
import type { Command } from "../command.ts";
import { readRedisUrl } from "../environment.ts";
import { readOptions } from "../read-options.ts";
import { openAccountOperator } from "./open-account-operator.ts";
import { readWhom, whomHelp, whomOptions } from "./read-whom.ts";

const help = `Usage: pnpm postern user unlock --email <address> | --id <id>

Ends every lock of an account, for strangers and for its devices, in PostgreSQL and in Redis
(REDIS_URL), and forgets the failures that led to them. Exits with 1 where there is no such account.

${whomHelp}
`;

export const unlockUser: Command = {
  help,
  run: async (words, context) => {
    const whom = readWhom(readOptions(words, whomOptions));
    const redisUrl = readRedisUrl(context.environment);
    await using operator = await openAccountOperator(context);
    const isThere = await operator.unlock(whom, redisUrl).catch((error) => {
      throw error instanceof RedisAwayError ? new CliError(error.message, { cause: error }) : error;
    });
    if (isThere) context.print("Unlocked.");
    else context.note("postern: there is no such account.");
    return isThere ? 0 : 1;
  },
};
