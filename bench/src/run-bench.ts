import { mkdirSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { resolve } from "node:path";
import { type PostgresOptions, startPostgres } from "@postern/devkit";
import postgres from "postgres";
import type { Bench, Figure } from "./bench.ts";
import { isMissed, ratioOf } from "./report.ts";

const resultsFolder = resolve(import.meta.dirname, "../results");

/**
 * Runs one bench on servers of its own, stops them, and writes its figures to
 * `bench/results/<name>.json`, unless it is only tried. Throws what the bench throws; then nothing
 * is written.
 */
export async function runBench(
  name: string,
  bench: Bench,
  { isQuick }: { isQuick: boolean },
): Promise<readonly Figure[]> {
  await using servers = new AsyncDisposableStack();
  const versions = new Set<string>();
  const figures = await bench({
    say: (text) => process.stderr.write(`  ${text}\n`),
    isQuick,
    startPostgres: async (options?: PostgresOptions) => {
      const server = servers.use(await startPostgres(options));
      versions.add(await versionOf(server.url));
      return server;
    },
  });
  if (!isQuick) writeResults(name, figures, [...versions]);
  return figures;
}

async function versionOf(url: string): Promise<string> {
  const sql = postgres(url, { max: 1 });
  const [row] = await sql<{ server_version: string }[]>`show server_version`;
  await sql.end();
  return row?.server_version ?? "";
}

function writeResults(name: string, figures: readonly Figure[], postgresVersions: string[]): void {
  const results = {
    bench: name,
    command: `pnpm bench ${name}`,
    date: new Date().toISOString().slice(0, 10),
    node: process.versions.node,
    postgres: postgresVersions.join(", "),
    cores: availableParallelism(),
    figures: figures.map((figure) => ({
      ...figure,
      value: rounded(figure.value),
      ...(figure.limit && { ratio: rounded(ratioOf(figure) ?? 0), isMissed: isMissed(figure) }),
    })),
  };
  mkdirSync(resultsFolder, { recursive: true });
  writeFileSync(resolve(resultsFolder, `${name}.json`), `${JSON.stringify(results, null, 2)}\n`);
  process.stdout.write(`  → bench/results/${name}.json\n`);
}

const rounded = (value: number) => Math.round(value * 1_000) / 1_000;
