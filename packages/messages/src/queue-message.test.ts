import { randomBytes } from "node:crypto";
import { createDigestKeys, createKeyRing, newSeed } from "@postern/crypto";
import { cloneDatabase } from "@postern/devkit";
import { emailDeliveryLog, smsDeliveryLog } from "@postern/schema";
import { drizzle } from "drizzle-orm/postgres-js";
import postgres from "postgres";
import { expect, test } from "vitest";
import { DELIVERY_CHANNEL } from "./delivery-channel.ts";
import { openMessage } from "./open-message.ts";
import { queueMessage } from "./queue-message.ts";

const newKey = () => randomBytes(32).toString("hex");
const deps = {
  tables: { emailDeliveryLog, smsDeliveryLog },
  keyRing: createKeyRing({ active: { id: 1, hex: newKey() } }),
  digestKeys: createDigestKeys(newKey()),
};
const message = {
  name: "sign_in_code",
  userId: null,
  to: "ada@example.com",
  seed: newSeed(),
  lifeSeconds: 300,
} as const;

async function openWorld() {
  const database = await cloneDatabase();
  const client = postgres(database.url, { max: 2, onnotice: () => undefined });
  const notifications: string[] = [];
  await client.listen(DELIVERY_CHANNEL, (payload) => notifications.push(payload));
  return {
    db: drizzle({ client }),
    notifications,
    [Symbol.asyncDispose]: async () => {
      await client.end();
      await database[Symbol.asyncDispose]();
    },
  };
}

test("a queued message is a pending row that ends its life after the database's now", async () => {
  await using world = await openWorld();
  const queued = await queueMessage(world.db, deps, message);
  const [row] = await world.db.select().from(emailDeliveryLog);
  expect(row).toMatchObject({
    id: queued.id,
    status: "pending",
    template: "sign_in_code",
    priority: 1,
    attempts: 0,
    userId: null,
    challengeId: null,
    toEmailHint: "a***@example.com",
  });
  expect(row!.expiresAt.getTime() - row!.createdAt.getTime()).toBe(300_000);
  expect(openMessage(deps, row!)).toMatchObject({ to: "ada@example.com" });
});

test("the worker is notified when the transaction commits, once, and not when it rolls back", async () => {
  await using world = await openWorld();
  const rolledBack = world.db.transaction(async (tx) => {
    await queueMessage(tx, deps, message);
    throw new Error("changed my mind");
  });
  await expect(rolledBack).rejects.toThrow("changed my mind");
  await world.db.transaction(async (tx) => {
    await queueMessage(tx, deps, message);
    await queueMessage(tx, deps, message);
    expect(world.notifications).toEqual([]);
  });
  await expect.poll(() => world.notifications).toEqual([""]);
  expect(await world.db.$count(emailDeliveryLog)).toBe(2);
});

test("a challenge has one first message, and resends that point at it", async () => {
  await using world = await openWorld();
  const coded = { ...message, challengeId: "c1" };
  const first = await queueMessage(world.db, deps, coded);
  await expect(queueMessage(world.db, deps, coded)).rejects.toThrow();
  await queueMessage(world.db, deps, { ...coded, resendOf: first.id });
  expect(await world.db.$count(emailDeliveryLog)).toBe(2);
});

test("a text message is a row of the other log, with the country of its number", async () => {
  await using world = await openWorld();
  const { id } = await queueMessage(world.db, deps, {
    ...message,
    name: "sign_in_code_sms",
    to: "+254722000111",
  });
  expect(await world.db.$count(emailDeliveryLog)).toBe(0);
  const [row] = await world.db.select().from(smsDeliveryLog);
  expect(row).toMatchObject({
    id,
    status: "pending",
    template: "sign_in_code_sms",
    toPhoneHint: "+254*****111",
    country: "KE",
  });
  expect(openMessage(deps, row!)).toMatchObject({ to: "+254722000111" });
});
