import { spawn } from "node:child_process";
import { globSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { BenchError } from "../bench-error.ts";
import type { SentStatement } from "./sent-statement.ts";

export type PgbenchWork = {
  readonly url: string;
  readonly statement: SentStatement;
  /** SQL in place of a parameter that must differ from call to call; null leaves it as it is. */
  readonly vary: (value: string) => string | null;
  readonly clients: number;
  readonly transactions: number;
};

/** The newest that is installed, or null. */
export const findPgbench = (): string | null =>
  globSync("/usr/lib/postgresql/*/bin/pgbench").toSorted().at(-1) ?? null;

/**
 * Runs a statement as pgbench does, prepared, and answers its transactions per second. `:step`
 * counts a client's calls from 0, beside pgbench's own `:client_id`.
 */
export async function runPgbench(program: string, work: PgbenchWork): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), "postern-bench-"));
  try {
    const { script, variables } = writeScript(work);
    const file = join(folder, "script.sql");
    await writeFile(file, script);
    return await run(program, file, { ...work, variables });
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** What stays the same is a parameter too, so that PostgreSQL plans no more than for the service. */
function writeScript({ statement: { sql, parameters }, vary }: PgbenchWork) {
  const variables: string[] = ["-D", "step=-1"];
  const body = sql.replaceAll(/\$(\d+)/g, (_, number: string) => {
    const value = parameters[Number(number) - 1] ?? null;
    const varied = value === null ? "null" : vary(value);
    if (varied === null) variables.push("-D", `p${number}=${value}`);
    return varied ?? `:p${number}`;
  });
  return { script: `\\set step :step + 1\n${body};\n`, variables };
}

type Run = PgbenchWork & { readonly variables: readonly string[] };

async function run(program: string, file: string, work: Run): Promise<number> {
  const { hostname, port, username, password, pathname } = new URL(work.url);
  const child = spawn(
    program,
    [
      ...["-n", "-M", "prepared", "-c", String(work.clients), "-t", String(work.transactions)],
      ...["-f", file, ...work.variables],
      ...["-h", hostname, "-p", port, "-U", username, pathname.slice(1)],
    ],
    { env: { PGPASSWORD: password }, stdio: ["ignore", "pipe", "pipe"] },
  );
  const [output, errors] = await Promise.all([text(child.stdout), text(child.stderr)]);
  const rate = Number(/tps = ([\d.]+)/.exec(output)?.[1]);
  const done = Number(/actually processed: (\d+)/.exec(output)?.[1]);
  if (done !== work.clients * work.transactions) {
    throw new BenchError(`pgbench failed: ${errors.trim().split("\n").slice(-4).join(" ")}`);
  }
  return rate;
}
