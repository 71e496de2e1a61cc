import { parseArgs } from "node:util";
import { NotSeenError } from "./demo/step.ts";
import { walk } from "./demo/walk.ts";
import { readRecord } from "./dev/record.ts";
import { bold, say } from "./dev/screen.ts";

const HELP = `Usage: pnpm demo

Walks through a running \`pnpm dev\`: sign-up, code by mail, verification, a second device, refresh,
sessions, lockout, and the rows that prove it. Exits 0 only if every step was seen.
`;

/** Runs the demo and answers the exit code. */
async function run(): Promise<number> {
  const { values } = parseArgs({ options: { help: { type: "boolean", short: "h" } } });
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const record = readRecord();
  if (!record) {
    process.stderr.write(
      "pnpm demo: nothing runs here; start `pnpm dev` in another terminal first\n",
    );
    return 1;
  }
  say(`\n  Postern at ${record.auth.url}`);
  await walk(record);
  say(`\n  ${bold("Every step was seen.")}\n`);
  return 0;
}

try {
  process.exitCode = await run();
} catch (error) {
  const isOurs = error instanceof NotSeenError;
  const reason = error instanceof Error ? error.message : String(error);
  process.stderr.write(`\npnpm demo: ${isOurs ? `not seen: ${reason}` : reason}\n`);
  process.exitCode = 1;
}
