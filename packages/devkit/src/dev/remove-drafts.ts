import { existsSync, readdirSync, rmSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { keptFolder } from "../postgres-cluster.ts";
import { cacheFolder } from "../repository.ts";
import type { Settings } from "./settings.ts";

/** Older than any first start takes, so nobody is at work on it. */
const ABANDONED_MILLISECONDS = 10 * 60_000;

type Removal = {
  /** Of our own data, which the lock keeps to us: also what is new. */
  isFresh: boolean;
  /** Where Redis packages are fetched to, for all copies of the data. */
  packages?: string;
};

/** Removes what a first start that was cut short has left half made. */
export function removeDrafts({ folders }: Settings, removal: Removal): void {
  const { isFresh, packages = cacheFolder } = removal;
  const data = keptFolder(folders.postgres);
  remove(`${data}-draft-`, isFresh ? 0 : ABANDONED_MILLISECONDS);
  remove(join(packages, "redis-package-draft-"), ABANDONED_MILLISECONDS);
  // Of the programs, where PostgreSQL's account cannot reach the repository.
  if (dirname(data) !== dirname(folders.postgres)) {
    remove(join(dirname(data), "draft-"), ABANDONED_MILLISECONDS);
  }
}

function remove(beginning: string, ageMin: number): void {
  const folder = dirname(beginning);
  const names = existsSync(folder) ? readdirSync(folder) : [];
  for (const name of names.filter((found) => found.startsWith(basename(beginning)))) {
    const path = join(folder, name);
    const found = statSync(path, { throwIfNoEntry: false });
    if (!found || Date.now() - found.mtimeMs < ageMin) continue;
    rmSync(path, { recursive: true, force: true });
  }
}
