import { existsSync, globSync, readdirSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { PushError } from "../database/push-error.ts";

const isModule = (path: string) =>
  /\.[cm]?[jt]s$/.test(path) && !/(?:\.d|\.test|\.spec)\.[cm]?ts$/.test(path);

/**
 * The modules that a file, a folder or a glob names, as drizzle-kit takes its `schema`: of a folder
 * those that lie in it, not deeper. Throws PushError where there is none.
 */
export function findSchemaFiles(named: readonly string[], folder: string): string[] {
  const files = named.flatMap((name) => {
    // A plain name may hold characters that a glob reads otherwise, and an older Node 22 warns of
    // globs.
    const paths = existsSync(resolve(folder, name)) ? [name] : globSync(name, { cwd: folder });
    const found = paths.flatMap((path) => modulesAt(resolve(folder, path)));
    if (found.length === 0) throw new PushError(`${name} names no file with tables.`);
    return found;
  });
  return [...new Set(files)].toSorted();
}

function modulesAt(path: string): string[] {
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path)
    .map((name) => join(path, name))
    .filter((file) => isModule(file) && statSync(file).isFile());
}
