import { spawn } from "node:child_process";
import { resolve } from "node:path";
import { findFreePort } from "@postern/devkit";
import type { Environment } from "../encrypt/postern.ts";

const MAIN = resolve(import.meta.dirname, "../../../apps/notifier/src/main.ts");

/** The service in a process of its own. */
export async function startNotifier(
  environment: Environment,
  smtpPort: number,
): Promise<AsyncDisposable> {
  const child = spawn(process.execPath, [MAIN], {
    stdio: ["ignore", "ignore", "inherit"],
    env: {
      ...environment,
      SMTP_URL: `smtp://127.0.0.1:${smtpPort}`,
      MAIL_FROM: "Postern <no-reply@bench.test>",
      NOTIFIER_PORT: String(await findFreePort()),
      NOTIFIER_METRICS_PORT: String(await findFreePort()),
      LOG_LEVEL: "error",
    },
  });
  const exited = new Promise((done) => child.once("close", done));
  return {
    async [Symbol.asyncDispose]() {
      child.kill("SIGTERM");
      await exited;
    },
  };
}
