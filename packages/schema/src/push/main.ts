import { createInterface } from "node:readline/promises";
import { checkDatabaseUrl } from "./database-url.ts";
import { readDrizzleConfig } from "./drizzle-config.ts";
import { HELP, type Options, readOptions } from "./options.ts";
import { PushError } from "./push-error.ts";
import { type PushOptions, type PushResult, pushSecuritySchema } from "./push-security-schema.ts";
import { planText, refusalText, resultJson, resultText } from "./report.ts";
import { readSettings } from "./settings.ts";
import type { Step } from "./step.ts";

const PROGRESS_EVERY_MILLISECONDS = 2_000;

try {
  const options = readOptions(process.argv.slice(2));
  process.exitCode = options.isHelp ? help() : await run(options);
} catch (error) {
  if (!(error instanceof PushError)) throw error;
  process.stderr.write(`db:push: ${error.message}\n`);
  process.exitCode = 1;
}

function help(): number {
  process.stdout.write(HELP);
  return 0;
}

async function run(options: Options): Promise<number> {
  const folder = process.cwd();
  const configured = await readDrizzleConfig(folder);
  const databaseUrl = checkDatabaseUrl(configured ?? readSettings(process.env, folder).databaseUrl);
  // Late, so that help and mistakes are answered without loading Drizzle.
  const tables = await import("./declared-tables.ts");
  const isAsking = process.stdin.isTTY && process.stdout.isTTY && !options.isYes && !options.isJson;
  let isShown = false;
  const confirm = (steps: readonly Step[]) => {
    isShown = true;
    return ask(steps);
  };
  const result = await pushSecuritySchema({
    databaseUrl,
    tables,
    isCheck: options.isCheck,
    acceptDataLoss: options.acceptDataLoss,
    onProgress: progressLine(),
    onWait: () => process.stderr.write("  Another push is running: waiting for it.\n"),
    ...(isAsking && { confirm }),
  } satisfies PushOptions);
  report(result, { ...options, isShown });
  return result.outcome === "applied" || result.outcome === "nothing to do" ? 0 : 1;
}

/** The one question, after the plan. Anything but yes, the end of input too, means no. */
async function ask(steps: readonly Step[]): Promise<boolean> {
  process.stdout.write(planText(steps));
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  const closed = new Promise<string>((resolve) => terminal.once("close", () => resolve("")));
  const answer = await Promise.race([
    terminal.question(`Run these ${steps.length} statements? [y/N] `),
    closed,
  ]);
  terminal.close();
  if (!answer) process.stdout.write("\n");
  return /^y(es)?$/i.test(answer.trim());
}

/** Short pushes say nothing on the way. */
function progressLine() {
  let toldAt = performance.now();
  return (done: number, total: number) => {
    if (performance.now() - toldAt < PROGRESS_EVERY_MILLISECONDS) return;
    toldAt = performance.now();
    process.stderr.write(`  ${done} of ${total} statements\n`);
  };
}

function report(result: PushResult, { isJson, isShown }: Options & { isShown: boolean }): void {
  const plan = isShown ? "" : planText(result.steps);
  process.stdout.write(isJson ? resultJson(result) : `${plan}${resultText(result)}`);
  const refusal = refusalText(result);
  if (refusal) process.stderr.write(`db:push: ${refusal}\n`);
}
