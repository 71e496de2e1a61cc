import { readChallenge } from "@postern/counters";
import { deriveCode } from "@postern/crypto";
import { testRedisUrl } from "@postern/devkit";
import { sql } from "drizzle-orm";
import { Redis } from "ioredis";
import { expect, test } from "vitest";
import { schemaOf } from "../tables.ts";
import { call, readCode } from "../testing/client.ts";
import { openWorld, type World } from "../testing/world.ts";
import { type ChallengePayload, DIGITS, readChallengePayload } from "./challenge.ts";
import { email, sendFor, signUpVerified } from "./testing/accounts.ts";

const newEmail = "ada@new.example.com";
const phone = "+254712345678";

/** Every row of every table as text, but for the address that an account is found by. */
async function readTables({ owner, tables: bound }: World): Promise<string[]> {
  const tables = await owner.execute<{ schema: string; name: string }>(
    sql`select schemaname as schema, tablename as name from pg_tables
      where schemaname in (${schemaOf(bound)}, 'postern_internal')`,
  );
  const rows = await Promise.all(
    tables.map(({ schema, name }) =>
      owner.execute<{ row: string }>(
        `select (to_jsonb(t) - '${name === "users" ? "email" : ""}')::text as row from ${schema}.${name} t`,
      ),
    ),
  );
  return rows.flatMap((of) => of.map(({ row }) => row));
}

/** Every key of this world, and what is kept under it. */
async function readRedis({ keyPrefix }: World): Promise<string[]> {
  const redis = new Redis(testRedisUrl());
  try {
    const keys = await redis.keys(`${keyPrefix}*`);
    return await Promise.all(
      keys.map(async (key) => {
        const type = await redis.type(key);
        const value =
          type === "hash"
            ? JSON.stringify(await redis.hgetall(key))
            : type === "list"
              ? (await redis.lrange(key, 0, -1)).join(" ")
              : type === "zset"
                ? (await redis.zrange(key, "0", "-1")).join(" ")
                : await redis.get(key);
        return `${key} ${value}`;
      }),
    );
  } finally {
    redis.disconnect();
  }
}

/** What must be nowhere, by the challenge that it belongs to. */
async function secretsOf(world: World, challengeId: string): Promise<string[]> {
  const challenge = await readChallenge(world.counters, challengeId);
  const sealed = challenge?.payload ?? "";
  const payload = (await readChallengePayload(world, challengeId, sealed)) as ChallengePayload;
  const { seed, purpose, recipient } = payload;
  const digits = DIGITS[purpose];
  return [seed, recipient, deriveCode(world.digestKeys, { seed, purpose, recipient, digits })];
}

const holds = (text: string, secret: string) =>
  /^\d{6,8}$/.test(secret)
    ? new RegExp(`(?:(?<![\\w.-])|(?<=\\\\[nrt]))${secret}(?![\\w.-])`).test(text)
    : text.toLowerCase().includes(secret.toLowerCase());

test("no code, seed, address or number stands in any table or in Redis, open, used or guessed (R-27)", async () => {
  await using world = await openWorld();
  const { accessToken: token } = await signUpVerified(world);
  const change = async (url: string, body: object) =>
    (await call(world, `POST ${url}`, { body, token })).body.challengeId as string;
  const challenges = [
    await sendFor(world, { body: { purpose: "verify_email", channel: "email" }, token }),
    await sendFor(world, { body: { purpose: "verify_phone", channel: "sms", phone }, token }),
    await sendFor(world, { body: { purpose: "sign_in", channel: "email", email } }),
    await sendFor(world, { body: { purpose: "sign_in", channel: "sms", phone: "+254712345000" } }),
    await change("/email/change", { email: newEmail }),
  ];
  const secrets = (await Promise.all(challenges.map((id) => secretsOf(world, id)))).flat();
  const look = async () => [...(await readTables(world)), ...(await readRedis(world))];
  const open = await look();
  for (const [index, challengeId] of challenges.slice(0, 3).entries()) {
    const code = await readCode(world, challengeId);
    const as = index < 2 ? { token } : {};
    const wrong = { challengeId, code: code.replace(/./g, "0") };
    await call(world, "POST /otp/verify", { body: wrong, ...as });
    const used = await call(world, "POST /otp/verify", { body: { challengeId, code }, ...as });
    expect(used.status).toBe(200);
  }
  const used = await look();
  expect(open.length + used.length).toBeGreaterThan(60);
  expect(secrets).toHaveLength(15);
  for (const text of [...open, ...used]) {
    expect(secrets.filter((secret) => holds(text, secret))).toEqual([]);
  }
});
