import { testRedisUrl } from "@postern/devkit";
import { openMessage } from "@postern/messages";
import { desc } from "drizzle-orm";
import { Redis } from "ioredis";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { call, readCode } from "../testing/client.ts";
import { openWorld, type World } from "../testing/world.ts";
import {
  ada,
  enableSent,
  firstStep,
  givePhone,
  openAccount,
  PHONE,
  stopClock,
  verify,
} from "../two-factor/testing/factors.ts";

beforeEach(stopClock);
afterEach(() => vi.useRealTimers());

/** As if the resend of that turn were the next, and due. */
async function ageChallenge(world: World, challengeId: string, turn: 1 | 2) {
  const redis = new Redis(testRedisUrl());
  const [key = ""] = await redis.keys(`${world.keyPrefix}*${challengeId.split(".")[1]}`);
  await redis.hset(key, "resends", turn - 1);
  await redis.hincrby(key, "sent_at", -60_000 * turn);
  redis.disconnect();
}

/** Whether the message of the newest text says that the code can be had by mail. */
async function newestOffers(world: World): Promise<boolean> {
  const { smsDeliveryLog } = world.tables;
  const [row] = await world.db.select().from(smsDeliveryLog).orderBy(desc(smsDeliveryLog.id));
  return openMessage(world, row as Parameters<typeof openMessage>[1]).offersOtherChannel;
}

async function openWorldWithText(): Promise<World & { token: string; backupCodes: string[] }> {
  const world = await openWorld();
  const { accessToken: token, user } = await openAccount(world);
  await givePhone(world, user.id);
  const { backupCodes } = await enableSent(world, token, "sms");
  return { ...world, token, backupCodes };
}

async function enableMail(world: World & { backupCodes: string[] }): Promise<void> {
  const { pendingToken } = await firstStep(world);
  const code = world.backupCodes[0];
  const passed = await verify(world, { pendingToken, method: "backup_code", code });
  await enableSent(world, passed.body.accessToken, "email");
}

async function resend(world: World, sent: { challengeId: string; token?: string }, turn: 1 | 2) {
  await ageChallenge(world, sent.challengeId, turn);
  const token = sent.token === undefined ? {} : { token: sent.token };
  const line = `POST /otp/${sent.challengeId}/resend`;
  expect((await call(world, line, { body: {}, ...token })).status).toBe(202);
  return newestOffers(world);
}

async function challenge(world: World) {
  const { pendingToken: token } = await firstStep(world);
  const body = { pendingToken: token, method: "sms" };
  const { challengeId } = (await call(world, "POST /2fa/challenge", { body })).body;
  return { challengeId, token };
}

test("the last resend of a second step says that its code can be had by mail (R-24)", async () => {
  await using world = await openWorldWithText();
  await enableMail(world);
  const sent = await challenge(world);
  expect(await newestOffers(world)).toBe(false);
  expect(await resend(world, sent, 1)).toBe(false);
  expect(await resend(world, sent, 2)).toBe(true);
});

test("a factor that is off is not offered (R-24)", async () => {
  await using world = await openWorldWithText();
  expect(await resend(world, await challenge(world), 2)).toBe(false);
});

test("the way of the first step is not offered for the second (A-11)", async () => {
  await using world = await openWorldWithText();
  await enableMail(world);
  const byMail = { purpose: "sign_in", channel: "email", email: ada.email };
  const first = await call(world, "POST /otp/send", { body: byMail });
  const { challengeId } = first.body;
  const body = { challengeId, code: await readCode(world, challengeId) };
  const { pendingToken } = (await call(world, "POST /otp/verify", { body })).body;
  const asked = await call(world, "POST /2fa/challenge", { body: { pendingToken, method: "sms" } });
  const sent = { challengeId: asked.body.challengeId, token: pendingToken };
  expect(await resend(world, sent, 2)).toBe(false);
});

test("a code that anybody may ask for never tells of the other channel (R-11)", async () => {
  await using world = await openWorldWithText();
  await enableMail(world);
  const body = { purpose: "sign_in", channel: "sms", phone: PHONE };
  const { challengeId } = (await call(world, "POST /otp/send", { body })).body;
  expect(await resend(world, { challengeId }, 2)).toBe(false);
});
