import { existsSync } from "node:fs";
import { join } from "node:path";
import { loadModule } from "./load-exports.ts";

const FILES = ["ts", "mts", "cts", "js", "mjs", "cjs", "json"].map(
  (ending) => `drizzle.config.${ending}`,
);

/** What we read of it. Both are undefined in a folder without the file. */
export type DrizzleConfig = {
  readonly databaseUrl: string | undefined;
  /** A file, a folder or a glob, or several. */
  readonly schema: string | readonly string[] | undefined;
};

export const NO_CONFIG: DrizzleConfig = { databaseUrl: undefined, schema: undefined };

type Credentials = Readonly<Record<string, unknown>>;

/**
 * What an app's drizzle.config names, so that a push and drizzle-kit's own commands never differ.
 * Throws PushError where it cannot be loaded.
 */
export async function readDrizzleConfig(folder: string): Promise<DrizzleConfig> {
  const path = FILES.map((name) => join(folder, name)).find((file) => existsSync(file));
  if (!path) return NO_CONFIG;
  const { default: config } = (await loadModule(path)) as {
    default?: { schema?: string | string[]; dbCredentials?: Credentials } | null;
  };
  return { databaseUrl: urlOf(config?.dbCredentials ?? {}), schema: config?.schema };
}

/** Not checked any further: see checkDatabaseUrl(). */
function urlOf({ url, host, port, database, ssl, ...rest }: Credentials): string | undefined {
  if (url) return String(url);
  if (!host || !database) return undefined;
  const part = (value: unknown) => encodeURIComponent(String(value ?? ""));
  const password = rest.password === undefined ? "" : `:${part(rest.password)}`;
  const user = rest.user === undefined ? "" : `${part(rest.user)}${password}@`;
  const place = String(host).includes(":") ? `[${host}]` : host;
  const query = ssl ? `?sslmode=${sslModeOf(ssl)}` : "";
  return `postgres://${user}${place}:${port ?? 5432}/${part(database)}${query}`;
}

/** True, a mode, or the options of node:tls. */
function sslModeOf(ssl: unknown): string {
  if (typeof ssl === "string") return ssl;
  const { rejectUnauthorized } = ssl as { rejectUnauthorized?: boolean };
  return rejectUnauthorized === false ? "require" : "verify-full";
}
