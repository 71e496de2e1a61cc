#!/usr/bin/env node
import { PushError } from "../database/push-error.ts";
import { HELP } from "./help.ts";
import { type Command, commands, isCommand, programOf } from "./program.ts";

type Run = (words: readonly string[]) => Promise<number>;

/** Late, so that help and mistakes are answered without loading Drizzle. */
const RUNS: Readonly<Record<Command, () => Promise<Run>>> = {
  push: async () => (await import("./push-command.ts")).runPush,
  check: async () => {
    const { runPush } = await import("./push-command.ts");
    return (words) => runPush(["--check", ...words]);
  },
  migrate: async () => (await import("./migrate-command.ts")).runMigrate,
  sql: async () => (await import("./sql-command.ts")).runSql,
};

const [command = "", ...words] = process.argv.slice(2);
try {
  process.exitCode = await run();
} catch (error) {
  if (!(error instanceof PushError)) throw error;
  const program = isCommand(command) ? programOf(command) : "postern-schema";
  process.stderr.write(`${program.replace("pnpm ", "")}: ${error.message}\n`);
  process.exitCode = 1;
}

async function run(): Promise<number> {
  if (isCommand(command)) {
    const runCommand = await RUNS[command]();
    return runCommand(words);
  }
  if (command && command !== "--help" && command !== "-h") {
    throw new PushError(
      `There is no command ${command}, but ${commands.join(", ")}. See postern-schema --help.`,
    );
  }
  process.stdout.write(HELP);
  return command ? 0 : 1;
}
