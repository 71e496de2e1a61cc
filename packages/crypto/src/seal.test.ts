import { createDecipheriv, createHmac, hash } from "node:crypto";
import { SEALED_PREFIX, type Sealed } from "@postern/schema/sealed";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { SealedPlace } from "./column-key.ts";
import { createKeyRing, type KeyRing } from "./key-ring.ts";
import { open, SealedValueError, seal, sealedKeyId } from "./seal.ts";

const keyOf = (name: string) => hash("sha256", name);
const root = keyOf("known answers");
const ring = createKeyRing({ active: { id: 7, hex: root } });
const phone: SealedPlace = { table: "users", column: "phone", rowId: "42" };

test("a value made by another implementation opens", () => {
  // Python's `cryptography`, HKDF by its hmac; nonce 00 to 0b.
  const known =
    "pe1.AQEAAAAHAAECAwQFBgcICQoLBic35T3X4aSOLP_IKc7DfJEiJV1glqtl2xjTBSllqVKM" as Sealed;
  expect(open(ring, known, phone)).toBe("+254712345678 ✓");
});

test("bare node:crypto opens what was sealed, from the format alone", () => {
  const sealed = seal(ring, "+254712345678", phone);
  const bytes = Buffer.from(sealed.slice(4), "base64url");
  expect(bytes.subarray(0, 6).toString("hex")).toBe("010100000007");

  const extracted = createHmac("sha256", Buffer.alloc(32)).update(root, "hex").digest();
  const key = createHmac("sha256", extracted).update("postern/field/v1/users.phone\x01").digest();
  const decipher = createDecipheriv("aes-256-gcm", key, bytes.subarray(6, 18));
  const place = "\0\0\0\x05users\0\0\0\x05phone\0\0\0\x0242";
  decipher.setAAD(Buffer.concat([bytes.subarray(0, 6), Buffer.from(place)]));
  decipher.setAuthTag(bytes.subarray(-16));
  const plaintext =
    decipher.update(bytes.subarray(18, -16), undefined, "utf8") + decipher.final("utf8");
  expect(plaintext).toBe("+254712345678");
});

test("the first 12 characters are the same for all values of a key", () => {
  const heads = ["", "a", "long ".repeat(100)].map((text) => seal(ring, text, phone).slice(0, 12));
  expect(new Set(heads)).toEqual(new Set(["pe1.AQEAAAAH"]));
});

test("every text opens to itself, at every place", () => {
  const text = fc.string({ unit: "binary" });
  const part = fc.string({ unit: "grapheme", minLength: 1 }).filter((name) => !name.includes("\0"));
  const place = fc.record({ table: part, column: part, rowId: part });
  fc.assert(
    fc.property(text, place, (plaintext, where) => {
      const sealed = seal(ring, plaintext, where);
      return sealed.startsWith(SEALED_PREFIX) && open(ring, sealed, where) === plaintext;
    }),
  );
});

test("a million characters are refused, 65,536 bytes open again", () => {
  const largest = "é".repeat(32_768);
  expect(open(ring, seal(ring, largest, phone), phone)).toBe(largest);
  expect(() => seal(ring, `${largest}.`, phone)).toThrow(RangeError);
});

test("the same text is never sealed the same way twice", () => {
  const sealed = Array.from({ length: 1_000 }, () => seal(ring, "same", phone));
  expect(new Set(sealed).size).toBe(1_000);
});

test("a previous key still opens, and only the active one seals", () => {
  const old = createKeyRing({ active: { id: 1, hex: keyOf("old") } });
  const turned = createKeyRing({
    active: { id: 2, hex: keyOf("new") },
    previous: [{ id: 1, hex: keyOf("old") }],
  });
  expect(open(turned, seal(old, "text", phone), phone)).toBe("text");
  expect(refusal(old, seal(turned, "text", phone), phone)).toBe(REFUSED);
});

test("the same id on another key opens nothing", () => {
  const other = createKeyRing({ active: { id: 7, hex: keyOf("other") } });
  expect(refusal(other, seal(ring, "text", phone), phone)).toBe(REFUSED);
});

test("a value moved to any other row, column or table does not open", () => {
  // Few letters, so that parts often run together to the same text.
  const part = fc.string({
    unit: fc.constantFrom("a", ".", "\u0001", "é"),
    minLength: 1,
    maxLength: 3,
  });
  const place = fc.record({ table: part, column: part, rowId: part });
  fc.assert(
    fc.property(place, place, (here, there) => {
      fc.pre(JSON.stringify(here) !== JSON.stringify(there));
      return refusal(ring, seal(ring, "text", here), there) === REFUSED;
    }),
    { numRuns: 500 },
  );
});

test.for([
  { name: "an empty row id", place: { ...phone, rowId: "" } },
  { name: "an empty table", place: { ...phone, table: "" } },
  { name: "a row id that is missing", place: { ...phone, rowId: undefined as unknown as string } },
  { name: "a NUL in a table", place: { ...phone, table: "users\0" } },
  { name: "a NUL in a column", place: { ...phone, column: "\0phone" } },
  { name: "a NUL in a row id", place: { ...phone, rowId: "4\u00002" } },
  { name: "a number for a row id", place: { ...phone, rowId: 42 as unknown as string } },
  { name: "a lone surrogate for a row id", place: { ...phone, rowId: "\ud800" } },
])("$name is no place to seal for or to open at", ({ place }) => {
  expect(() => seal(ring, "text", place)).toThrow(TypeError);
  expect(refusal(ring, seal(ring, "text", phone), place)).toBe(REFUSED);
});

test("a text that UTF-8 cannot carry is not sealed", () => {
  expect(() => seal(ring, "\udfff", phone)).toThrow(TypeError);
});

test("an object that looks like a ring holds no key", () => {
  const forged: KeyRing = { kind: "key_ring", activeId: 7, ids: [7] };
  expect(() => seal(forged, "text", phone)).toThrow("Not a key ring");
});

test("the header names the key, without opening anything", () => {
  const active = seal(ring, "text", phone);
  expect(sealedKeyId(active)).toBe(ring.activeId);
  for (const none of ["", "text", "pe1.", active.slice(0, 20), `${active}=`]) {
    expect(sealedKeyId(none)).toBeNull();
  }
});

const REFUSED = "SealedValueError: The sealed value cannot be opened.";

function refusal(keys: KeyRing, sealed: Sealed, place: SealedPlace): string {
  try {
    return `opened: ${open(keys, sealed, place)}`;
  } catch (error) {
    expect(error).toBeInstanceOf(SealedValueError);
    return String(error);
  }
}
