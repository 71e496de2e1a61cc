import { existsSync, readFileSync, rmSync } from "node:fs";
import { basename, join } from "node:path";

/** What PostgreSQL keeps in its data while it runs; it begins with the id of the postmaster. */
export const postmasterFile = (dataFolder: string): string => join(dataFolder, "postmaster.pid");

/** Whether a PostgreSQL runs on this data. */
export function isInUse(dataFolder: string): boolean {
  const pid = readPid(dataFolder);
  return pid !== undefined && isAlive(pid) && isPostmaster(pid, dataFolder);
}

/**
 * Removes the file of a PostgreSQL that was killed when its id is now that of another program, for
 * which PostgreSQL would refuse to start. Where no process has the id, PostgreSQL does that itself.
 */
export function removeStalePostmasterFile(dataFolder: string): void {
  const pid = readPid(dataFolder);
  if (pid === undefined || !isAlive(pid) || isPostmaster(pid, dataFolder)) return;
  rmSync(postmasterFile(dataFolder), { force: true });
}

function readPid(dataFolder: string): number | undefined {
  const file = postmasterFile(dataFolder);
  if (!existsSync(file)) return undefined;
  const pid = Number.parseInt(readFileSync(file, "utf8"), 10);
  return pid > 0 ? pid : undefined;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Where the system does not tell (as on macOS), we take it for one: two on the same data destroy it. */
function isPostmaster(pid: number, dataFolder: string): boolean {
  if (process.platform !== "linux") return true;
  try {
    const [program = "", ...args] = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
    return basename(program) === "postgres" && args.includes(dataFolder);
  } catch {
    return true;
  }
}
