import type { Figure, Limit } from "./bench.ts";

/** Whether the value is on the wrong side of its limit. */
export function isMissed({ value, limit }: Figure): boolean {
  if (!limit) return false;
  return "atMost" in limit ? value > limit.atMost : value < limit.atLeast;
}

/**
 * How many times better than its limit a value is: 1 is the limit itself, less is a miss, and a
 * time that is nothing is endlessly better.
 */
export function ratioOf({ value, limit }: Figure): number | null {
  if (!limit) return null;
  if ("atLeast" in limit) return value / limit.atLeast;
  // Nothing where nothing is allowed is just right.
  return value === limit.atMost ? 1 : limit.atMost / value;
}

/** The figures as a table, one line each. */
export function tableText(figures: readonly Figure[]): string {
  const rows = figures.map((figure) => [
    figure.name,
    `${shown(figure.value)} ${figure.unit}`,
    figure.limit ? limitText(figure.limit, figure.unit) : "",
    ratioText(figure),
    isMissed(figure) ? "MISSED" : "",
  ]);
  const table = [["", "measured", "limit", "better by", ""], ...rows];
  const widths = [0, 1, 2, 3].map((at) => Math.max(...table.map((row) => (row[at] ?? "").length)));
  const line = ([name = "", ...cells]: readonly string[]) => {
    const padded = cells.map((cell, at) => cell.padStart(widths[at + 1] ?? 0));
    return `  ${[name.padEnd(widths[0] ?? 0), ...padded].join("  ").trimEnd()}\n`;
  };
  return table.map(line).join("");
}

function limitText(limit: Limit, unit: string): string {
  return "atMost" in limit
    ? `at most ${shown(limit.atMost)} ${unit}`
    : `at least ${shown(limit.atLeast)} ${unit}`;
}

function ratioText(figure: Figure): string {
  const ratio = ratioOf(figure);
  return ratio === null ? "" : `${shown(ratio)} ×`;
}

const shown = (value: number) =>
  value.toLocaleString("en", { maximumFractionDigits: value < 10 ? 2 : value < 100 ? 1 : 0 });
