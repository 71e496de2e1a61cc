import { relative } from "node:path";
import { styleText } from "node:util";

const REPEAT_MILLISECONDS = 10_000;
const WARN = 40;
/** Takes an announced step off the line. */
const CLEAR_LINE = process.stdout.isTTY ? "\r\x1b[K" : "";

type Style = Parameters<typeof styleText>[0];

const styled = (style: Style, text: string) => styleText(style, text, { stream: process.stdout });

export const dim = (text: string) => styled("dim", text);
export const bold = (text: string) => styled("bold", text);

export const say = (line = ""): void => void process.stdout.write(`${line}\n`);

/** Announces a step on a terminal; what it returns says that it is done, and how long it took. */
export function begin(what: string): (done?: string) => void {
  const start = performance.now();
  if (process.stdout.isTTY) process.stdout.write(`  ${dim(`… ${what}`)}`);
  return (done = what) => {
    const duration = dim(seconds(performance.now() - start));
    say(`${CLEAR_LINE}  ${styled("green", "✓")} ${done.padEnd(48)} ${duration}`);
  };
}

export const seconds = (milliseconds: number): string => `${(milliseconds / 1_000).toFixed(1)} s`;

export const shortPath = (path: string): string => {
  const short = relative(process.cwd(), path);
  return short.startsWith("..") ? path : short;
};

type LogLine = { level?: number; msg?: string; err?: { message?: string } };

/**
 * Shows what a service says when it matters: warnings, errors, and whatever is no log line at all.
 * Everything is in its log file; the same words are shown once in 10 s.
 */
export function showTrouble(name: string): (chunk: string) => void {
  const shownAt = new Map<string, number>();
  let rest = "";
  return (chunk) => {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop() ?? "";
    for (const trouble of lines.map(troubleOf).filter((text) => text !== undefined)) {
      const now = performance.now();
      if (now - (shownAt.get(trouble) ?? -REPEAT_MILLISECONDS) < REPEAT_MILLISECONDS) continue;
      shownAt.set(trouble, now);
      say(`${CLEAR_LINE}  ${styled("yellow", name)} ${trouble}`);
    }
  };
}

function troubleOf(line: string): string | undefined {
  if (line.trim() === "") return undefined;
  try {
    const { level = 0, msg = "", err } = JSON.parse(line) as LogLine;
    if (level < WARN) return undefined;
    return err?.message ? `${msg}: ${err.message}` : msg;
  } catch {
    return line;
  }
}
