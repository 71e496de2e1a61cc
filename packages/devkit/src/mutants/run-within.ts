import { spawn } from "node:child_process";

export type Command = Readonly<{
  program: string;
  args: readonly string[];
  cwd: string;
  environment: NodeJS.ProcessEnv;
}>;

export type Ran = { ok: boolean; isOutOfTime: boolean; everything: string };

/** Runs a command in a process group of its own; past the time the whole group is killed. */
export async function runWithin(milliseconds: number, command: Command): Promise<Ran> {
  const { program, args, cwd, environment } = command;
  const child = spawn(program, args, {
    cwd,
    env: environment,
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  const killGroup = () => {
    if (child.pid) process.kill(-child.pid, "SIGKILL");
  };
  // Before anything else that happens at the end: the folder that the group writes to is removed.
  process.prependOnceListener("exit", killGroup);
  let isOutOfTime = false;
  const timer = setTimeout(() => {
    isOutOfTime = true;
    killGroup();
  }, milliseconds);
  let everything = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk) => {
      everything += chunk;
    });
  }
  const { promise, resolve } = Promise.withResolvers<boolean>();
  child.once("error", () => resolve(false));
  child.once("close", (code) => resolve(code === 0));
  const ok = await promise;
  clearTimeout(timer);
  process.removeListener("exit", killGroup);
  return { ok: ok && !isOutOfTime, isOutOfTime, everything };
}
