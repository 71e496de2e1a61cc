import { expect, test } from "vitest";
import { digestOf, openWorld } from "./testing/open-world.ts";
import { refundThrottle, throttle } from "./throttle.ts";

const sends = { name: "otp-sends", subject: digestOf("192.0.2.7"), limit: 10, windowSeconds: 3600 };

test("of 500 calls at once as many pass as the limit says", async () => {
  await using world = await openWorld();
  const answers = await Promise.all(
    Array.from({ length: 500 }, () => throttle(world.counters, sends)),
  );
  const allowed = answers.filter(({ allowed }) => allowed);
  expect(allowed.map(({ remaining }) => remaining)).toEqual([9, 8, 7, 6, 5, 4, 3, 2, 1, 0]);
  expect(answers.at(-1)).toEqual({ allowed: false, retryAfterSeconds: 3600, remaining: 0 });
});

test("no window holds more than the limit, wherever it begins", async () => {
  await using world = await openWorld();
  for (let time = 0; time < 10; time += 1) {
    expect(await throttle(world.counters, sends)).toMatchObject({ allowed: true });
    await world.passTime(300);
  }
  expect(await throttle(world.counters, sends)).toMatchObject({ allowed: false });
  await world.passTime(600);
  expect(await throttle(world.counters, sends)).toMatchObject({ allowed: true, remaining: 0 });
  const refusal = await throttle(world.counters, sends);
  expect(refusal).toMatchObject({ allowed: false });
  expect(refusal.retryAfterSeconds).toBeGreaterThan(295);
  expect(refusal.retryAfterSeconds).toBeLessThanOrEqual(300);
});

test("a call may cost more than one, and what does not fit costs nothing", async () => {
  await using world = await openWorld();
  expect(await throttle(world.counters, { ...sends, cost: 7 })).toMatchObject({ remaining: 3 });
  expect(await throttle(world.counters, { ...sends, cost: 4 })).toMatchObject({
    allowed: false,
    remaining: 3,
  });
  expect(await throttle(world.counters, { ...sends, cost: 3 })).toMatchObject({ allowed: true });
});

test("names and subjects are counted apart, and a refund makes room", async () => {
  await using world = await openWorld();
  await throttle(world.counters, { ...sends, cost: 10 });
  for (const other of [{ name: "sign-ups" }, { subject: digestOf("192.0.2.8") }]) {
    expect(await throttle(world.counters, { ...sends, ...other })).toMatchObject({ remaining: 9 });
  }
  await refundThrottle(world.counters, sends);
  expect(await throttle(world.counters, sends)).toMatchObject({ allowed: true, remaining: 0 });
});

test.for([
  { name: "an address in clear", fault: { subject: "192.0.2.7" } },
  { name: "an IPv6 address in clear", fault: { subject: "2001:db8::1" } },
  { name: "a limit without bound", fault: { limit: 1_000_000 } },
  { name: "a cost that can never fit", fault: { cost: 11 } },
  { name: "no cost", fault: { cost: 0 } },
])("$name is refused", async ({ fault }) => {
  await using world = await openWorld();
  await expect(throttle(world.counters, { ...sends, ...fault })).rejects.toThrow();
});
