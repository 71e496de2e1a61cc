import { parseArgs } from "node:util";
import { PushError } from "./push-error.ts";

export const HELP = `Usage: pnpm db:push [options]

Brings the tables in DATABASE_URL to what is declared, all of it or nothing. What is not ours is
neither dropped nor altered: what is ours stands in postern_internal.pushed_objects.

Reads DATABASE_URL and DATABASE_SCHEMA (default postern) from the environment, then .env. Without
DATABASE_URL it takes the database of a running \`pnpm dev\`, which .postern/dev.json names (or
dev.json in POSTERN_STATE_FOLDER).

  --check              print the plan and change nothing; exit 1 if there is any difference
  --yes                do not ask, even on a terminal
  --accept-data-loss   also do what drops, empties or rewrites something of ours
  --json               print one JSON object, and do not ask
  --help               this text

Exit 0: the database is as declared. Exit 1: it is not, and nothing was done.
`;

export type Options = {
  readonly isHelp: boolean;
  readonly isCheck: boolean;
  readonly isYes: boolean;
  readonly isJson: boolean;
  readonly acceptDataLoss: boolean;
};

/** Throws PushError on an option that does not exist. */
export function readOptions(words: readonly string[]): Options {
  const flag = { type: "boolean", default: false } as const;
  const options = {
    help: flag,
    check: flag,
    yes: flag,
    json: flag,
    "accept-data-loss": flag,
  };
  try {
    // `pnpm db:push -- --yes` hands the two dashes on.
    const args = words.filter((word) => word !== "--");
    const { values } = parseArgs({ args, options });
    return {
      isHelp: values.help,
      isCheck: values.check,
      isYes: values.yes,
      isJson: values.json,
      acceptDataLoss: values["accept-data-loss"],
    };
  } catch (error) {
    const [first] = (error as Error).message.split(/[.\n]/);
    throw new PushError(`${first}. See pnpm db:push --help.`, { cause: error });
  }
}
