import { spawn } from "node:child_process";
import { setPriority } from "node:os";
import { resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { BenchError } from "../bench-error.ts";

const MAIN = resolve(import.meta.dirname, "../../../apps/cli/src/main.ts");

const NICE = 19;

export type Environment = Readonly<Record<string, string>>;

type Running = {
  /** What it printed, once it has ended. */
  readonly output: Promise<string>;
  readonly exited: Promise<number | null>;
  /** kill -9. */
  readonly kill: () => Promise<unknown>;
};

/** `pnpm postern <words>` in a process of its own. */
function startPostern(environment: Environment, ...words: readonly string[]): Running {
  const child = spawn(process.execPath, [MAIN, ...words], { env: { ...environment } });
  // As an operator would who slows it down on a machine that serves, too: `nice pnpm postern …`.
  if (child.pid !== undefined && words.includes("--rate")) setPriority(child.pid, NICE);
  let printed = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk: Buffer) => {
      printed += chunk;
    });
  }
  const exited = new Promise<number | null>((done) => child.once("close", done));
  return {
    exited,
    output: exited.then(() => printed),
    kill: () => {
      child.kill("SIGKILL");
      return exited;
    },
  };
}

/** The same to its end. Throws BenchError where it fails. */
export async function postern(
  environment: Environment,
  ...words: readonly string[]
): Promise<string> {
  const running = startPostern(environment, ...words);
  if ((await running.exited) === 0) return running.output;
  throw new BenchError(`postern ${words.slice(0, 2).join(" ")} failed: ${await running.output}`);
}

/**
 * The same for so many milliseconds, then kill -9. Whether it ended by itself before; throws
 * BenchError where it failed.
 */
export async function runFor(
  milliseconds: number,
  environment: Environment,
  words: readonly string[],
): Promise<boolean> {
  const running = startPostern(environment, ...words);
  const code = await Promise.race([running.exited, sleep(milliseconds, undefined, { ref: false })]);
  if (code === undefined) {
    await running.kill();
    return false;
  }
  if (code === 0) return true;
  throw new BenchError(`postern ${words.slice(0, 2).join(" ")} failed: ${await running.output}`);
}
