import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { findFreePort, withServiceRole } from "@postern/devkit";
import type { World } from "./world.ts";

export type NotifierProcess = AsyncDisposable & {
  url: string;
  operatorsUrl: string;
  /** Everything it wrote so far, to both outputs. */
  output(): string;
  kill(signal: NodeJS.Signals): void;
  /** The exit code, or null where a signal ended it. */
  exited: Promise<number | null>;
};

const MAIN = fileURLToPath(new URL("../main.ts", import.meta.url));

/** Runs main.ts on nothing but the given environment. */
export function runMain(environment: Readonly<Record<string, string>>) {
  const child = spawn(process.execPath, [MAIN], { env: { ...environment } });
  let output = "";
  const keep = (chunk: Buffer) => {
    output += chunk;
  };
  child.stdout.on("data", keep);
  child.stderr.on("data", keep);
  const exited = once(child, "close").then(([code]): number | null => code);
  return { child, exited, output: () => output };
}

/** The service as in production, on the database of a test and the mail server at `smtpUrl`. */
export async function startProcess(world: World, smtpUrl: string): Promise<NotifierProcess> {
  const [port, metricsPort] = [await findFreePort(), await findFreePort()];
  const { child, exited, output } = runMain({
    DATABASE_URL: withServiceRole(world.databaseUrl),
    SYSTEM_ENCRYPTION_KEY: world.keys.sealing,
    BLIND_INDEX_KEY: world.keys.blindIndex,
    SMTP_URL: smtpUrl,
    MAIL_FROM: "Postern <no-reply@postern.test>",
    NOTIFIER_PORT: String(port),
    NOTIFIER_METRICS_PORT: String(metricsPort),
    LOG_LEVEL: "debug",
  });
  const kill = (signal: NodeJS.Signals) => void child.kill(signal);
  return {
    url: `http://127.0.0.1:${port}`,
    operatorsUrl: `http://127.0.0.1:${metricsPort}`,
    output,
    kill,
    exited,
    async [Symbol.asyncDispose]() {
      kill("SIGKILL");
      await exited;
    },
  };
}
