import { type ParseArgsOptionsConfig, parseArgs } from "node:util";
import { PushError } from "../database/push-error.ts";

/** The values of parseArgs(). Throws PushError on an option that does not exist. */
export function parseWords<O extends ParseArgsOptionsConfig>(
  words: readonly string[],
  options: O,
  program: string,
) {
  try {
    // `pnpm db:push -- --yes` hands the two dashes on.
    const args = words.filter((word) => word !== "--");
    return parseArgs({ args, options }).values;
  } catch (error) {
    const [first] = (error as Error).message.split(/[.\n]/);
    throw new PushError(`${first}. See ${program} --help.`, { cause: error });
  }
}
