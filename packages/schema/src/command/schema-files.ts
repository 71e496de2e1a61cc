import { globSync, readdirSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { PushError } from "../push/push-error.ts";

const isModule = (path: string) =>
  /\.[cm]?[jt]s$/.test(path) && !/(?:\.d|\.test|\.spec)\.[cm]?ts$/.test(path);

/**
 * The modules that a file, a folder or a glob names, as drizzle-kit takes its `schema`: of a folder
 * those that lie in it, not deeper. Throws PushError where there is none.
 */
export function findSchemaFiles(named: readonly string[], folder: string): string[] {
  const files = named.flatMap((name) => {
    const found = globSync(name, { cwd: folder }).flatMap((path) =>
      modulesAt(resolve(folder, path)),
    );
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
