import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { findFreePort, type SmsProviders, type TakenMessage } from "@postern/devkit";

export type Taken = Pick<TakenMessage, "provider" | "id" | "to" | "text">;

export type SmsProviderProcess = AsyncDisposable & {
  url: string;
  accounts: Pick<SmsProviders, "twilio" | "africasTalking">;
  /** What it took since its first start, told or not, the oldest first. */
  taken: readonly Taken[];
  /** kill -9: who waits for an answer gets none. Settles when all that it took is in `taken`. */
  kill(): Promise<void>;
  /** Again, on the same port. */
  start(): Promise<void>;
};

const MAIN = fileURLToPath(new URL("./sms-provider-process.ts", import.meta.url));

/** The providers of the devkit in a process of their own; Africa's Talking reports to the URL. */
export async function startSmsProvider(reportUrl: string): Promise<SmsProviderProcess> {
  const port = await findFreePort();
  const taken: Taken[] = [];
  const run = async () => {
    const child = spawn(process.execPath, [MAIN, String(port), reportUrl], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const lines = createInterface({ input: child.stdout });
    const ended = Promise.all([once(child, "close"), once(lines, "close")]);
    const [first] = await once(lines, "line", { signal: AbortSignal.timeout(10_000) });
    lines.on("line", (line) => taken.push(JSON.parse(line)));
    return { child, ended, accounts: JSON.parse(first) };
  };
  let running = await run();
  const kill = async () => {
    running.child.kill("SIGKILL");
    await running.ended;
  };
  return {
    url: `http://127.0.0.1:${port}`,
    accounts: running.accounts,
    taken,
    kill,
    async start() {
      running = await run();
    },
    [Symbol.asyncDispose]: kill,
  };
}
