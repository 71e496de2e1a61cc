import type { Context } from "./command.ts";

const LINE_EVERY_MILLISECONDS = 2_000;
const BAR_EVERY_MILLISECONDS = 100;
const BAR_WIDTH = 24;

export type Progress = {
  /** So many more are done. */
  readonly advance: (count: number) => void;
  /** Says where it ended. */
  readonly end: () => void;
};

/** A bar on a terminal, else a line every two seconds: how many, how fast, how long still. */
export function startProgress(
  { terminal, note }: Pick<Context, "terminal" | "note">,
  label: string,
  total: number,
): Progress {
  const startedAt = performance.now();
  let toldAt = startedAt;
  let done = 0;
  const text = () => describe({ done, total, seconds: (performance.now() - startedAt) / 1_000 });
  const tell = () => {
    if (terminal) terminal.write(`\r\x1b[K${label} ${bar(done, total)} ${text()}`);
    else note(`${label} ${text()}`);
  };
  return {
    advance: (count) => {
      done += count;
      const every = terminal ? BAR_EVERY_MILLISECONDS : LINE_EVERY_MILLISECONDS;
      if (performance.now() - toldAt < every) return;
      toldAt = performance.now();
      tell();
    },
    end: () => {
      tell();
      if (terminal) terminal.write("\n");
    },
  };
}

function bar(done: number, total: number): string {
  const filled = total === 0 ? BAR_WIDTH : Math.min(BAR_WIDTH, (done / total) * BAR_WIDTH);
  return `[${"#".repeat(Math.floor(filled)).padEnd(BAR_WIDTH, ".")}]`;
}

function describe({ done, total, seconds }: { done: number; total: number; seconds: number }) {
  const rate = seconds > 0 ? done / seconds : 0;
  const shown = `${done} of ${total} rows, ${Math.round(rate)} a second`;
  return rate > 0 && total > done ? `${shown}, ${duration((total - done) / rate)} left` : shown;
}

function duration(seconds: number): string {
  if (seconds < 90) return `${Math.ceil(seconds)} s`;
  return seconds < 5_400 ? `${Math.ceil(seconds / 60)} min` : `${(seconds / 3_600).toFixed(1)} h`;
}
