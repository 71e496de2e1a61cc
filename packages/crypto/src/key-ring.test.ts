import { hash } from "node:crypto";
import { inspect } from "node:util";
import fc from "fast-check";
import { expect, test } from "vitest";
import { createDigestKeys } from "./digest-keys.ts";
import { createKeyRing } from "./key-ring.ts";
import { checkKey, keyFingerprint, WeakKeyError } from "./root-key.ts";

const keyOf = (name: string) => hash("sha256", name);
const one = { id: 1, hex: keyOf("one") };
const two = { id: 2, hex: keyOf("two") };

// FIPS 197, appendix C.3: as public as a key can be.
const fipsKey = Buffer.from(Array.from({ length: 32 }, (_, byte) => byte)).toString("hex");

test.for([
  { name: "a random key", hex: keyOf("any"), check: "ok" },
  { name: "a random key in capitals", hex: keyOf("any").toUpperCase(), check: "ok" },
  { name: "nothing", hex: "", check: "malformed" },
  { name: "63 digits", hex: keyOf("any").slice(1), check: "malformed" },
  { name: "65 digits", hex: `${keyOf("any")}0`, check: "malformed" },
  { name: "a key with a line break", hex: `${keyOf("any")}\n`, check: "malformed" },
  { name: "a digit that is none", hex: `g${keyOf("any").slice(1)}`, check: "malformed" },
  { name: "one byte repeated", hex: "ab".repeat(32), check: "weak" },
  { name: "15 distinct bytes", hex: fipsKey.slice(0, 30) + "00".repeat(17), check: "weak" },
  { name: "16 distinct bytes", hex: fipsKey.slice(0, 32) + "00".repeat(16), check: "ok" },
  { name: "a key from a standard", hex: fipsKey, check: "published" },
  { name: "a key from a standard in capitals", hex: fipsKey.toUpperCase(), check: "published" },
])("$name is judged $check", ({ hex, check }) => {
  expect(checkKey(hex)).toBe(check);
});

test("no text makes the check throw", () => {
  fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => checkKey(text) === "malformed"));
});

test.for([
  { fault: "malformed", keys: { active: { id: 1, hex: "c0ffee" } } },
  { fault: "weak", keys: { active: { id: 1, hex: "00".repeat(32) } } },
  { fault: "published", keys: { active: { id: 1, hex: fipsKey } } },
  { fault: "weak", keys: { active: one, previous: [{ id: 2, hex: "00".repeat(32) }] } },
  { fault: "bad_id", keys: { active: { ...one, id: 0 } } },
  { fault: "bad_id", keys: { active: { ...one, id: 1.5 } } },
  { fault: "bad_id", keys: { active: { ...one, id: 2 ** 32 } } },
  { fault: "duplicate_id", keys: { active: one, previous: [{ ...two, id: 1 }] } },
  { fault: "duplicate_key", keys: { active: one, previous: [{ ...one, id: 2 }] } },
  {
    fault: "duplicate_key",
    keys: { active: one, previous: [{ id: 2, hex: one.hex.toUpperCase() }] },
  },
])("a ring is refused as $fault, without a word of the key", ({ fault, keys }) => {
  const refusal = refusalOf(() => createKeyRing(keys));
  expect(refusal).toMatchObject({ name: "WeakKeyError", fault });
  expect(inspect(refusal)).not.toContain(keys.active.hex);
});

test("digest keys are judged like the keys of a ring", () => {
  for (const hex of ["12", "00".repeat(32), fipsKey]) {
    expect(refusalOf(() => createDigestKeys(hex))).toBeInstanceOf(WeakKeyError);
  }
});

test("a ring tells its ids, and neither it nor digest keys can be made to print a key", () => {
  const ring = createKeyRing({ active: two, previous: [one] });
  const keys = createDigestKeys(one.hex);
  expect({ ...ring }).toEqual({ kind: "key_ring", activeId: 2, ids: [2, 1] });
  expect(Object.isFrozen(ring) && Object.isFrozen(ring.ids) && Object.isFrozen(keys)).toBe(true);

  const printed = [ring, keys].map((secret) =>
    [JSON.stringify(secret), inspect(secret, { showHidden: true, depth: 9 })].join("\n"),
  );
  for (const { hex } of [one, two]) {
    const bytes = Buffer.from(hex, "hex");
    expect(printed.join("\n")).not.toContain(hex.slice(0, 8));
    expect(printed.join("\n")).not.toContain(bytes.toString("base64").slice(0, 8));
    expect(printed.join("\n")).not.toContain(inspect(bytes).slice(8, 24));
  }
});

test("a fingerprint names the key and not its spelling, and gives none of it away", () => {
  const root = keyOf("known answers");
  expect(keyFingerprint(root)).toBe("eea131a239dde12e");
  expect(keyFingerprint(root.toUpperCase())).toBe("eea131a239dde12e");
  expect(keyFingerprint(keyOf("other"))).not.toBe(keyFingerprint(root));
  expect(root).not.toContain(keyFingerprint(root));
  expect(() => keyFingerprint("12")).toThrow(WeakKeyError);
});

function refusalOf(work: () => unknown): unknown {
  try {
    return work();
  } catch (refusal) {
    return refusal;
  }
}
