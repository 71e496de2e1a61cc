import { PushError } from "../database/push-error.ts";
import type { DrizzleConfig } from "./drizzle-config.ts";
import { loadExports } from "./load-exports.ts";
import { findSchemaFiles } from "./schema-files.ts";

/** What the files of --schema export, else those of the drizzle config. Throws PushError. */
export async function loadDeclaration(
  files: readonly string[],
  { schema }: DrizzleConfig,
  folder: string,
): Promise<Readonly<Record<string, unknown>>> {
  const named = files.length > 0 ? files : [schema ?? []].flat();
  if (named.length === 0) {
    throw new PushError(
      "No schema file is named. Say --schema <file>, or set schema in drizzle.config.ts.",
    );
  }
  return loadExports(findSchemaFiles(named, folder));
}
