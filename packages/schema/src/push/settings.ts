import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseEnv } from "node:util";
import { PushError } from "./push-error.ts";

export type Settings = {
  readonly databaseUrl: string;
  /** The PostgreSQL schema that the tables live in. */
  readonly schema: string;
};

type Environment = Readonly<Record<string, string | undefined>>;

/** Later ones only fill what earlier ones leave out. The last is what `pnpm dev` writes. */
const FILES = [".env", ".postern/env"];

/** Where `DATABASE_URL` points: the environment, then `.env`, then the database of `pnpm dev`. */
export function readSettings(environment: Environment, folder: string): Settings {
  const sources = [environment, ...FILES.map((file) => readFile(join(folder, file)))];
  const find = (name: string) => sources.map((source) => source[name]).find(Boolean);
  const databaseUrl = find("DATABASE_URL");
  if (!databaseUrl) {
    throw new PushError(
      "DATABASE_URL is not set. Set it in the environment or in .env, or start `pnpm dev` first, which brings a database.",
    );
  }
  return { databaseUrl: checkUrl(databaseUrl), schema: checkSchema(find("DATABASE_SCHEMA")) };
}

function readFile(path: string): Environment {
  return existsSync(path) ? parseEnv(readFileSync(path, "utf8")) : {};
}

/** The message never repeats the value: it holds a password. */
function checkUrl(url: string): string {
  if (!/^postgres(ql)?:\/\/[^/]/.test(url) || !URL.canParse(firstHost(url))) {
    throw new PushError(
      "DATABASE_URL is malformed. It reads postgres://user:password@host:5432/database, with special characters of the password as %XX.",
    );
  }
  return url;
}

/** A URL may name several hosts, which the URL standard does not know. */
const firstHost = (url: string) => url.replace(/,[^/?@]*(?=[/?]|$)/, "");

function checkSchema(schema = "postern"): string {
  const isReserved = /^pg_|^information_schema$|^postern_internal$/.test(schema);
  if (!/^[a-z_][a-z0-9_]{0,62}$/.test(schema) || isReserved) {
    throw new PushError(
      "DATABASE_SCHEMA must be a plain lower-case name, such as postern, and none of PostgreSQL's own or postern_internal.",
    );
  }
  return schema;
}

export type Target = { host: string; port: string; database: string; user: string };

/** Where a URL leads, without its password, for messages. */
export function targetOf(databaseUrl: string): Target {
  const { hostname, port, pathname, username } = new URL(firstHost(databaseUrl));
  const user = decodeURIComponent(username) || "postgres";
  return {
    host: hostname || "localhost",
    port: port || "5432",
    database: decodeURIComponent(pathname.slice(1)) || user,
    user,
  };
}
