import { sql } from "drizzle-orm";
import { expect, test } from "vitest";
import {
  type Guard,
  openSmsWorld,
  queueSms,
  readTexts,
  type SmsWorld,
  sendTexts,
} from "../testing/sms-world.ts";
import { noteVerified } from "./note-verified.ts";
import { readPumpingLimits } from "./pumping-limits.ts";

const AT = "*:africas_talking";
const open = (guard: Guard) => openSmsWorld(AT, async () => "", guard);

/** The documented thresholds. */
const USUAL = { limits: "" };

/** Of one range; never two in a row. */
const inRange = (turn: number) => `+25471234${String(turn * 3).padStart(4, "0")}`;
/** Each of a range of its own. */
const scattered = (turn: number) => `+2547${String(12_000_000 + turn * 10_007)}`;

async function send(world: SmsWorld, numbers: readonly string[]): Promise<void> {
  for (const number of numbers) await queueSms(world, number);
  await sendTexts(world);
}

const numbersOf = (count: number, numberOf: (turn: number) => string) =>
  Array.from({ length: count }, (_, turn) => numberOf(turn));

/** Queues a code as the auth service does: its event in the same transaction. */
async function sendFrom(world: SmsWorld, to: string, ipAddress: string): Promise<void> {
  await world.db.transaction(async (tx) => {
    const id = await queueSms({ ...world, db: tx as unknown as SmsWorld["db"] }, to);
    await tx.execute(sql`insert into ${world.tables.securityEvents}
      (event_type, ip_address, metadata) values ('otp_sent', ${ipAddress},
      ${JSON.stringify({ delivery_id: id })}::text::jsonb)`);
  });
  await sendTexts(world);
}

const countByEnd = async (world: SmsWorld) => {
  const rows = await readTexts(world);
  const ends = rows.map(({ sentAt, status, errorCode }) =>
    sentAt ? "sent" : (errorCode ?? status),
  );
  return Object.fromEntries(
    Map.groupBy(ends, String)
      .entries()
      .map(([end, all]) => [end, all.length]),
  );
};

const detections = ({ db, tables }: SmsWorld) =>
  db.execute<{ severity: string; metadata: Record<string, unknown> }>(
    sql`select severity, metadata from ${tables.securityEvents}
      where event_type = 'sms_pumping_detected' order by id`,
  );

test("500 numbers of one range, and nobody verifies: ten texts go out, each other is an event without a number (A-29, R-26)", async () => {
  await using world = await open(USUAL);
  await send(world, numbersOf(500, inRange));
  expect(await countByEnd(world)).toEqual({ sent: 10, pumping: 490 });
  expect(world.providers.taken()).toHaveLength(10);
  const found = await detections(world);
  expect(found).toHaveLength(490);
  expect(found[0]).toEqual({
    severity: "critical",
    metadata: {
      by: "unverified",
      group: "prefix",
      count: 10,
      verified: 0,
      country: "KE",
      prefix: "+25471234",
    },
  });
  const kept = JSON.stringify(found) + world.logLines.join("");
  for (const number of numbersOf(500, inRange)) expect(kept).not.toContain(number);
});

test("numbers one after the other are stopped at the fifth", async () => {
  await using world = await open(USUAL);
  // Who sends them at once sends them in no order: what came before is what counts.
  for (const number of numbersOf(8, (turn) => `+25471234500${turn}`)) {
    await send(world, [number]);
  }
  expect((await countByEnd(world)).pumping).toBeGreaterThanOrEqual(1);
  expect((await detections(world))[0]?.metadata).toMatchObject({ by: "sequential" });
});

test("one address, or one IPv6 network, that has codes sent all over is stopped; another is not", async () => {
  await using world = await open(USUAL);
  for (let turn = 0; turn < 9; turn += 1) {
    await sendFrom(world, scattered(turn), `2001:db8:0:1::${turn}`);
  }
  expect(await countByEnd(world)).toEqual({ sent: 8, pumping: 1 });
  expect((await detections(world))[0]?.metadata).toMatchObject({ group: "address" });
  await sendFrom(world, scattered(20), "2001:db8:0:2::1");
  expect(await countByEnd(world)).toEqual({ sent: 9, pumping: 1 });
});

test("where people verify their codes, as the rows say, a range stays open", async () => {
  await using world = await open(USUAL);
  for (let turn = 0; turn < 30; turn += 1) {
    await send(world, [inRange(turn)]);
    if (turn % 3 > 0) continue;
    await world.db.execute(sql`update ${world.tables.smsDeliveryLog}
      set consumed_at = now() where id = (
        select id from ${world.tables.smsDeliveryLog} order by created_at desc limit 1)`);
    expect(await noteVerified(world)).toBe(1);
    expect(await noteVerified(world)).toBe(0);
  }
  expect(await countByEnd(world)).toEqual({ sent: 30 });
});

test("with SMS_PUMPING_ACTION=record every text goes out, and the events are written", async () => {
  await using world = await open({ ...USUAL, isDenied: false });
  await send(world, numbersOf(14, inRange));
  expect(await countByEnd(world)).toEqual({ sent: 14 });
  expect(await detections(world)).toHaveLength(4);
});

test("a country that is not allowed and a number that is no mobile get nothing, whoever queued it (R-26)", async () => {
  await using world = await open(USUAL);
  await send(world, ["+255712345678", "+442079460123"]);
  expect(await countByEnd(world)).toEqual({
    country_not_allowed: 1,
    number_type_not_allowed: 1,
  });
  expect(world.providers.taken()).toEqual([]);
  // Both are judged at the same time: which event comes first is left to chance.
  const found = (await detections(world)).map(({ metadata }) => metadata);
  expect(found).toHaveLength(2);
  expect(found).toContainEqual(
    expect.objectContaining({ by: "country_not_allowed", country: "TZ", prefix: "+25571234" }),
  );
  expect(found).toContainEqual(expect.objectContaining({ by: "number_type_not_allowed" }));
});

test("what an attack was denied costs nothing of the budget", async () => {
  await using world = await open({ ...USUAL, budget: "KES 30" });
  await send(world, numbersOf(60, inRange));
  await send(world, [scattered(1), scattered(2)]);
  expect(await countByEnd(world)).toEqual({ sent: 12, pumping: 50 });
});

test("a limit that does not exist, and one that is no number, are refused", () => {
  expect(readPumpingLimits("prefix_unverified=20, window_minutes=30")).toMatchObject({
    prefix_unverified: 20,
    window_minutes: 30,
    address_unverified: 8,
  });
  const bad = ["prefix=1", "prefix_unverified=0", "prefix_unverified=x", "window_minutes=1441"];
  expect(bad.map(readPumpingLimits)).toEqual([null, null, null, null]);
});
