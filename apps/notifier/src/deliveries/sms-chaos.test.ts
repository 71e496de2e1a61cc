import { randomInt } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { sql } from "drizzle-orm";
import { expect, test } from "vitest";
import { ANSWER_LOST } from "../channels/channel.ts";
import {
  openSmsChaosPlace,
  queueChallenges,
  type SmsChaosPlace,
  type Victim,
} from "../testing/sms-chaos-place.ts";
import { readTexts } from "../testing/sms-world.ts";
import type { World } from "../testing/world.ts";
import { LEASE_EXPIRED } from "./maybe-sent.ts";

const MESSAGES = 1_000;
const TEXTS_BETWEEN_KILLS = [60, 140] as const;
const AWAY_MILLISECONDS = [0, 1_500] as const;
const WAIT_MILLISECONDS_MAX = 2_000;
const ENDED = new Set(["sent", "delivered", "failed", "expired"]);
const MARKS = new Set<string | null>([ANSWER_LOST, LEASE_EXPIRED]);

/** As if the time had passed: no worker lives that could hold them. */
const endLeases = ({ db, tables }: World) =>
  db.execute(sql`update ${tables.smsDeliveryLog} set lease_expires_at = now()
    where status = 'sending'`);

/** As if the time had passed: of leases that nobody can hold any more, and of pauses. */
async function age({ db, tables }: World): Promise<void> {
  const log = tables.smsDeliveryLog;
  await db.execute(sql`update ${log} set lease_expires_at = now()
    where status = 'sending' and lease_expires_at < now() + interval '25 seconds'`);
  await db.execute(sql`update ${log} set next_attempt_at = now() where status = 'retry'`);
}

/** Both providers in turn, then the notifier together with one of them; and so once more. */
function chooseVictims({ twilio, africasTalking, notifier }: SmsChaosPlace): Victim[][] {
  const providers = () => [[twilio], [africasTalking]].sort(() => randomInt(2) - 0.5);
  const both = () => [
    [notifier, twilio],
    [notifier, africasTalking],
  ];
  const [first = [], second = []] = both().sort(() => randomInt(2) - 0.5);
  return [...providers(), first, ...providers(), second];
}

/** In the middle of their work, and away for a while: others go on, or find nobody. */
async function killAndStart(place: SmsChaosPlace, victims: readonly Victim[]): Promise<void> {
  const enough = place.taken().length + randomInt(...TEXTS_BETWEEN_KILLS);
  // While both providers are left alone nothing is taken for 30 s: that is not waited for.
  const end = performance.now() + WAIT_MILLISECONDS_MAX;
  while (place.taken().length < enough && performance.now() < end) await sleep(2);
  for (const victim of victims) await victim.kill();
  if (victims.includes(place.notifier)) await endLeases(place.world);
  for (const victim of victims) {
    if (victim !== place.notifier) await sleep(randomInt(...AWAY_MILLISECONDS));
    await victim.start();
  }
  await age(place.world);
}

/** How many of two that use the code of a challenge at once find it unused. */
async function useTwice({ db, tables }: World, challengeId: string): Promise<number> {
  const use = () =>
    db.execute(sql`update ${tables.smsDeliveryLog} set consumed_at = now()
      where challenge_id = ${challengeId} and resend_of is null and consumed_at is null
      returning id`);
  const used = await Promise.all([use(), use()]);
  return used.flat().length;
}

test("1,000 codes while the notifier and both providers are killed at random: each goes out, with one code, and what went out twice is marked", async () => {
  await using place = await openSmsChaosPlace();
  const { world } = place;
  const numbers = Array.from({ length: MESSAGES }, (_, index) => `+254712${345_000 + index}`);
  const challenges = await queueChallenges(world, numbers);
  for (const victims of chooseVictims(place)) await killAndStart(place, victims);
  const unended = async () => {
    await age(world);
    return (await readTexts(world)).filter(({ status }) => !ENDED.has(status)).length;
  };
  await expect.poll(unended, { timeout: 80_000, interval: 500 }).toBe(0);

  const rows = Map.groupBy(await readTexts(world), ({ challengeId }) => challengeId);
  const texts = Map.groupBy(place.taken(), ({ to }) => to);
  const acknowledged = new Set([...rows.values()].flat().map((row) => row.providerMessageId));
  const found = challenges.map(({ id, to, code }) => {
    const copies = texts.get(to) ?? [];
    return {
      rows: rows.get(id)?.map((row) => [row.status, row.provider, row.errorCode, row.attempts]),
      copies: copies.length,
      isSameCode: copies.every(({ text }) => text.includes(code)),
      isMarked: (rows.get(id) ?? []).some(({ errorCode }) => MARKS.has(errorCode)),
      untold: copies.filter((copy) => !acknowledged.has(copy.id)).length,
    };
  });
  expect(found.filter(({ copies }) => copies === 0)).toEqual([]);
  expect(found.filter(({ isSameCode }) => !isSameCode)).toEqual([]);
  expect(found.filter(({ copies, isMarked }) => copies > 1 && !isMarked)).toEqual([]);
  expect(found.filter(({ untold, isMarked }) => untold > 0 && !isMarked)).toEqual([]);
  const uses = await Promise.all(challenges.map(({ id }) => useTwice(world, id)));
  expect(uses.filter((count) => count !== 1)).toEqual([]);
}, 150_000);
