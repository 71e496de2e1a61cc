import { fork } from "node:child_process";
import { resolve } from "node:path";
import { BenchError } from "../bench-error.ts";

export type Peer = AsyncDisposable & { readonly url: string };

/**
 * A server of this folder in a process of its own. It gets its settings as its first message, where
 * nobody else reads them, answers with its port, and ends when this process does.
 */
export async function startPeer(file: string, settings: object): Promise<Peer> {
  const child = fork(resolve(import.meta.dirname, file), {
    env: { NODE_ENV: "production" },
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  const exited = new Promise<void>((done) => child.once("exit", () => done()));
  child.send(settings);
  const port = await Promise.race([
    new Promise<number>((done) => child.once("message", (message) => done(Number(message)))),
    exited.then(() => {
      throw new BenchError(`${file} did not start.`);
    }),
  ]);
  return {
    url: `http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await exited;
    },
  };
}

/** In such a process: the settings that it was given. It does not outlive who started it. */
export async function peerSettings<Settings>(): Promise<Settings> {
  process.once("disconnect", () => process.exit());
  return new Promise((done) => {
    process.once("message", (message) => done(message as Settings));
  });
}

export function tellReady(port: number): void {
  process.send?.(port);
}
