import { existsSync } from "node:fs";
import { join } from "node:path";
import { loadModule } from "./load-exports.ts";

const FILES = ["ts", "mts", "cts", "js", "mjs", "cjs"].map((ending) => `drizzle.config.${ending}`);

/** What we read of it. Both are undefined in a folder without the file. */
export type DrizzleConfig = {
  readonly databaseUrl: string | undefined;
  /** A file, a folder or a glob, or several. */
  readonly schema: string | readonly string[] | undefined;
};

export const NO_CONFIG: DrizzleConfig = { databaseUrl: undefined, schema: undefined };

type Credentials = {
  url?: string;
  host?: string;
  port?: number;
  user?: string;
  password?: string;
  database?: string;
  ssl?: unknown;
};

type Module = { default?: { schema?: string | string[]; dbCredentials?: Credentials } };

/**
 * What an app's drizzle.config names, so that a push and drizzle-kit's own commands never differ.
 * Throws PushError where it cannot be loaded.
 */
export async function readDrizzleConfig(folder: string): Promise<DrizzleConfig> {
  const path = FILES.map((name) => join(folder, name)).find((file) => existsSync(file));
  if (!path) return NO_CONFIG;
  const { default: config = {} } = (await loadModule(path)) as Module;
  return { databaseUrl: urlOf(config.dbCredentials ?? {}), schema: config.schema };
}

function urlOf({ url, host, database, ssl, ...rest }: Credentials): string | undefined {
  if (url || !host || !database) return url;
  const address = new URL(`postgres://${host}:${rest.port ?? 5432}`);
  address.username = encodeURIComponent(rest.user ?? "");
  address.password = encodeURIComponent(rest.password ?? "");
  address.pathname = `/${encodeURIComponent(database)}`;
  if (ssl) address.searchParams.set("sslmode", ssl === true ? "require" : String(ssl));
  return address.href;
}
