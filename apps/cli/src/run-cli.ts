import { BadEnvironmentError } from "@postern/environment";
import { describeError, isDatabaseAway, sqlState } from "@postern/process";
import { CliError } from "./cli-error.ts";
import type { Context } from "./command.ts";
import { commands } from "./commands.ts";
import { helpText } from "./help-text.ts";

/** EX_CONFIG of sysexits.h, as the services have it. */
const EXIT_CONFIGURATION = 78;

/**
 * Runs one command and returns the exit code: what the command says, 78 for a bad environment, and 1
 * for every other failure, told in one line on standard error that repeats no value.
 */
export async function runCli(words: readonly string[], context: Context): Promise<number> {
  try {
    return await dispatch(words, context);
  } catch (error) {
    return report(error, context);
  }
}

async function dispatch(words: readonly string[], context: Context): Promise<number> {
  const [noun = "--help", ...rest] = words.filter((word) => word !== "--");
  if (isHelp(noun)) return tellHelp(helpText(), context);
  if (!Object.hasOwn(commands, noun)) throw unknown(noun, Object.keys(commands));
  const { verbs = {}, usual = "--help" } = commands[noun] ?? {};
  const [first = usual] = rest;
  if (isHelp(first)) return tellHelp(helpText(noun), context);
  const [verb = "", ...options] =
    first.startsWith("-") || rest.length === 0 ? [usual, ...rest] : rest;
  if (!Object.hasOwn(verbs, verb)) throw unknown(`${noun} ${verb}`, Object.keys(verbs));
  const command = await verbs[verb]?.load();
  if (!command || options.some(isHelp)) return tellHelp(command?.help ?? "", context);
  return command.run(options, context);
}

function tellHelp(text: string, { print }: Context): number {
  print(text.trimEnd());
  return 0;
}

const isHelp = (word: string): boolean => word === "--help" || word === "-h";

const unknown = (what: string, known: readonly string[]) =>
  new CliError(`There is no command ${what}. There are ${known.join(", ")}; see --help.`);

function report(error: unknown, { note }: Context): number {
  if (error instanceof BadEnvironmentError) {
    for (const fault of error.faults) note(`postern: ${fault}`);
    return EXIT_CONFIGURATION;
  }
  note(`postern: ${explain(error)}`);
  return 1;
}

function explain(error: unknown): string {
  if (error instanceof CliError) return error.message;
  if (isDatabaseAway(error))
    return "DATABASE_URL: the database cannot be reached, or refused the user.";
  const state = sqlState(error);
  if (state === "42501")
    return "DATABASE_URL: this needs the owner of the tables, which its user is not.";
  // Not the message: PostgreSQL quotes values in it.
  if (state) return `the database refused a statement (SQLSTATE ${state}).`;
  const { type, message, stack } = describeError(error);
  return `a fault of ours, please report it: ${type}: ${message}\n${stack}`;
}
