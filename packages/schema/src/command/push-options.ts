import type { Program } from "../database/program.ts";
import type { Roles } from "../repeatable/roles.ts";
import { declarationOptions, readRoles, rolesHelp, schemaHelp } from "./declaration-options.ts";
import { parseWords } from "./parse-words.ts";

export const pushHelp = (program: Program) => `Usage: ${program} [options]

Brings the tables in DATABASE_URL to what is declared, all of it or nothing. What is not ours is
neither dropped nor altered: what is ours stands in postern_internal.pushed_objects.

${SOURCES[program]}

${schemaHelp}
  --check              print the plan and change nothing; exit 1 if there is any difference
  --sql                print the statements of the plan for psql and change nothing
  --yes                do not ask, even on a terminal
  --accept-data-loss   also do what drops, empties or rewrites something of ours, but never a table
${rolesHelp}
  --json               print one JSON object, and do not ask: outcome, schema, tables, notes,
                       milliseconds, and steps as { sql, effect, about }
  --help               this text

Exit 0: the database is as declared. Exit 1: it is not, and nothing was done.
`;

const SOURCES: Readonly<Record<Program, string>> = {
  "pnpm db:push": `Reads DATABASE_URL and DATABASE_SCHEMA (default postern) from the environment, then .env. Without
DATABASE_URL it takes the database of a running \`pnpm dev\`, which .postern/dev.json names (or
dev.json in POSTERN_STATE_FOLDER).`,
  "postern-schema push": `Reads DATABASE_URL from the environment, then .env, then dbCredentials in drizzle.config.ts.`,
};

export type Options = {
  readonly isHelp: boolean;
  readonly isCheck: boolean;
  readonly isSql: boolean;
  readonly isYes: boolean;
  readonly isJson: boolean;
  readonly acceptDataLoss: boolean;
  readonly files: readonly string[];
  readonly roles: Roles;
};

const flag = { type: "boolean", default: false } as const;
const OPTIONS = {
  ...declarationOptions,
  help: flag,
  check: flag,
  sql: flag,
  yes: flag,
  json: flag,
  "accept-data-loss": flag,
} as const;

/** Throws PushError on an option that does not exist. */
export function readOptions(words: readonly string[], program: Program): Options {
  const values = parseWords(words, OPTIONS, program);
  return {
    isHelp: values.help,
    isCheck: values.check,
    isSql: values.sql,
    isYes: values.yes,
    isJson: values.json,
    acceptDataLoss: values["accept-data-loss"],
    files: values.schema,
    roles: readRoles(values),
  };
}
