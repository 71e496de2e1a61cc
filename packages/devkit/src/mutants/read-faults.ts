import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { type Fault, parseFaults } from "./fault.ts";
import { MutantsError } from "./mutants-error.ts";

const ENDING = ".faults";

/** Every fault of every list in the folder, in the order of their names. */
export function readFaults(folder = join(import.meta.dirname, "faults")): Fault[] {
  const faults = readdirSync(folder)
    .filter((name) => name.endsWith(ENDING))
    .sort()
    .flatMap((name) =>
      parseFaults(basename(name, ENDING), readFileSync(join(folder, name), "utf8")),
    );
  const names = faults.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice) throw new MutantsError(`two faults are called ${twice}`);
  return faults;
}
