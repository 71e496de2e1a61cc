import { runCli } from "../run-cli.ts";

type Ran = { readonly code: number; readonly out: string; readonly err: string };

/** Runs a command in this process, as main.ts does, and answers what it printed. */
export async function runInProcess(
  words: readonly string[],
  environment: Record<string, string>,
): Promise<Ran> {
  const out: string[] = [];
  const err: string[] = [];
  const code = await runCli(words, {
    environment,
    print: (line) => out.push(line),
    note: (line) => err.push(line),
    terminal: null,
    signal: new AbortController().signal,
  });
  return { code, out: out.join("\n"), err: err.join("\n") };
}
