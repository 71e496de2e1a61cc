import { randomBytes } from "node:crypto";
import { keyFingerprint } from "@postern/crypto";
import { cloneDatabase } from "@postern/devkit";
import type { ServiceKeys } from "@postern/environment";
import { makeEncryptionRecords } from "@postern/schema/encryption";
import { sql } from "drizzle-orm";
import { expect, test } from "vitest";
import { checkKeyInventory } from "./check-key-inventory.ts";
import { openDatabase } from "./open-database.ts";

const newKey = () => randomBytes(32).toString("hex");

const keysOf = (sealing: string, blindIndexHex: string): ServiceKeys => ({
  sealing: { active: { id: 1, hex: sealing }, previous: [] },
  blindIndexHex,
  pepper: null,
});

async function openWorld() {
  const stack = new AsyncDisposableStack();
  const { url } = stack.use(await cloneDatabase({ from: "empty" }));
  const db = stack.use(openDatabase({ url, poolSizeMax: 4, applicationName: "inventory-test" }));
  await makeEncryptionRecords(db.$client);
  const keys = keysOf(newKey(), newKey());
  const seen = async () =>
    (
      await db.execute<{ purpose: string; id: number; fingerprint: string }>(
        sql`select purpose, key_id::int as id, fingerprint from postern_internal.key_fingerprints order by 1, 2`,
      )
    ).map((row) => ({ ...row }));
  return { db, keys, seen, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

test("new keys are recorded by their fingerprints, and found again", async () => {
  await using world = await openWorld();
  const { db, keys, seen } = world;
  expect(await checkKeyInventory(db, keys)).toBe("checked");
  expect(await checkKeyInventory(db, keys)).toBe("checked");
  expect(await seen()).toEqual([
    { purpose: "blind_index", id: 1, fingerprint: keyFingerprint(keys.blindIndexHex) },
    { purpose: "sealing", id: 1, fingerprint: keyFingerprint(keys.sealing.active.hex) },
  ]);
});

test("every key that the database knows otherwise is named with its variable, and nothing is recorded", async () => {
  await using world = await openWorld();
  const { db, keys, seen } = world;
  await checkKeyInventory(db, keys);
  const before = await seen();
  const wrong = {
    ...keysOf(newKey(), newKey()),
    pepper: { active: { id: 1, hex: newKey() }, previous: [] },
  };
  const refusal = await checkKeyInventory(db, wrong).catch((error: unknown) => error);
  expect(refusal).toMatchObject({
    name: "BadEnvironmentError",
    faults: [
      expect.stringMatching(/^SYSTEM_ENCRYPTION_KEY is not the key 1 of this database/),
      expect.stringMatching(/^BLIND_INDEX_KEY is not this database's/),
    ],
  });
  expect(String(refusal)).not.toContain(wrong.sealing.active.hex);
  expect(await seen()).toEqual(before);
});

test("a new key under the next id is welcome; the old key under the next id, and a wrong previous one, are not", async () => {
  await using world = await openWorld();
  const { db, keys } = world;
  await checkKeyInventory(db, keys);
  const { active } = keys.sealing;
  const turned = (id: number, hex: string, previous: string) => ({
    ...keys,
    sealing: { active: { id, hex }, previous: [{ id: 1, hex: previous }] },
  });
  expect(await checkKeyInventory(db, turned(2, newKey(), active.hex))).toBe("checked");
  await expect(checkKeyInventory(db, turned(3, newKey(), newKey()))).rejects.toThrow(
    /SYSTEM_ENCRYPTION_KEYS_PREVIOUS is not the key 1/,
  );
  const sameKey = { ...keys, sealing: { active: { id: 7, hex: active.hex }, previous: [] } };
  await expect(checkKeyInventory(db, sameKey)).rejects.toThrow(
    /has the id 7, but this database knows the key as 1/,
  );
});

test("of twenty processes that start at once with keys of their own, one is right", async () => {
  await using world = await openWorld();
  const { db, seen } = world;
  const starts = await Promise.allSettled(
    Array.from({ length: 20 }, () => checkKeyInventory(db, keysOf(newKey(), newKey()))),
  );
  expect(starts.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
  expect(await seen()).toHaveLength(2);
});

test("a database without the records is no reason to stop", async () => {
  await using world = await openWorld();
  await world.db.execute(sql`drop table postern_internal.key_fingerprints`);
  expect(await checkKeyInventory(world.db, world.keys)).toBe("no_records");
});
