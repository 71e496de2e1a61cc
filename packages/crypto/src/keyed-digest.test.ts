import { hash } from "node:crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { blindIndex, unprovedIndex } from "./blind-index.ts";
import { createDigestKeys, type DigestKeys } from "./digest-keys.ts";
import { equalConstantTime } from "./equal-constant-time.ts";
import { type DigestPurpose, keyedDigest } from "./keyed-digest.ts";
import { codeVerifier } from "./one-time-code.ts";

// The known answers were computed by Python's hmac.
const keys = createDigestKeys(hash("sha256", "known answers"));
const otherKeys = createDigestKeys(hash("sha256", "other"));

const purposes: DigestPurpose[] = [
  "lane",
  "one-time-code",
  "code-verifier",
  "challenge-tag",
  "device",
  "csrf",
  "backup-code",
  "reset-link",
  "throttle",
];

test("digests are what another implementation computes", () => {
  expect(keyedDigest(keys, "lane", "ada@example.com")).toBe(
    "-8YKZOFNmJaNDXUbLXChv5tYyk6ZAohww753J6Pg0Cg",
  );
  expect(codeVerifier(keys, { challengeId: "challenge-1", code: "012345" })).toBe(
    "7E2ROO0lGXn-wCBFs23JdIozkj7PwUEQtRI_aAuTpe0",
  );
  expect(blindIndex(keys, "users.phone_number", "+254712345678")).toBe("DWZGK9w2zpwJRRyU8ejlOA");
});

test("an unproved index is of its row and value alone, and never the value's own", () => {
  const column = "users.phone_number";
  const value = "+254712345678";
  const of = (rowId: string, number = value) =>
    unprovedIndex(keys, column, { rowId, value: number });
  expect(of("1")).toBe(of("1"));
  expect(of("1")).toMatch(/^[\w-]{22}$/);
  const others = [of("2"), of("1", "+254712345679"), of("1+2", "54712345678"), of("")];
  expect(new Set([of("1"), ...others, blindIndex(keys, column, value)]).size).toBe(6);
});

test("each purpose and each root key has digests of its own", () => {
  const digests = purposes.flatMap((purpose) => [
    keyedDigest(keys, purpose, "same"),
    keyedDigest(otherKeys, purpose, "same"),
  ]);
  expect(new Set(digests).size).toBe(purposes.length * 2);
  expect(digests.every((digest) => /^[\w-]{43}$/.test(digest))).toBe(true);
});

test("no two lists of parts have the same digest, and bytes count like the text they spell", () => {
  const part = fc.string({ unit: fc.constantFrom("a", "\0", "\x01"), maxLength: 3 });
  const parts = fc.array(part, { maxLength: 3 });
  fc.assert(
    fc.property(parts, parts, (these, those) => {
      const isSame = JSON.stringify(these) === JSON.stringify(those);
      const digest = keyedDigest(keys, "throttle", ...these);
      expect(keyedDigest(keys, "throttle", ...those) === digest).toBe(isSame);
      expect(keyedDigest(keys, "throttle", ...these.map((text) => Buffer.from(text)))).toBe(digest);
    }),
  );
});

test("each column and each root key has blind indexes of its own", () => {
  const indexes = [
    blindIndex(keys, "users.phone_number", "same"),
    blindIndex(keys, "users.email", "same"),
    blindIndex(keys, "sms_delivery_log.to_phone", "same"),
    blindIndex(otherKeys, "users.phone_number", "same"),
  ];
  expect(new Set(indexes).size).toBe(indexes.length);
  expect(indexes.every((index) => /^[\w-]{22}$/.test(index))).toBe(true);
});

test("equal values have equal indexes, different ones different", () => {
  const text = fc.string({ unit: "grapheme" });
  fc.assert(
    fc.property(text, text, (a, b) => {
      const isSame = blindIndex(keys, "t.c", a) === blindIndex(keys, "t.c", b);
      return isSame === (Buffer.compare(Buffer.from(a), Buffer.from(b)) === 0);
    }),
  );
});

test("an object that looks like digest keys holds none", () => {
  const forged: DigestKeys = { kind: "digest_keys" };
  expect(() => keyedDigest(forged, "lane", "a")).toThrow("Not digest keys");
});

test("constant-time comparison agrees with ===, whatever the lengths and the characters", () => {
  const text = fc.string({
    unit: fc.constantFrom("a", "b", "\0", "\ud800", "\ud801"),
    maxLength: 3,
  });
  fc.assert(
    fc.property(text, text, (a, b) => equalConstantTime(a, b) === (a === b)),
    { numRuns: 1_000 },
  );
  expect(equalConstantTime("", "")).toBe(true);
});
