import { expect, test } from "vitest";
import { CircuitBreaker } from "./circuit-breaker.ts";

const at = (seconds: number) => new Date(1_800_000_000_000 + seconds * 1_000);

function fail(breaker: CircuitBreaker, times: number): void {
  for (let time = 0; time < times; time += 1) breaker.note(true, at(0));
}

test("four faults in a row stop nothing, the fifth does, and a success between them begins anew", () => {
  const breaker = new CircuitBreaker();
  fail(breaker, 4);
  expect(breaker.permits(at(0))).toBe(true);
  breaker.note(false, at(0));
  fail(breaker, 4);
  expect(breaker.isOpen).toBe(false);
  fail(breaker, 1);
  expect(breaker.isOpen).toBe(true);
  expect(breaker.permits(at(0))).toBe(false);
});

test("after 30 s one message tries the provider, and the others wait for what comes of it", () => {
  const breaker = new CircuitBreaker();
  fail(breaker, 5);
  expect(breaker.permits(at(29))).toBe(false);
  const turns = Array.from({ length: 20 }, () => breaker.permits(at(30)));
  expect(turns.filter(Boolean)).toHaveLength(1);
  breaker.note(true, at(31));
  expect(breaker.permits(at(60))).toBe(false);
  expect(breaker.permits(at(61))).toBe(true);
  breaker.note(false, at(62));
  expect(Array.from({ length: 20 }, () => breaker.permits(at(62))).every(Boolean)).toBe(true);
});
