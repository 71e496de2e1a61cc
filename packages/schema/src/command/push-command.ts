import { checkDatabaseUrl } from "../database/database-url.ts";
import type { Program } from "../database/program.ts";
import type { Step } from "../database/step.ts";
import { type PushResult, pushSecuritySchema } from "../push/push-security-schema.ts";
import { planText, refusalText, resultJson, resultText, sqlText } from "../push/report.ts";
import { readDatabaseUrl } from "../push/settings.ts";
import { ask } from "./ask.ts";
import { NO_CONFIG, readDrizzleConfig } from "./drizzle-config.ts";
import { loadDeclaration } from "./load-declaration.ts";
import { programOf } from "./program.ts";
import { type Options, pushHelp, readOptions } from "./push-options.ts";

const PROGRESS_EVERY_MILLISECONDS = 2_000;

/** `push`, and `check` with --check before its words. Returns the exit code. Throws PushError. */
export async function runPush(words: readonly string[]): Promise<number> {
  const program = programOf("push");
  const options = readOptions(words, program);
  if (options.isHelp) {
    process.stdout.write(pushHelp(program));
    return 0;
  }
  let isShown = false;
  const confirm = (steps: readonly Step[]) => {
    isShown = true;
    return ask(steps);
  };
  const result = await push(options, { program, confirm });
  report(result, { ...options, isShown, program });
  const isDone = result.outcome === "applied" || result.outcome === "nothing to do";
  return isDone || (options.isSql && result.outcome === "different") ? 0 : 1;
}

type Call = { program: Program; confirm: (steps: readonly Step[]) => Promise<boolean> };

async function push(options: Options, { program, confirm }: Call): Promise<PushResult> {
  const folder = process.cwd();
  const known = readDatabaseUrl(process.env, folder);
  const needsConfig = known === undefined || options.files.length === 0;
  const config = needsConfig ? await readDrizzleConfig(folder) : NO_CONFIG;
  const url = known ?? config.databaseUrl;
  const databaseUrl = checkDatabaseUrl(url, program);
  const { isYes, isJson, isSql } = options;
  const isAsking = process.stdin.isTTY && process.stdout.isTTY && !isYes && !isJson && !isSql;
  return pushSecuritySchema({
    databaseUrl,
    exports: await loadDeclaration(options.files, config, folder),
    roles: options.roles,
    isCheck: options.isCheck || isSql,
    acceptDataLoss: options.acceptDataLoss,
    onProgress: progressLine(),
    onWait: () => process.stderr.write("  Another push is running: waiting for it.\n"),
    program,
    ...(isAsking && { confirm }),
  });
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

type Report = Options & { isShown: boolean; program: Program };

function report(result: PushResult, options: Report): void {
  const { isJson, isSql, isShown, program } = options;
  const plan = isShown ? "" : planText(result.steps);
  const refusal = refusalText(result, options);
  const text = isSql ? sqlText(result) : `${plan}${resultText(result, program)}`;
  for (const note of result.notes) process.stderr.write(`note: ${note}\n`);
  process.stdout.write(isJson ? resultJson(result) : text);
  if (refusal) process.stderr.write(`${program.replace("pnpm ", "")}: ${refusal}\n`);
}
