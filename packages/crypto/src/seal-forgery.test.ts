import { createCipheriv, hash, hkdfSync } from "node:crypto";
import type { Sealed } from "@postern/schema/sealed";
import fc from "fast-check";
import { expect, test } from "vitest";
import { createKeyRing } from "./key-ring.ts";
import { lengthPrefixed } from "./length-prefixed.ts";
import { open, SealedValueError, seal } from "./seal.ts";

const keyOf = (name: string) => hash("sha256", name);
// Ids one bit apart, so that a flipped bit in the header can name another key that is there.
const ring = createKeyRing({
  active: { id: 1, hex: keyOf("one") },
  previous: [3, 5, 9].map((id) => ({ id, hex: keyOf(`key ${id}`) })),
});
const phone = { table: "users", column: "phone", rowId: "42" };
const sealed = seal(ring, "+254712345678", phone);
const bytes = Buffer.from(sealed.slice(4), "base64url");

/** Every refusal must look the same from outside: class, message, and no cause to tell them apart. */
function expectRefused(forged: unknown, name: string) {
  try {
    open(ring, forged as Sealed, phone);
  } catch (error) {
    expect(error).toBeInstanceOf(SealedValueError);
    expect(Object.getOwnPropertyNames(error).sort()).toEqual(["message", "name", "stack"]);
    expect(String(error)).toBe("SealedValueError: The sealed value cannot be opened.");
    return;
  }
  expect.fail(`opened: ${name}`);
}

const encode = (envelope: Uint8Array) => `pe1.${Buffer.from(envelope).toString("base64url")}`;

test("the value itself opens, so the refusals below are for what was done to it", () => {
  expect(open(ring, encode(bytes) as Sealed, phone)).toBe("+254712345678");
});

test("every single flipped bit is refused", () => {
  for (let bit = 0; bit < bytes.length * 8; bit += 1) {
    const forged = Buffer.from(bytes);
    forged[bit >> 3]! ^= 1 << (bit & 7);
    expectRefused(encode(forged), `bit ${bit}`);
  }
});

test("every cut is refused, by characters and by bytes, at either end", () => {
  for (let length = 0; length < sealed.length; length += 1) {
    expectRefused(sealed.slice(0, length), `${length} characters`);
    expectRefused(sealed.slice(sealed.length - length), `the last ${length} characters`);
  }
  for (let length = 0; length < bytes.length; length += 1) {
    expectRefused(encode(bytes.subarray(0, length)), `${length} bytes`);
  }
});

/** Seals by bare node:crypto under the true key, with another header or a shorter tag. */
function forge({ header = bytes.subarray(0, 6), authTagLength = 16 }) {
  const nonce = Buffer.alloc(12, 1);
  const info = "postern/field/v1/users.phone";
  const key = Buffer.from(hkdfSync("sha256", Buffer.from(keyOf("one"), "hex"), "", info, 32));
  const cipher = createCipheriv("aes-256-gcm", key, nonce, { authTagLength });
  cipher.setAAD(Buffer.concat([header, lengthPrefixed(["users", "phone", "42"])]));
  const ciphertext = Buffer.concat([cipher.update("a text of 16 byt", "utf8"), cipher.final()]);
  return encode(Buffer.concat([header, nonce, ciphertext, cipher.getAuthTag()]));
}

test("a tag of 4 bytes is refused, although node:crypto would make one", () => {
  expect(open(ring, forge({}) as Sealed, phone)).toBe("a text of 16 byt");
  for (const authTagLength of [4, 8, 12, 13, 14, 15]) {
    expectRefused(forge({ authTagLength }), `tag of ${authTagLength}`);
  }
});

test("another version or algorithm is refused, even with a good tag", () => {
  for (const [version, algorithm] of [
    [0, 1],
    [2, 1],
    [1, 0],
    [1, 2],
  ] as const) {
    const header = Buffer.from([version, algorithm, 0, 0, 0, 1]);
    expectRefused(forge({ header }), `version ${version}, algorithm ${algorithm}`);
  }
});

test("base64url has one spelling: spare bits, padding, blanks and base64 are refused", () => {
  const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  let spellings = 0;
  for (const text of ["", "a", "ab", "abc", "abcd", "abcde"]) {
    const value = seal(ring, text, phone);
    const decoded = Buffer.from(value.slice(4), "base64url");
    const spelled = [...letters].map((letter) => value.slice(0, -1) + letter);
    spelled.push(`${value}=`, `${value}==`, `${value}\n`, ` ${value}`, `${value}A`);
    spelled.push(`pe1. ${value.slice(4)}`, `pe1.${decoded.toString("base64")}~`);
    for (const other of spelled.filter((spelling) => spelling !== value)) {
      if (Buffer.from(other.slice(4), "base64url").equals(decoded)) spellings += 1;
      expectRefused(other, other);
    }
  }
  // The loop above must have met texts that Node decodes to the very same bytes.
  expect(spellings).toBeGreaterThan(50);
});

test("the other base64 alphabet is refused", () => {
  const value = Array.from({ length: 100 }, () => seal(ring, "text", phone)).find((candidate) =>
    /[-_]/.test(candidate),
  );
  expectRefused(value?.replaceAll("-", "+").replaceAll("_", "/"), "base64");
});

test.for([
  { name: "nothing", forged: "" },
  { name: "plain text", forged: "+254712345678" },
  { name: "the prefix alone", forged: "pe1." },
  { name: "another version of the text", forged: `pe2.${sealed.slice(4)}` },
  { name: "no prefix", forged: sealed.slice(4) },
  { name: "the prefix twice", forged: `pe1.${sealed}` },
  { name: "a key id that is not there", forged: encode([...bytes.with(5, 2)] as never) },
  {
    name: "more than can have been sealed",
    forged: encode(Buffer.concat([bytes, Buffer.alloc(70_000)])),
  },
  { name: "null", forged: null },
  { name: "an object", forged: { length: 60 } },
])("$name is refused in the same words", ({ forged, name }) => {
  expectRefused(forged, name);
});

test("no text but a sealed one opens", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), fc.uint8Array({ maxLength: 80 }), (text, noise) => {
      expectRefused(text, text);
      expectRefused(`pe1.${text}`, text);
      expectRefused(encode(noise), "noise");
      expectRefused(encode(Buffer.concat([bytes.subarray(0, 6), noise])), "noise with our header");
    }),
  );
});

test("no two places encode to the same associated data", () => {
  const part = fc.string({ unit: fc.constantFrom("a", "\0", "\x01", "."), maxLength: 4 });
  const parts = fc.array(part, { maxLength: 4 });
  fc.assert(
    fc.property(parts, parts, (these, those) => {
      const isSame = JSON.stringify(these) === JSON.stringify(those);
      return lengthPrefixed(these).equals(lengthPrefixed(those)) === isSame;
    }),
    { numRuns: 2_000 },
  );
});
