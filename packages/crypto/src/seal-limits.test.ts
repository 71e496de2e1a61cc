import { hash } from "node:crypto";
import { expect, test } from "vitest";
import { createKeyRing } from "./key-ring.ts";
import { keyRingStatus } from "./key-ring-status.ts";
import { keyFingerprint } from "./root-key.ts";
import { open, seal } from "./seal.ts";
import { type SealCount, SealLimitError } from "./seal-limits.ts";

const one = { id: 1, hex: hash("sha256", "one") };
const two = { id: 2, hex: hash("sha256", "two") };
const phone = { table: "users", column: "phone", rowId: "42" } as const;
const email = { table: "users", column: "email", rowId: "42" } as const;

/** Limits a thousand million times lower than the standard's, so that they can be met. */
function openRing() {
  const alarms: SealCount[] = [];
  const sealLimits = { alarmAt: 3, max: 5, onAlarm: (count: SealCount) => alarms.push(count) };
  return { alarms, ring: createKeyRing({ active: two, previous: [one], sealLimits }) };
}

test("the alarm is raised once for each column, as the count meets its bound", () => {
  const { alarms, ring } = openRing();
  seal(ring, "a", phone);
  seal(ring, "b", { ...phone, rowId: "43" });
  seal(ring, "c", email);
  expect(alarms).toEqual([]);
  seal(ring, "d", phone);
  seal(ring, "e", phone);
  expect(alarms).toEqual([{ keyId: 2, table: "users", column: "phone", count: 3 }]);
});

test("past the last value that one key may seal, seal refuses, and what is sealed still opens", () => {
  const { ring } = openRing();
  const sealed = Array.from({ length: 5 }, () => seal(ring, "text", phone));
  expect(() => seal(ring, "text", phone)).toThrow(SealLimitError);
  expect(() => seal(ring, "text", phone)).toThrow(SealLimitError);
  expect(sealed.map((value) => open(ring, value, phone))).toEqual(Array(5).fill("text"));
  expect(() => seal(ring, "text", email)).not.toThrow();
});

test("what is refused before it is sealed does not count", () => {
  const { ring } = openRing();
  for (const rowId of ["", "\0", "\ud800"]) {
    expect(() => seal(ring, "text", { ...phone, rowId })).toThrow(TypeError);
  }
  expect(() => seal(ring, "\ud800", phone)).toThrow(TypeError);
  expect(keyRingStatus(ring).sealed).toEqual([]);
});

test("the status of a ring tells ids, fingerprints and counts, and no key", () => {
  const { ring } = openRing();
  open(ring, seal(ring, "text", phone), phone);
  expect(keyRingStatus(ring)).toEqual({
    activeId: 2,
    keys: [
      { id: 2, fingerprint: keyFingerprint(two.hex), isActive: true },
      { id: 1, fingerprint: keyFingerprint(one.hex), isActive: false },
    ],
    sealed: [{ keyId: 2, table: "users", column: "phone", count: 1 }],
  });
  expect(JSON.stringify(keyRingStatus(ring))).not.toContain(two.hex.slice(0, 8));
});

test.for([
  { max: 2 ** 32 + 1 },
  { max: 0 },
  { max: 1.5 },
  { alarmAt: 0 },
  { alarmAt: 6, max: 5 },
  { alarmAt: Number.NaN },
])("the limits %j are refused", (sealLimits) => {
  expect(() => createKeyRing({ active: one, sealLimits })).toThrow(RangeError);
});

test("left alone, the limits are those of SP 800-38D, 8.3", () => {
  expect(() => createKeyRing({ active: one, sealLimits: { max: 2 ** 32 } })).not.toThrow();
  expect(() => createKeyRing({ active: one, sealLimits: { alarmAt: 2 ** 31 } })).not.toThrow();
  expect(() => createKeyRing({ active: one, sealLimits: { max: 1 } })).not.toThrow();
});
