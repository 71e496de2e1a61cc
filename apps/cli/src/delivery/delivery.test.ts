import { randomUUID } from "node:crypto";
import { createDigestKeys, createKeyRing, newSeed } from "@postern/crypto";
import { cloneDatabase } from "@postern/devkit";
import { type Message, queueMessage, suppressRecipient } from "@postern/messages";
import { bindDefaultTables } from "@postern/schema";
import { sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/postgres-js";
import postgres from "postgres";
import { expect, test } from "vitest";
import { newKey } from "../testing/open-world.ts";
import { runInProcess } from "../testing/run-in-process.ts";

const ADA = "ada@example.com";
const PHONE = "+254712345678";

async function openQueue() {
  const database = await cloneDatabase();
  const environment: Record<string, string> = {
    DATABASE_URL: database.url,
    SYSTEM_ENCRYPTION_KEY: newKey(),
    BLIND_INDEX_KEY: newKey(),
  };
  const client = postgres(database.url, { max: 1, onnotice: () => undefined });
  const store = {
    db: drizzle({ client }),
    tables: bindDefaultTables("postern"),
    keyRing: createKeyRing({ active: { id: 1, hex: environment.SYSTEM_ENCRYPTION_KEY! } }),
    digestKeys: createDigestKeys(environment.BLIND_INDEX_KEY!),
  };
  const queue = (message: Pick<Message, "to" | "challengeId" | "resendOf">, isSms = false) =>
    queueMessage(store.db, store, {
      name: isSms ? "sign_in_code_sms" : "sign_in_code",
      seed: newSeed(),
      lifeSeconds: 300,
      userId: null,
      ...message,
    });
  return {
    ...store,
    environment,
    queue,
    run: (...words: string[]) => runInProcess(words, environment),
    async [Symbol.asyncDispose]() {
      await client.end();
      await database[Symbol.asyncDispose]();
    },
  };
}

test("support finds what became of a message, in words and without the address", async () => {
  await using world = await openQueue();
  const challengeId = randomUUID();
  const first = await world.queue({ to: PHONE, challengeId }, true);
  const log = world.tables.smsDeliveryLog;
  await world.db.execute(sql`update ${log} set status = 'sending', lease_id = id,
    lease_expires_at = now(), attempts = 1`);
  await world.db.execute(sql`update ${log} set status = 'failed', lease_id = null,
    lease_expires_at = null, provider = 'twilio', error_code = '21408',
    failed_at = '2026-11-21T10:01:03Z'`);
  await world.queue({ to: PHONE, challengeId, resendOf: first.id }, true);
  await world.db.execute(sql`update ${log} set provider = 'africas_talking'
    where status = 'pending'`);
  await world.queue({ to: ADA });

  const { code, out } = await world.run("delivery", "find", "--to", "+254 712 345 678");
  expect(code).toBe(0);
  expect(out).toMatch(/sign_in_code_sms to \+254\*\*\*\*\*678/);
  expect(out).toContain(
    "Twilio refused at 10:01:03: the country is not enabled at Twilio (21408); " +
      "failed over to Africa's Talking; waits since",
  );
  expect(out).not.toContain("sign_in_code to");
  expect(out).not.toContain("712345");

  const json = await world.run("delivery", "find", "--to", PHONE, "--json");
  const { rows } = JSON.parse(json.out);
  expect(rows).toHaveLength(2);
  expect(json.out).not.toMatch(/pe1\.|sealed/);
});

test("a suppressed recipient is shown, and can be let in again once", async () => {
  await using world = await openQueue();
  await suppressRecipient(world, { channel: "email", to: ADA }, "hard_bounce");
  const found = await world.run("delivery", "find", "--to", ADA);
  expect(found.out).toMatch(
    /Nothing went to this recipient.\nGets nothing since .* \(hard_bounce\)/,
  );
  expect(await world.run("delivery", "lift", "--to", ADA)).toMatchObject({ code: 0, err: "" });
  expect(await world.run("delivery", "lift", "--to", ADA)).toMatchObject({
    code: 1,
    err: "postern: this recipient was not suppressed.",
  });
});

test("what is no recipient is refused, and the addresses for providers are printed", async () => {
  await using world = await openQueue();
  const { code, err } = await world.run("delivery", "find", "--to", "a@b.example, c@d.example");
  expect({ code, err }).toMatchObject({ code: 1, err: expect.stringContaining("--to is neither") });
  world.environment.NOTIFIER_PUBLIC_URL = "https://notify.example.com/";
  const { out } = await world.run("delivery", "callbacks");
  expect(out).toMatch(/https:\/\/notify\.example\.com\/callbacks\/postmark\/[\w-]{43}/);
});
