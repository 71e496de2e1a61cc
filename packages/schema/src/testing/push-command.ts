import { spawn } from "node:child_process";
import { resolve } from "node:path";

const repositoryFolder = resolve(import.meta.dirname, "../../../..");
const program = resolve(import.meta.dirname, "../command/main.ts");

/** What a slow machine is told meanwhile. It is no fault. */
const PROGRESS = /^ {2}\d+ of \d+ statements\n/gm;

type Finished = { code: number | null; stdout: string; stderr: string };

type Surroundings = {
  folder?: string;
  environment?: Readonly<Record<string, string>>;
};

/** What pnpm tells a script that it runs. */
const asScript = { npm_lifecycle_event: "db:push" };

/** Starts `pnpm db:push` as a script would: no terminal, nothing on stdin, an empty environment. */
export function startPush(options: readonly string[], surroundings: Surroundings = {}) {
  const environment = { ...asScript, ...surroundings.environment };
  return startCommand(["push", ...options], { ...surroundings, environment });
}

/** Starts `postern-schema` in the same way. */
export function startCommand(words: readonly string[], surroundings: Surroundings = {}) {
  const { folder = repositoryFolder, environment = {} } = surroundings;
  const child = spawn(process.execPath, [program, ...words], {
    cwd: folder,
    env: environment,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const finished: Finished = { code: null, stdout: "", stderr: "" };
  child.stdout.on("data", (chunk) => {
    finished.stdout += chunk;
  });
  child.stderr.on("data", (chunk) => {
    finished.stderr += chunk;
  });
  const { promise, resolve: settle } = Promise.withResolvers<Finished>();
  child.once("close", (code) =>
    settle({ ...finished, stderr: finished.stderr.replace(PROGRESS, ""), code }),
  );
  return { child, finished: promise };
}

export const push = (url: string, ...options: string[]) =>
  startPush(options, { environment: { DATABASE_URL: url } }).finished;
