import { parseArgs } from "node:util";
import { DevError } from "./dev-error.ts";

export const HELP = `Usage: pnpm dev [--fresh]

Starts everything that Postern needs and prints the addresses: PostgreSQL and Redis (embedded,
unless DATABASE_URL and REDIS_URL are set), auth, notifier and the mail inbox. Ctrl-C stops it all.

  --fresh   throw away the data of the embedded servers first
  --help    show this

Ports are set by AUTH_PORT, AUTH_METRICS_PORT, NOTIFIER_PORT, NOTIFIER_METRICS_PORT,
INBOX_SMTP_PORT, INBOX_WEB_PORT, POSTGRES_PORT and REDIS_PORT.
`;

export type DevOptions = { isFresh: boolean; isHelp: boolean };

export function readOptions(args: string[]): DevOptions {
  try {
    const { values } = parseArgs({
      // pnpm hands on the `--` of `pnpm dev -- --fresh`.
      args: args.filter((arg) => arg !== "--"),
      options: { fresh: { type: "boolean" }, help: { type: "boolean", short: "h" } },
    });
    return { isFresh: values.fresh ?? false, isHelp: values.help ?? false };
  } catch (error) {
    const [reason] = (error as Error).message.split(". ");
    throw new DevError(`${reason}. Try pnpm dev --help.`, { cause: error });
  }
}
