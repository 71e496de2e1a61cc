import { parseArgs } from "node:util";
import { BenchError } from "./bench-error.ts";
import { benches } from "./benches.ts";

export type Options = {
  readonly isHelp: boolean;
  readonly isList: boolean;
  readonly isStrict: boolean;
  /** Smaller sizes, where a bench has them. */
  readonly isQuick: boolean;
  /** What to run; never empty. */
  readonly names: readonly string[];
};

/** Throws BenchError on an option or a bench that does not exist. */
export function readOptions(words: readonly string[]): Options {
  const { values, positionals } = parse(words);
  const unknown = positionals.filter((name) => !Object.hasOwn(benches, name));
  if (unknown.length > 0) {
    const known = Object.keys(benches).join(", ");
    throw new BenchError(`There is no bench ${unknown.join(", ")}. There are: ${known}.`);
  }
  return {
    isHelp: values.help,
    isList: values.list,
    isStrict: values.strict,
    isQuick: values.quick,
    names: positionals.length > 0 ? positionals : Object.keys(benches),
  };
}

function parse(words: readonly string[]) {
  const flag = { type: "boolean", default: false } as const;
  try {
    return parseArgs({
      // pnpm hands on the `--` of `pnpm bench -- --strict`.
      args: words.filter((word) => word !== "--"),
      options: { help: { ...flag, short: "h" }, list: flag, strict: flag, quick: flag },
      allowPositionals: true,
    });
  } catch (error) {
    const [reason] = (error as Error).message.split(". ");
    throw new BenchError(`${reason}. Try pnpm bench --help.`, { cause: error });
  }
}

export function helpText(): string {
  return `Usage: pnpm bench [options] [name …]

Runs benchmarks on servers of their own and prints each figure beside its limit. Without a name it
runs all of them. Each writes bench/results/<name>.json.

  --list     print the benches and run none
  --strict   exit 1 where a limit was missed
  --quick    smaller sizes, where a bench has them, to try it: nothing is written
  --help     this text

${listText()}`;
}

export function listText(): string {
  const names = Object.keys(benches);
  const width = Math.max(...names.map((name) => name.length));
  return Object.entries(benches)
    .map(([name, { about }]) => `  ${name.padEnd(width)}   ${about}\n`)
    .join("");
}
