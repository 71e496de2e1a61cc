import { existsSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Config } from "drizzle-kit";
import { PushError } from "./push-error.ts";
import type { Settings } from "./settings.ts";

/**
 * The database and the schema that drizzle.config.ts names, so that a push and drizzle-kit's own
 * commands never differ. Undefined where the folder has none.
 */
export async function readDrizzleConfig(folder: string): Promise<Settings | undefined> {
  const path = join(folder, "drizzle.config.ts");
  if (!existsSync(path)) return undefined;
  const { default: config } = (await import(pathToFileURL(path).href)) as { default: Config };
  const { schemaFilter = "postern" } = config;
  const [schema] = [schemaFilter].flat();
  if (!("dbCredentials" in config) || !("url" in config.dbCredentials) || !schema) {
    throw new PushError("drizzle.config.ts must name dbCredentials.url and a schemaFilter.");
  }
  return { databaseUrl: config.dbCredentials.url, schema };
}
