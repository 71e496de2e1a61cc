import { bold, dim, say } from "../dev/screen.ts";

/** What was expected of a running Postern and not seen. The demo ends with exit code 1. */
export class NotSeenError extends Error {
  override readonly name = "NotSeenError";
}

let steps = 0;

/** Prints a step, does it, and prints what was seen. */
export async function step<T>(
  title: string,
  work: () => Promise<{ seen: string | string[]; result: T }>,
): Promise<T> {
  steps += 1;
  say(`\n  ${bold(`${steps}. ${title}`)}`);
  const { seen, result } = await work();
  for (const line of [seen].flat()) {
    say(`     ${line}`);
  }
  return result;
}

/** Ends the demo where something is not as it should be. */
export function expectSeen(isSeen: boolean, what: string): asserts isSeen {
  if (!isSeen) {
    throw new NotSeenError(what);
  }
}

/** Enough of a secret to recognise it by, and not enough to use it. */
export const shorten = (secret: string): string => `${secret.slice(0, 12)}…`;

export const sayTable = (rows: readonly string[][]): string[] => {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  );
  return rows.map((row, index) => {
    const line = row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  ");
    return index === 0 ? dim(line) : line.trimEnd();
  });
};
