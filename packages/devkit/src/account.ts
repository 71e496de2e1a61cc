import { chmodSync, existsSync, lstatSync, mkdirSync, readFileSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { digestOf } from "./digest-of.ts";
import { repositoryFolder } from "./repository.ts";

export type Account = { name: string; uid: number; gid: number };

/**
 * The account that PostgreSQL runs under, because it refuses to run as root; undefined when we are
 * an ordinary user, and PostgreSQL then simply runs as ourselves.
 */
export function unprivilegedAccount(): Account | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const lines = readFileSync("/etc/passwd", "utf8").split("\n");
  for (const name of ["postgres", "nobody"]) {
    const [, , uid, gid] = lines.find((line) => line.startsWith(`${name}:`))?.split(":") ?? [];
    if (uid && gid) return { name, uid: Number(uid), gid: Number(gid) };
  }
  throw new Error("PostgreSQL does not run as root, and there is no account postgres or nobody.");
}

/** Whether the account may walk down to this path, as a home of mode 0700 forbids. */
export function canReach(account: Account | undefined, path: string): boolean {
  if (!account) return true;
  for (let folder = resolve(path); folder !== "/"; folder = dirname(folder)) {
    if (existsSync(folder) && !(statSync(folder).mode & walkBit(account, folder))) return false;
  }
  return true;
}

function walkBit(account: Account, folder: string): number {
  const { uid, gid } = statSync(folder);
  if (uid === account.uid) return 0o100;
  return gid === account.gid ? 0o010 : 0o001;
}

/**
 * A folder of root's that any account can walk through, for what must leave an unreachable home.
 * One for each copy of the repository. /var/tmp is open to all, so a folder that somebody else put
 * there in advance is refused.
 */
export function reachableFolder(): string {
  const folder = `/var/tmp/postern-${digestOf(repositoryFolder)}`;
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const found = lstatSync(folder);
  if (!found.isDirectory() || found.uid !== process.getuid?.() || found.mode & 0o022) {
    throw new Error(`${folder} belongs to somebody else. Remove it and try again.`);
  }
  // The umask cuts the mode that mkdir is given.
  chmodSync(folder, 0o711);
  return folder;
}
