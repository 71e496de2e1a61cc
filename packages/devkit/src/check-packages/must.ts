import { type RunOptions, run } from "../run.ts";

/** What the command wrote to standard output. Throws with everything it wrote where it fails. */
export async function must(
  [program, ...args]: readonly [program: string, ...args: string[]],
  options: RunOptions = {},
): Promise<string> {
  const { ok, output, everything } = await run(program, args, options);
  if (!ok) throw new Error(`${[program, ...args].join(" ")} failed:\n${everything}`);
  return output;
}
