import { hash } from "node:crypto";
import type { Sealed } from "@postern/schema/sealed";
import { expect, expectTypeOf, test } from "vitest";
import { blindIndex } from "./blind-index.ts";
import { createDigestKeys } from "./digest-keys.ts";
import { createKeyRing } from "./key-ring.ts";
import { keyRingStatus } from "./key-ring-status.ts";
import { keyedDigest } from "./keyed-digest.ts";
import { deriveCode, newSeed } from "./one-time-code.ts";
import { open, SealedValueError, seal } from "./seal.ts";
import { generateToken } from "./token.ts";

const ring = createKeyRing({ active: { id: 1, hex: hash("sha256", "one") } });
const keys = createDigestKeys(hash("sha256", "two"));
const phone = { table: "users", column: "encrypted_phone_number", rowId: "42" } as const;
const token = {
  table: "oauth_connections",
  column: "encrypted_access_token",
  rowId: "42",
} as const;

test("the type of a sealed value names the table and the column it was sealed for", () => {
  const sealed = seal(ring, "+254712345678", {
    table: "users",
    column: "encrypted_phone_number",
    rowId: "42",
  });
  expectTypeOf(sealed).toEqualTypeOf<Sealed<"users", "encrypted_phone_number">>();
  expectTypeOf(sealed).not.toExtend<Sealed<"users", "phone">>();
  expectTypeOf(sealed).not.toExtend<Sealed<"accounts", "encrypted_phone_number">>();
  expectTypeOf(sealed).toExtend<Sealed>();
  const table: string = "users";
  // A table that is known only as it runs is no column's: the value can be written nowhere.
  expectTypeOf(seal(ring, "text", { ...phone, table })).not.toExtend<typeof sealed>();
});

test("opening at another place neither compiles nor opens", () => {
  const sealed = seal(ring, "+254712345678", phone);
  expect(open(ring, sealed, phone)).toBe("+254712345678");
  // @ts-expect-error: another table and column.
  expect(() => open(ring, sealed, token)).toThrow(SealedValueError);
  // @ts-expect-error: another column.
  expect(() => open(ring, sealed, { ...phone, column: "phone" })).toThrow(SealedValueError);
  // @ts-expect-error: clear text.
  expect(() => open(ring, "+254712345678", phone)).toThrow(SealedValueError);
});

test("wrong kinds of keys neither compile nor work", () => {
  // @ts-expect-error: digest keys seal nothing.
  expect(() => seal(keys, "text", phone)).toThrow("Not a key ring");
  // @ts-expect-error: digest keys open nothing.
  expect(() => open(keys, seal(ring, "text", phone), phone)).toThrow("Not a key ring");
  // @ts-expect-error: a key ring makes no digests.
  expect(() => keyedDigest(ring, "lane", "text")).toThrow("Not digest keys");
  // @ts-expect-error: a key ring makes no index.
  expect(() => blindIndex(ring, "users.email", "text")).toThrow("Not digest keys");
  // A ring of another copy of this package, or one that was copied, holds no key.
  expect(() => seal({ ...ring }, "text", phone)).toThrow("Not a key ring");
  expect(() => keyRingStatus({ ...ring })).toThrow("Not a key ring");
});

test("what is no text, no purpose, no column and no prefix neither compiles nor works", () => {
  // @ts-expect-error: a number.
  expect(() => seal(ring, 42, phone)).toThrow(TypeError);
  // @ts-expect-error: no row id.
  expect(() => seal(ring, "text", { table: "users", column: "phone" })).toThrow(TypeError);
  // @ts-expect-error: an unknown purpose.
  expect(() => keyedDigest(keys, "lanes", "text")).toThrow(TypeError);
  // @ts-expect-error: no column.
  expect(() => blindIndex(keys, "users", "text")).toThrow(TypeError);
  // @ts-expect-error: nothing to look up.
  expect(() => blindIndex(keys, "users.email", null)).toThrow(TypeError);
  // @ts-expect-error: an unknown prefix.
  expect(() => generateToken("abc")).toThrow(TypeError);
  for (const column of ["users.", ".email", "a.b.c", "users.em\0ail"] as const) {
    expect(() => blindIndex(keys, column, "text")).toThrow(TypeError);
  }
});

test("a code without purpose, without recipient, or of another length is not derived", () => {
  const source = { seed: newSeed(), purpose: "sign_in", recipient: "ada@example.com", digits: 6 };
  const six = { ...source, digits: 6 } as const;
  expect(deriveCode(keys, six)).toMatch(/^\d{6}$/);
  expect(() => deriveCode(keys, { ...six, purpose: "" })).toThrow(TypeError);
  expect(() => deriveCode(keys, { ...six, recipient: "" })).toThrow(TypeError);
  // @ts-expect-error: 4 digits are too few.
  expect(() => deriveCode(keys, { ...source, digits: 4 })).toThrow(TypeError);
});
