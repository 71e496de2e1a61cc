import { parseArgs } from "node:util";
import type { Choice } from "./choose-faults.ts";
import { MutantsError } from "./mutants-error.ts";

export const HELP = `Usage: pnpm test:mutants [options]

Plants one fault at a time into a copy of this checkout, runs the tests that have to notice it, and
prints which faults were caught and which survived. The checkout itself is only read. The faults
stand in packages/devkit/src/mutants/faults.

  --only NAME     faults with NAME in their name; may be given more than once
  --sample N      N faults, drawn by the seed
  --seed S        another draw; 1 by default
  --list          print the faults and whether each still stands in the source; runs nothing
  --help          this text

Exit code 1 where under 95 % are caught, where the text of a fault no longer stands in the source,
and where a test fails without any fault.
`;

export type Options = Choice & Readonly<{ isHelp: boolean; isList: boolean }>;

/** Throws MutantsError on an option that does not exist and a number that is none. */
export function readOptions(words: readonly string[]): Options {
  const values = parse(words);
  return {
    isHelp: values.help,
    isList: values.list,
    only: values.only,
    sample: values.sample === undefined ? null : wholeNumber("sample", values.sample),
    seed: wholeNumber("seed", values.seed),
  };
}

function parse(words: readonly string[]) {
  const flag = { type: "boolean", default: false } as const;
  try {
    return parseArgs({
      // pnpm hands on the `--` of `pnpm test:mutants -- --list`.
      args: words.filter((word) => word !== "--"),
      options: {
        help: { ...flag, short: "h" },
        list: flag,
        only: { type: "string", multiple: true, default: [] },
        sample: { type: "string" },
        seed: { type: "string", default: "1" },
      },
    }).values;
  } catch (error) {
    const [reason] = (error as Error).message.split(". ");
    throw new MutantsError(`${reason}. Try pnpm test:mutants --help.`, { cause: error });
  }
}

function wholeNumber(name: string, text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new MutantsError(`--${name} needs a whole number`);
}
