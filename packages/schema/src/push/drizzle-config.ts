import { existsSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Config } from "drizzle-kit";

/**
 * The database that drizzle.config.ts names, so that a push and drizzle-kit's own commands never
 * differ. Undefined where the folder has none, or where it names none.
 */
export async function readDrizzleConfig(folder: string): Promise<string | undefined> {
  const path = join(folder, "drizzle.config.ts");
  if (!existsSync(path)) return undefined;
  const { default: config } = (await import(pathToFileURL(path).href)) as { default: Config };
  const { url } = (config as { dbCredentials?: { url?: string } }).dbCredentials ?? {};
  return url;
}
