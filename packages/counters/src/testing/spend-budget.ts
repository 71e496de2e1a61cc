import { setTimeout as sleep } from "node:timers/promises";
import { CountersAwayError, reserveBudget, settleBudget } from "../index.ts";
import { openWorld } from "./open-world.ts";

// One of several processes that spend one budget; see reserve-budget.test.ts. Nine of ten requests
// are for one country, as in an attack; the others are spread over twenty.
const [, , url = "", keyPrefix = "", name = "", requests = "0", costMicros = "0"] = process.argv;
const AT_ONCE = 16;
const budget = { currency: "USD", day: "2026-11-21", ceilingMicros: 200_000_000 };

type Count = { asked: number; served: number; costMicros: number };
const attacked: Count = { asked: 0, served: 0, costMicros: 0 };
const others: Count = { asked: 0, served: 0, costMicros: 0 };

await using world = await openWorld(url, keyPrefix);

async function ask(turn: number): Promise<void> {
  const isAttack = turn % 10 !== 0;
  const group = isAttack ? "XA" : `C${(turn / 10) % 20}`;
  const count = isAttack ? attacked : others;
  const id = `${name}-${turn}`;
  const price = { name: group, micros: 10_000 };
  count.asked += 1;
  const reserved = await untilDecided(() =>
    reserveBudget(world.counters, budget, {
      id,
      group,
      groupCeilingMicros: budget.ceilingMicros / 2,
      price,
      units: 1,
    }),
  );
  if (!reserved.isReserved) return;
  count.served += 1;
  // Every second one is settled at its price, the others stay held, as where nobody tells a price.
  const cost = turn % 2 === 0 ? Number(costMicros) : 10_000;
  count.costMicros += cost;
  if (turn % 2 === 0) {
    const settled = { id, group, units: 1, priceName: group, costMicros: cost };
    await untilDecided(() => settleBudget(world.counters, budget, settled));
  }
}

/** As a row waits in retry: on a busy machine Redis may be late. */
async function untilDecided<T>(decide: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await decide();
    } catch (error) {
      if (!(error instanceof CountersAwayError)) throw error;
      await sleep(50);
    }
  }
}

let next = 0;
async function keepAsking(): Promise<void> {
  for (let turn = next++; turn < Number(requests); turn = next++) await ask(turn);
}

await Promise.all(Array.from({ length: AT_ONCE }, keepAsking));
process.stdout.write(JSON.stringify({ attacked, others }));
