import { spawn } from "node:child_process";
import { resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { findFreePort } from "@postern/devkit";
import { BenchError } from "../bench-error.ts";
import type { Environment } from "./postern.ts";

const MAIN = resolve(import.meta.dirname, "../../../apps/auth/src/main.ts");
const READY_TRIES_MAX = 100;

export type Auth = AsyncDisposable & { readonly url: string };

/** The service in a process of its own, ready. Each request may come from an address of its own. */
export async function startAuth(environment: Environment): Promise<Auth> {
  const port = String(await findFreePort());
  const url = `http://127.0.0.1:${port}`;
  const child = spawn(process.execPath, [MAIN], {
    stdio: ["ignore", "ignore", "inherit"],
    env: {
      ...environment,
      PUBLIC_URL: url,
      AUTH_PORT: port,
      AUTH_METRICS_PORT: String(await findFreePort()),
      TRUST_PROXY: "127.0.0.1/32",
      LOG_LEVEL: "error",
    },
  });
  const exited = new Promise((done) => child.once("close", done));
  for (let tries = 0; !(await isReady(url)); tries += 1) {
    if (tries === READY_TRIES_MAX) throw new BenchError("The auth service did not become ready.");
    await sleep(100);
  }
  return {
    url,
    async [Symbol.asyncDispose]() {
      child.kill("SIGTERM");
      await exited;
    },
  };
}

const isReady = (url: string): Promise<boolean> =>
  fetch(`${url}/ready`).then(
    ({ status }) => status === 200,
    () => false,
  );
