import { PushError } from "../database/push-error.ts";
import type { Roles } from "../repeatable/roles.ts";
import { declarationOptions, readRoles, rolesHelp, schemaHelp } from "./declaration-options.ts";
import { parseWords } from "./parse-words.ts";

export const migrateHelp = (program: string) => `Usage: ${program} [options]

Runs the numbered migrations that DATABASE_URL lacks, beside running writers, and records each in
postern_internal.schema_migrations. Interrupted anywhere, the next run goes on from there.

  001 to 019  the security tables that are declared
  024         tracking columns on the users table
  025         encrypted columns on it, their rules and indexes
  026         functions, triggers, views, roles and grants; brought up to date by each run
  027         removal of the plain-text columns, with --contract only

${schemaHelp}
  --to <number>        stop after this number
  --back-to <number>   undo what ran after this number; 027 and tables have no way back
  --contract           also run 027, once nothing is left in plain text
  --status             print where each migration stands and change nothing
  --sql                print what would run, for psql, and change nothing
${rolesHelp}
  --json               print one JSON object
  --help               this text

Connect as the owner of the users table, and not through a pooler that shares sessions.
Exit 0: done, or nothing to do. Exit 1: it stopped; what ran before stays.
`;

export type Options = {
  readonly mode: "help" | "status" | "sql" | "run";
  readonly isJson: boolean;
  readonly to: string | undefined;
  readonly backTo: string | undefined;
  readonly contract: boolean;
  readonly files: readonly string[];
  readonly roles: Roles;
};

const flag = { type: "boolean", default: false } as const;
const OPTIONS = {
  ...declarationOptions,
  to: { type: "string" },
  "back-to": { type: "string" },
  contract: flag,
  status: flag,
  sql: flag,
  json: flag,
  help: flag,
} as const;

/** Throws PushError on an option that does not exist, or that another excludes. */
export function readOptions(words: readonly string[], program: string): Options {
  const values = parseWords(words, OPTIONS, program);
  const backTo = values["back-to"];
  if (backTo !== undefined && (values.to !== undefined || values.contract || values.sql)) {
    throw new PushError("--back-to goes alone: without --to, --contract and --sql.");
  }
  return {
    mode: modeOf(values),
    isJson: values.json,
    to: values.to,
    backTo,
    contract: values.contract,
    files: values.schema,
    roles: readRoles(values),
  };
}

function modeOf({ help, status, sql }: { help: boolean; status: boolean; sql: boolean }) {
  if (help) return "help";
  if (status) return "status";
  return sql ? "sql" : "run";
}
