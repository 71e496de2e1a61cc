import { chooseFaults } from "./mutants/choose-faults.ts";
import { MutantsError } from "./mutants/mutants-error.ts";
import { HELP, type Options, readOptions } from "./mutants/options.ts";
import { findStaleness } from "./mutants/plant-fault.ts";
import { readFaults } from "./mutants/read-faults.ts";
import { summarise, verdictLine } from "./mutants/report.ts";
import { runMutants } from "./mutants/run-mutants.ts";
import { repositoryFolder } from "./repository.ts";

// The `pnpm test:mutants` command. What it started and made goes with it: see runWithin, copyCheckout.
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(1));
try {
  process.exit(await run(readOptions(process.argv.slice(2))));
} catch (error) {
  if (!(error instanceof MutantsError)) throw error;
  process.stderr.write(`pnpm test:mutants: ${error.message}\n`);
  process.exit(1);
}

async function run(options: Options): Promise<number> {
  const faults = options.isHelp ? [] : chooseFaults(readFaults(), options);
  if (options.isHelp) return print(HELP, true);
  const checkout = repositoryFolder;
  if (options.isList) {
    const rows = faults.map((fault) => ({ fault, by: findStaleness(checkout, fault) }));
    const lines = rows.map(({ fault: { name, breaks }, by }) =>
      by === null ? `  ${name}   ${breaks}\n` : `  ${name}   STALE: ${by}\n`,
    );
    return print(`${lines.join("")}${faults.length} faults\n`, !rows.some(({ by }) => by));
  }
  process.stdout.write(`${faults.length} faults, each in turn\n`);
  const tell = (verdict: Parameters<typeof verdictLine>[0]) => {
    process.stdout.write(verdictLine(verdict));
  };
  const { text, isGood } = summarise(await runMutants({ checkout, faults, tell }));
  return print(text, isGood);
}

function print(text: string, isGood: boolean): number {
  process.stdout.write(text);
  return isGood ? 0 : 1;
}
