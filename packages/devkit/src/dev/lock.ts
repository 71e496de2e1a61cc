import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { stateFolder } from "../repository.ts";
import { DevError } from "./dev-error.ts";
import { processStart } from "./process-start.ts";

const TRIES_MAX = 10;

const fileIn = (folder: string) => join(folder, "dev.lock");

/**
 * Makes this process the only `pnpm dev` of a state folder until what it returns is called. The
 * lock of one that was killed counts for nothing. Throws DevError while another one runs.
 */
export function takeLock(folder = stateFolder): () => void {
  mkdirSync(folder, { recursive: true });
  const file = fileIn(folder);
  const mine = `${process.pid} ${processStart(process.pid)}\n`;
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, mine, { mode: 0o600 });
  try {
    for (let tries = 1; tries <= TRIES_MAX; tries += 1) {
      if (linkNew(draft, file)) return () => rmSync(file, { force: true });
      const holder = lockHolder(folder);
      if (holder !== undefined) throw runsAlready(folder, holder);
      removeStale(file);
    }
    throw new DevError(`${file} cannot be taken. Remove it and try again.`);
  } finally {
    rmSync(draft, { force: true });
  }
}

/** The id of the `pnpm dev` that runs on a state folder. */
export function lockHolder(folder = stateFolder): number | undefined {
  return holderIn(read(fileIn(folder)));
}

function runsAlready(folder: string, pid: number): DevError {
  return new DevError(`pnpm dev runs already on ${folder} (process ${pid}). Stop it first.`);
}

function holderIn(text: string | undefined): number | undefined {
  const [, pid, start] = text?.match(/^(\d+) (.+)$/m) ?? [];
  return start !== undefined && processStart(Number(pid)) === start ? Number(pid) : undefined;
}

/** A link appears whole, with its content, and only where there was nothing. */
function linkNew(draft: string, file: string): boolean {
  try {
    linkSync(draft, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    return false;
  }
}

/** Another process may do the same now and have taken the lock already: then it gets it back. */
function removeStale(file: string): void {
  const aside = `${file}.${process.pid}.stale`;
  try {
    renameSync(file, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return;
    throw error;
  }
  if (holderIn(read(aside)) !== undefined) linkNew(aside, file);
  rmSync(aside, { force: true });
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}
