import { spawn } from "node:child_process";
import { resolve } from "node:path";

const appFolder = resolve(import.meta.dirname, "../..");

export type Finished = { readonly code: number | null; readonly output: string };

/** Runs a line as a shell in the app's folder would, on that database, with nobody to ask. */
export async function runCommand(line: string, databaseUrl: string): Promise<Finished> {
  const child = spawn("sh", ["-c", line], {
    cwd: appFolder,
    // biome-ignore lint/style/noProcessEnv: the command runs in the surroundings of its caller.
    env: { ...process.env, DATABASE_URL: databaseUrl },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk) => {
      output += chunk;
    });
  }
  const { promise, resolve: settle } = Promise.withResolvers<number | null>();
  child.once("close", settle);
  return { code: await promise, output };
}
