import { type ParseArgsOptionsConfig, parseArgs } from "node:util";
import { CliError } from "./cli-error.ts";

/** Options as `node:util` reads them. Throws CliError on any that is unknown, or lacks its value. */
export function readOptions<const T extends ParseArgsOptionsConfig>(
  words: readonly string[],
  options: T,
) {
  try {
    return parseArgs({ args: [...words], options, allowPositionals: false }).values;
  } catch (error) {
    const [reason] = (error as Error).message.split(". ");
    throw new CliError(`${reason}; see --help.`, { cause: error });
  }
}
