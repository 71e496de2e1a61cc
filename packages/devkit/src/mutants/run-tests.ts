import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runWithin } from "./run-within.ts";

/** Longer than the longest test file on a busy machine. */
const RUN_MS = 10 * 60_000;

export type TestRun =
  | { result: "passed" }
  | { result: "failed"; tests: readonly string[] }
  /** A file could not even be loaded: nothing was tested. */
  | { result: "not_loaded"; said: string }
  | { result: "out_of_time" };

export type TestOptions = Readonly<{
  root: string;
  tests: readonly string[];
  environment: NodeJS.ProcessEnv;
  /** Stops at the first test that fails. */
  bail: boolean;
}>;

/** Runs test files of the checkout at `root`, on servers that are there already. */
export async function runTests({ root, tests, environment, bail }: TestOptions): Promise<TestRun> {
  const folder = mkdtempSync(join(tmpdir(), "postern-mutants-report-"));
  const report = join(folder, "report.json");
  try {
    const words = ["run", "--project", "postern", "--reporter=json", `--outputFile=${report}`];
    const ran = await runWithin(RUN_MS, {
      program: process.execPath,
      args: [
        join(root, "node_modules/vitest/vitest.mjs"),
        ...words,
        ...(bail ? ["--bail", "1"] : []),
        ...tests,
      ],
      cwd: root,
      environment,
    });
    if (ran.isOutOfTime) return { result: "out_of_time" };
    return readReport(report, ran);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

type Report = {
  testResults: readonly {
    name: string;
    status: string;
    message: string;
    assertionResults: readonly { title: string; status: string }[];
  }[];
};

function readReport(
  path: string,
  { ok, everything }: { ok: boolean; everything: string },
): TestRun {
  if (ok) return { result: "passed" };
  const files = readResults(path);
  const failed = files.flatMap(({ assertionResults }) =>
    assertionResults.filter(({ status }) => status === "failed").map(({ title }) => title),
  );
  if (failed.length > 0) return { result: "failed", tests: failed };
  const said = files.find(({ message }) => message)?.message ?? everything;
  return { result: "not_loaded", said: said.trim().split("\n").slice(0, 4).join(" ") };
}

function readResults(path: string): Report["testResults"] {
  try {
    return (JSON.parse(readFileSync(path, "utf8")) as Report).testResults;
  } catch {
    // Vitest ended before it wrote one; what it printed says why.
    return [];
  }
}
