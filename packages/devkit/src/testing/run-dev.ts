import { type ChildProcess, spawn } from "node:child_process";
import { chmodSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DevRecord } from "../dev/record.ts";
import { findFreePort } from "../find-free-port.ts";

const PORTS = [
  ...["AUTH_PORT", "AUTH_METRICS_PORT", "NOTIFIER_PORT", "NOTIFIER_METRICS_PORT"],
  ...["INBOX_SMTP_PORT", "INBOX_WEB_PORT", "POSTGRES_PORT", "REDIS_PORT"],
];

/** What it prints last when it is ready. */
const LAST_WORDS = '"name":"Ada"';

export type DevPlace = AsyncDisposable & {
  folder: string;
  environment: Record<string, string>;
};

/** A state folder and ports of a test's own, so that a `pnpm dev` beside the tests is not disturbed. */
export async function openDevPlace(): Promise<DevPlace> {
  const folder = mkdtempSync(join(tmpdir(), "postern-dev-"));
  const ports = await Promise.all(PORTS.map(async (name) => [name, String(await findFreePort())]));
  const { PATH = "" } = process.env;
  // Where PostgreSQL's account cannot reach it, the data would go elsewhere and stay there.
  chmodSync(folder, 0o711);
  return {
    folder,
    environment: { PATH, POSTERN_STATE_FOLDER: folder, ...Object.fromEntries(ports) },
    async [Symbol.asyncDispose]() {
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export type RunningDev = AsyncDisposable & {
  child: ChildProcess;
  output: () => string;
  exited: Promise<number | null>;
  /** Resolves with the record once it said that it is ready; rejects when it ends before. */
  ready: Promise<DevRecord>;
};

export function runDev(place: DevPlace, ...args: string[]): RunningDev {
  const child = spawn(process.execPath, [join(import.meta.dirname, "../dev.ts"), ...args], {
    env: place.environment,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const exited = new Promise<number | null>((resolve) => child.once("close", resolve));
  let output = "";
  let isReady = false;
  const ready = Promise.withResolvers<DevRecord>();
  const listen = (chunk: Buffer) => {
    output += chunk;
    if (isReady || !output.includes(LAST_WORDS)) return;
    isReady = true;
    ready.resolve(JSON.parse(readFileSync(join(place.folder, "dev.json"), "utf8")));
  };
  child.stdout.on("data", listen);
  child.stderr.on("data", listen);
  void exited.then(() => ready.reject(new Error(`pnpm dev ended: ${output}`)));
  ready.promise.catch(() => undefined);
  return {
    child,
    output: () => output,
    exited,
    ready: ready.promise,
    async [Symbol.asyncDispose]() {
      child.kill("SIGTERM");
      await exited;
    },
  };
}

/** Runs the demo against the dev of that place, as `pnpm demo` does. */
export async function runDemo(place: DevPlace): Promise<{ code: number | null; output: string }> {
  const child = spawn(process.execPath, [join(import.meta.dirname, "../demo.ts")], {
    env: place.environment,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  child.stdout.on("data", (chunk: Buffer) => (output += chunk));
  child.stderr.on("data", (chunk: Buffer) => (output += chunk));
  return new Promise((resolve) => child.once("close", (code) => resolve({ code, output })));
}

/** Whether anything still answers at one of the addresses of a record. */
export async function isAnythingLeft(record: DevRecord): Promise<boolean> {
  const { auth, notifier, inbox, databaseUrl, redisUrl } = record;
  const urls = [auth.url, notifier.url, inbox.smtpUrl, inbox.webUrl, databaseUrl, redisUrl];
  const answers = await Promise.all(urls.map((url) => isListening(Number(new URL(url).port))));
  return answers.includes(true);
}

function isListening(port: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const socket = connect(port, "127.0.0.1", () => resolve(true));
  socket.once("error", () => resolve(false));
  return promise.finally(() => socket.destroy());
}
