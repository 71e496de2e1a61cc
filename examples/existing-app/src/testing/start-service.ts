import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { findFreePort } from "@postern/devkit";

export type RunningService = AsyncDisposable & { readonly url: string };

/** Either service as `pnpm start:auth` and `pnpm start:notifier` run it, with these variables alone. */
export async function startService(
  name: "auth" | "notifier",
  environment: Readonly<Record<string, string>>,
): Promise<RunningService> {
  const main = fileURLToPath(new URL(`../../../../apps/${name}/src/main.ts`, import.meta.url));
  const prefix = name.toUpperCase();
  const port = String(await findFreePort());
  const child = spawn(process.execPath, [main], {
    env: {
      LOG_LEVEL: "warn",
      [`${prefix}_PORT`]: port,
      [`${prefix}_METRICS_PORT`]: "0",
      ...environment,
    },
    stdio: ["ignore", "ignore", "inherit"],
  });
  const exited = once(child, "exit");
  return {
    url: `http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      child.kill("SIGTERM");
      await exited;
    },
  };
}
