import { spawn } from "node:child_process";

export type RunOptions = {
  cwd?: string | undefined;
  environment?: NodeJS.ProcessEnv | undefined;
};

export type RunResult = {
  ok: boolean;
  /** What it wrote to standard output. */
  output: string;
  /** What it wrote to both, in order, for a message about a failure. */
  everything: string;
};

/** Runs a command to its end. A program that does not exist is a failure like any other. */
export async function run(
  program: string,
  args: readonly string[],
  { cwd, environment = process.env }: RunOptions = {},
): Promise<RunResult> {
  const child = spawn(program, args, { cwd, env: environment, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  let everything = "";
  child.stdout.on("data", (chunk) => {
    output += chunk;
    everything += chunk;
  });
  child.stderr.on("data", (chunk) => {
    everything += chunk;
  });
  const { promise, resolve } = Promise.withResolvers<boolean>();
  child.once("error", (error) => {
    everything += error.message;
    resolve(false);
  });
  child.once("close", (code) => resolve(code === 0));
  return { ok: await promise, output, everything };
}
