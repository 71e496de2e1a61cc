import { createLogger } from "@postern/process";
import { expect, test } from "vitest";
import { type Counted, createBoundedBatch, type Rest } from "./bounded-batch.ts";

/** A batch over lists, by a clock of the test's own. */
function openBatch() {
  const rows: Counted<{ from: string }>[] = [];
  const rests: Rest[] = [];
  const clock = { milliseconds: 0 };
  const batch = createBoundedBatch<{ from: string }>({
    insert: async (some) => rows.push(...some),
    insertRest: async (rest) => rests.push(rest),
    log: createLogger({ service: "auth", level: "fatal" }),
    now: () => clock.milliseconds,
  });
  const note = (network: string, reason = "unknown") =>
    batch.note({ lane: network, network, reason, refusal: { from: network } });
  /** A second passes, and what is due is written. */
  const tick = async () => {
    clock.milliseconds += 1_000;
    await batch.flush();
  };
  return { batch, rows, rests, note, tick };
}

test("a flood of one network is two rows a minute, the first within a second", async () => {
  const { rows, rests, note, tick } = openBatch();
  for (let second = 0; second < 60; second += 1) {
    for (let turn = 0; turn < 100; turn += 1) note("192.0.2.7");
    await tick();
    expect(rows).toHaveLength(second < 59 ? 1 : 2);
  }
  expect(rows.map(({ count }) => count)).toEqual([100, 5_900]);
  expect(rests).toEqual([]);
});

test("a flood of many networks is 60 rows and one a minute, minute after minute, and every refusal is counted", async () => {
  const { rows, rests, note, tick } = openBatch();
  for (let minute = 1; minute <= 3; minute += 1) {
    for (let second = 0; second < 60; second += 1) {
      for (let network = 0; network < 1_500; network += 1) note(`network ${network}`);
      await tick();
    }
    expect(rows).toHaveLength(60 * minute);
    expect(rests).toHaveLength(minute);
  }
  const counted = [...rows, ...rests].reduce((sum, { count }) => sum + count, 0);
  expect(counted).toBe(3 * 60 * 1_500);
  expect(rests[0]).toEqual({ count: 60 * 1_470, addresses: 1_470, reason: "unknown" });
});

test("no more than 10,000 networks are told apart, and reasons that differ are several", async () => {
  const { batch, rests, note } = openBatch();
  for (let network = 0; network < 50_000; network += 1)
    note(`network ${network}`, `${network % 2}`);
  await batch.flush(true);
  expect(rests).toEqual([{ count: 49_970, addresses: 10_000, reason: "several" }]);
});
