import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseEnv } from "node:util";
import { PushError } from "../database/push-error.ts";
import { isReserved } from "../declared/declaration-in.ts";

export type Settings = {
  /** As it was found: see checkDatabaseUrl(). Undefined where nothing names one. */
  readonly databaseUrl: string | undefined;
  /** The PostgreSQL schema that the tables live in. */
  readonly schema: string;
};

type Environment = Readonly<Record<string, string | undefined>>;

/** What the environment says, then `.env`, then the record that a running `pnpm dev` keeps. */
export function readSettings(environment: Environment, folder: string): Settings {
  const file = readEnvFile(join(folder, ".env"));
  return {
    databaseUrl: readDatabaseUrl(environment, folder),
    schema: checkSchema(environment.DATABASE_SCHEMA || file.DATABASE_SCHEMA || undefined),
  };
}

/** The same without a look at DATABASE_SCHEMA, which in an app may mean something else. */
export function readDatabaseUrl(environment: Environment, folder: string): string | undefined {
  const file = readEnvFile(join(folder, ".env"));
  const stateFolder = resolve(folder, environment.POSTERN_STATE_FOLDER ?? ".postern");
  return (
    (environment.DATABASE_URL || file.DATABASE_URL || undefined) ??
    readDevDatabase(join(stateFolder, "dev.json"))
  );
}

function readEnvFile(path: string): Environment {
  return existsSync(path) ? parseEnv(readFileSync(path, "utf8")) : {};
}

/** Undefined when no `pnpm dev` runs, as far as we can tell. */
function readDevDatabase(path: string): string | undefined {
  try {
    const { databaseUrl } = JSON.parse(readFileSync(path, "utf8")) as { databaseUrl?: unknown };
    return typeof databaseUrl === "string" ? databaseUrl : undefined;
  } catch {
    return undefined;
  }
}

function checkSchema(schema = "postern"): string {
  if (!/^[a-z_][a-z0-9_]{0,62}$/.test(schema) || isReserved(schema)) {
    throw new PushError(
      "DATABASE_SCHEMA must be a plain lower-case name, such as postern, and none of PostgreSQL's own or postern_internal.",
    );
  }
  return schema;
}
