import { sql } from "drizzle-orm";
import { expect, test } from "vitest";
import { startWorker } from "./deliveries/worker.ts";
import { startSmtpSink } from "./testing/smtp-sink.ts";
import { countByStatus, openWorld, queueMany, type World } from "./testing/world.ts";

test("after mails sent, refused, deferred and poisoned, nothing kept holds a code or an address", async () => {
  await using sink = await startSmtpSink({
    answerRecipient: (to) => {
      if (to.startsWith("refused")) return `550 5.1.1 <${to}> of ${to} is unknown here`;
      return to.startsWith("deferred") ? `451 4.7.1 ${to} comes later` : "250 ok";
    },
  });
  await using world = await openWorld(sink.url);
  const queued = [
    ...(await queueMany(world, 5)),
    ...(await queueMany(world, 5, { to: "refused@example.com", name: "sign_in_code" })),
    ...(await queueMany(world, 5, { to: "deferred@example.com", priority: 3 })),
    ...(await queueMany(world, 5, { to: "poisoned@example.com" })),
  ];
  const poisoned = queued.slice(15).map(({ id }) => id);
  await world.db.execute(sql`
    update ${world.tables.emailDeliveryLog}
    set sealed_payload = left(sealed_payload, -1) ||
      case right(sealed_payload, 1) when 'A' then 'Q' else 'A' end
    where id = any(${sql.raw(`array['${poisoned.join("','")}']::uuid[]`)})`);

  const worker = startWorker(world);
  await expect
    .poll(() => countByStatus(world), { timeout: 10_000 })
    .toEqual({ sent: 5, failed: 10, retry: 5 });
  const kept = await keepEverything(world);
  await worker.stop();

  expect(sink.mails).toHaveLength(5);
  expect(world.logLines.length).toBeGreaterThanOrEqual(20);
  for (const { code, to } of queued) {
    for (const place of [kept.rows, kept.logs, kept.metrics]) {
      expect(place).not.toMatch(standsAlone(code));
      expect(place).not.toContain(to);
    }
  }
});

/** Six digits are also part of many a time and id: only where they stand alone they are the code. */
const standsAlone = (code: string) =>
  new RegExp(`(?:(?<![\\w.-])|(?<=\\\\[nrt]))${code}(?![\\w.-])`);

async function keepEverything({ db, registry, logLines }: World) {
  const tables = await db.execute<{ name: string }>(sql`
    select table_name as name from information_schema.tables
    where table_schema = 'postern' and table_type = 'BASE TABLE'`);
  let rows = "";
  for (const { name } of tables) {
    const found = await db.execute(
      sql`select row_to_json(it)::text as row from postern.${sql.identifier(name)} as it`,
    );
    rows += JSON.stringify(found);
  }
  return { rows, logs: logLines.join(""), metrics: await registry.metrics() };
}
