import { BenchError } from "./bench-error.ts";
import { benches } from "./benches.ts";
import { helpText, listText, type Options, readOptions } from "./options.ts";
import { isMissed, tableText } from "./report.ts";
import { runBench } from "./run-bench.ts";

// The `pnpm bench` command.
try {
  process.exitCode = await run(readOptions(process.argv.slice(2)));
} catch (error) {
  if (!(error instanceof BenchError)) throw error;
  process.stderr.write(`bench: ${error.message}\n`);
  process.exitCode = 1;
}

async function run({ isHelp, isList, isStrict, isQuick, names }: Options): Promise<number> {
  if (isHelp || isList) {
    process.stdout.write(isHelp ? helpText() : listText());
    return 0;
  }
  const missed = [];
  for (const name of names) {
    process.stdout.write(`\n${name}: ${benches[name]?.about}\n`);
    const figures = await runNamed(name, isQuick);
    process.stdout.write(tableText(figures));
    missed.push(...figures.filter(isMissed));
  }
  if (missed.length > 0) {
    process.stdout.write(`\nMISSED: ${missed.map((figure) => figure.name).join("; ")}\n`);
  }
  return isStrict && missed.length > 0 ? 1 : 0;
}

async function runNamed(name: string, isQuick: boolean) {
  const bench = await benches[name]?.load();
  return bench ? runBench(name, bench, { isQuick }) : [];
}
