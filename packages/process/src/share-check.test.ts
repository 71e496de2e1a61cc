import { expect, test } from "vitest";
import { shareCheck } from "./share-check.ts";

test("a hundred who ask at once are served by one look", async () => {
  let looks = 0;
  const check = shareCheck(async () => ++looks, -1);
  expect(await Promise.all(Array.from({ length: 100 }, check))).toEqual(Array(100).fill(1));
});

test("a look that never ends is answered after two seconds", async () => {
  const startedAt = performance.now();
  const check = shareCheck(() => new Promise<string>(() => undefined), "late");
  expect(await check()).toBe("late");
  expect(performance.now() - startedAt).toBeLessThan(2_500);
});
