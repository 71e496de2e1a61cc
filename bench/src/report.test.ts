import { expect, test } from "vitest";
import type { Figure } from "./bench.ts";
import { isMissed, ratioOf, tableText } from "./report.ts";

const time: Figure = { name: "a query", value: 25, unit: "ms", limit: { atMost: 50 } };
const rate: Figure = { name: "a rate", value: 25, unit: "rows/s", limit: { atLeast: 50 } };

test("a time keeps its limit from below and a rate from above", () => {
  expect([time, rate].map(isMissed)).toEqual([false, true]);
  expect([time, rate].map(ratioOf)).toEqual([2, 0.5]);
  expect(isMissed({ ...time, value: 50.1 })).toBe(true);
});

test("a figure without a limit stands for itself", () => {
  const { limit: _, ...free } = time;
  expect([isMissed(free), ratioOf(free)]).toEqual([false, null]);
});

test("the table shows each figure beside its limit, and what was missed", () => {
  expect(tableText([time, rate])).toBe(
    [
      "            measured               limit  better by",
      "  a query      25 ms       at most 50 ms        2 ×",
      "  a rate   25 rows/s  at least 50 rows/s      0.5 ×  MISSED",
      "",
    ].join("\n"),
  );
});
