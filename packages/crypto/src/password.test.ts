import { argon2Sync, hkdfSync, hash as sha } from "node:crypto";
import { hash, type Options } from "@node-rs/argon2";
import { expect, test } from "vitest";
import { createKeyRing } from "./key-ring.ts";
import { createPasswordHasher } from "./password.ts";

const bounds = { concurrency: 2, queueMax: 64 };
const hasher = createPasswordHasher(bounds);
const pepperOf = (id: number) => ({ id, hex: sha("sha256", `pepper ${id}`) });
const unreadable = { matches: false, needsRehash: false, isReadable: false };
const strong: Options = { algorithm: 2, memoryCost: 19_456, timeCost: 2, parallelism: 1 };

test("a hash is a PHC string of argon2id at OWASP's cost, and only its password verifies", async () => {
  const stored = await hasher.hash("right");
  expect(stored).toMatch(
    /^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/,
  );
  expect(await hasher.verify(stored, "right")).toEqual({
    matches: true,
    needsRehash: false,
    isReadable: true,
  });
  expect(await hasher.verify(stored, "wrong")).toEqual({
    matches: false,
    needsRehash: false,
    isReadable: true,
  });
  expect(await hasher.hash("right")).not.toBe(stored);
});

test("a hash that another implementation made verifies", async () => {
  // OpenSSL's Argon2id: salt `saltsaltsaltsalt`, 19,456 KiB, two passes, one lane.
  const stored =
    "$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHRzYWx0c2FsdA$T95q7S205tf9WI4HhYOZDIQmMMAbntacGXTIku0gXT8";
  expect(await hasher.verify(stored, "password")).toEqual({
    matches: true,
    needsRehash: false,
    isReadable: true,
  });
});

test("hash and pepper are those of node:crypto's argon2id, which gives RFC 9106's answer", async () => {
  const peppered = createPasswordHasher({
    ...bounds,
    pepper: createKeyRing({ active: pepperOf(1) }),
  });
  const root = Buffer.from(pepperOf(1).hex, "hex");
  const secret = Buffer.from(hkdfSync("sha256", root, "", "postern/password-pepper/v1", 32));
  for (const [stored, key] of [
    [await hasher.hash("right"), {}],
    [await peppered.hash("right"), { secret }],
  ] as const) {
    const [salt = "", tag = ""] = stored.split("$").slice(-2);
    const nonce = Buffer.from(salt, "base64");
    const cost = { parallelism: 1, tagLength: 32, memory: 19_456, passes: 2 };
    const known = argon2Sync("argon2id", { message: "right", nonce, ...cost, ...key });
    expect(tag).toBe(known.toString("base64").replaceAll("=", ""));
  }
});

test("NFC is applied and nothing else: case, blanks and any script count", async () => {
  const stored = await hasher.hash(" Pa\u0301ss 密码 😀 ");
  expect(await hasher.verify(stored, " P\u00e1ss 密码 😀 ")).toMatchObject({ matches: true });
  for (const other of ["P\u00e1ss 密码 😀", " p\u00e1ss 密码 😀 ", " P\u00e1ss 密码 😀 \0"]) {
    expect(await hasher.verify(stored, other)).toMatchObject({ matches: false });
  }
});

test("256 code points of four bytes are verified whole, more are refused before any work", async () => {
  const longest = "😀".repeat(255);
  const stored = await hasher.hash(`${longest}a`);
  expect(await hasher.verify(stored, `${longest}a`)).toMatchObject({ matches: true });
  expect(await hasher.verify(stored, `${longest}b`)).toMatchObject({ matches: false });
  expect(await hasher.hash("😀".repeat(256))).toMatch(/^\$argon2id/);
  await expect(hasher.hash(`${"😀".repeat(256)}a`)).rejects.toThrow(RangeError);
  await expect(hasher.verify(null, "a".repeat(1_000_000))).rejects.toThrow(RangeError);
  await expect(hasher.hash("\ud800")).rejects.toThrow(RangeError);
  await expect(hasher.verify(null, undefined as unknown as string)).rejects.toThrow(TypeError);
});

test.for<{ name: string; options: Options }>([
  { name: "less memory", options: { ...strong, memoryCost: 19_455 } },
  { name: "fewer passes", options: { ...strong, timeCost: 1 } },
  { name: "more memory but fewer passes", options: { ...strong, memoryCost: 47_104, timeCost: 1 } },
  { name: "argon2i", options: { ...strong, algorithm: 1 } },
  { name: "argon2d", options: { ...strong, algorithm: 0 } },
  { name: "the older version", options: { ...strong, version: 0 } },
  { name: "a short salt", options: { ...strong, salt: Buffer.alloc(8, 1) } },
  { name: "a short tag", options: { ...strong, outputLen: 16 } },
])("a hash with $name verifies once and asks to be replaced", async ({ options }) => {
  const stored = await hash("right", options);
  expect(await hasher.verify(stored, "right")).toEqual({
    matches: true,
    needsRehash: true,
    isReadable: true,
  });
  expect(await hasher.verify(stored, "wrong")).toEqual({
    matches: false,
    needsRehash: false,
    isReadable: true,
  });
});

test("a hash that costs more than today's stays as it is", async () => {
  const stored = await hash("right", {
    ...strong,
    memoryCost: 32_768,
    timeCost: 3,
    parallelism: 2,
  });
  expect(await hasher.verify(stored, "right")).toEqual({
    matches: true,
    needsRehash: false,
    isReadable: true,
  });
});

test.for([
  "",
  "plain text",
  "$argon2id$v=19$m=4294967295,t=2,p=1$c2FsdHNhbHRzYWx0c2FsdA$JEM0H0PzVK0ZxSmvPgoBd7NaF1oPPgBd",
  "$argon2id$v=19$m=19456,t=100000,p=1$c2FsdHNhbHRzYWx0c2FsdA$JEM0H0PzVK0ZxSmvPgoBd7NaF1oPPgBd",
  "$argon2id$v=19$m=19456,t=2,p=1,keyid=AAAAAQ$c2FsdHNhbHRzYWx0c2FsdA$JEM0H0PzVK0ZxSmvPgoBd7Na",
])("the stored text %j matches nothing, and says that it cannot be read", async (stored) => {
  expect(await hasher.verify(stored, "right")).toEqual(unreadable);
});

test("a pepper is noted by its id, is needed, and can be turned", async () => {
  const first = createPasswordHasher({ ...bounds, pepper: createKeyRing({ active: pepperOf(1) }) });
  const turned = createPasswordHasher({
    ...bounds,
    pepper: createKeyRing({ active: pepperOf(2), previous: [pepperOf(1)] }),
  });
  const stored = await first.hash("right");
  expect(stored).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1,keyid=AAAAAQ\$/);
  expect(await first.verify(stored, "right")).toEqual({
    matches: true,
    needsRehash: false,
    isReadable: true,
  });
  expect(await first.verify(stored, "wrong")).toEqual({
    matches: false,
    needsRehash: false,
    isReadable: true,
  });
  expect(await first.verify(null, "right")).toEqual({
    matches: false,
    needsRehash: false,
    isReadable: true,
  });
  expect(await turned.verify(stored, "right")).toEqual({
    matches: true,
    needsRehash: true,
    isReadable: true,
  });

  const stripped = stored.replace(",keyid=AAAAAQ", "");
  expect(await hasher.verify(stripped, "right")).toMatchObject({ matches: false });
  const moved = stored.replace("AAAAAQ", "AAAAAg");
  expect(await turned.verify(moved, "right")).toMatchObject({ matches: false });
  const lost = createPasswordHasher({ ...bounds, pepper: createKeyRing({ active: pepperOf(3) }) });
  expect(await lost.verify(stored, "right")).toEqual(unreadable);
  const bare = await hasher.hash("right");
  expect(await first.verify(bare, "right")).toEqual({
    matches: true,
    needsRehash: true,
    isReadable: true,
  });
});

test("no account, and a hash that cannot be read, cost what an account costs", async () => {
  const stored = await hasher.hash("right");
  const [known = 0, ...others] = await cheapestOf([stored, null, "plain text"]);
  for (const other of others) {
    expect(other / known).toBeGreaterThan(0.7);
    expect(other / known).toBeLessThan(1.4);
  }
});

/** Processor time, the least of fifteen in turn: what others take of the machine does not count. */
async function cheapestOf(hashes: readonly (string | null)[]): Promise<number[]> {
  const cheapest = hashes.map(() => Number.POSITIVE_INFINITY);
  for (let run = 0; run < 15; run += 1) {
    for (const [at, stored] of hashes.entries()) {
      const before = process.cpuUsage();
      await hasher.verify(stored, "wrong");
      const { user, system } = process.cpuUsage(before);
      cheapest[at] = Math.min(cheapest[at] ?? 0, user + system);
    }
  }
  return cheapest;
}
