import { sql } from "drizzle-orm";
import { expect, test } from "vitest";
import { claimDue } from "../testing/claim-due.ts";
import { openWorld, queueMany } from "../testing/world.ts";
import { recordAll } from "./record.ts";

const ROWS = 16;
/** Of the first pause of a code, one second, a fifth either way. */
const PAUSE_SECONDS = { least: 0.8, most: 1.2 };

test("rows that failed together come back apart, each a fifth earlier or later at most", async () => {
  await using world = await openWorld();
  await queueMany(world, ROWS);
  const claimed = await claimDue(world, "email");
  const outcome = { status: "retry", errorCode: "down", errorMessage: "down" } as const;
  await recordAll(
    world,
    "email",
    claimed.map((delivery) => ({ delivery, outcome })),
  );
  const rows = await world.db.execute<{ since_first: number; seconds: number }>(sql`
    select extract(epoch from next_attempt_at - min(next_attempt_at) over ())::float8 as since_first,
      extract(epoch from next_attempt_at - now())::float8 as seconds
    from ${world.tables.emailDeliveryLog} where status = 'retry'`);
  expect(rows).toHaveLength(ROWS);
  const spread = Math.max(...rows.map(({ since_first }) => since_first));
  expect(spread).toBeLessThanOrEqual(PAUSE_SECONDS.most - PAUSE_SECONDS.least);
  // Of sixteen chances in 0.4 s all within 50 ms: less than one in 10^13.
  expect(spread).toBeGreaterThan(0.05);
  expect(Math.max(...rows.map(({ seconds }) => seconds))).toBeLessThanOrEqual(PAUSE_SECONDS.most);
});
