import { hash } from "node:crypto";
import { expect, test } from "vitest";
import {
  digestBackupCode,
  generateBackupCodes,
  normaliseBackupCode,
  spendBackupCode,
} from "./backup-code.ts";
import { createDigestKeys } from "./digest-keys.ts";

const keys = createDigestKeys(hash("sha256", "known answers"));
const otherKeys = createDigestKeys(hash("sha256", "other"));
const accountId = "0198a3c2-0000-7000-8000-000000000001";
const code = "9f3a-07c2-e815-4bd6";
const digestOf = (text: string) => digestBackupCode(keys, { accountId, code: text }) ?? "";

test("ten codes of 64 random bits, in groups of four, and none comes twice", () => {
  const codes = Array.from({ length: 200 }, generateBackupCodes);
  expect(codes.every((ten) => ten.length === 10)).toBe(true);
  expect(new Set(codes.flat()).size).toBe(2_000);
  expect(codes.flat().every((text) => /^[0-9a-f]{4}(-[0-9a-f]{4}){3}$/.test(text))).toBe(true);
});

test.for([
  { typed: code },
  { typed: "9F3A 07C2 E815 4BD6" },
  { typed: "9f3a07c2e8154bd6" },
  { typed: " 9f3a–O7c2—e8l5‑4bd6\n" },
  { typed: "９ｆ３ａ-07c2-e8I5-4bd6" },
])("$typed is the code that was shown", ({ typed }) => {
  expect(normaliseBackupCode(typed)).toBe("9f3a07c2e8154bd6");
  expect(spendBackupCode(keys, { accountId, code: typed, digests: [digestOf(code)] })).toEqual({
    digest: digestOf(code),
    left: [],
  });
});

test.for(["", "9f3a-07c2-e815-4bd", "9f3a-07c2-e815-4bd6a", "9f3a_07c2_e815_4bd6", "g".repeat(16)])(
  "%j can be no code",
  (typed) => {
    expect(normaliseBackupCode(typed)).toBeNull();
    expect(digestBackupCode(keys, { accountId, code: typed })).toBeNull();
    expect(spendBackupCode(keys, { accountId, code: typed, digests: [typed] })).toBeNull();
  },
);

test("a digest belongs to its code, its account and its key, and shows none of the code", () => {
  const digests = [
    digestOf(code),
    digestOf("9f3a-07c2-e815-4bd7"),
    digestBackupCode(keys, { accountId: "another", code }),
    digestBackupCode(otherKeys, { accountId, code }),
  ];
  expect(new Set(digests).size).toBe(4);
  expect(digestOf(code)).toMatch(/^[\w-]{43}$/);
  expect(() => digestBackupCode(keys, { accountId: "", code })).toThrow(TypeError);
});

test("a code spent is gone, and the nine others stay good, each once", () => {
  const codes = generateBackupCodes();
  let digests = codes.map(digestOf);
  for (const [spent, typed] of codes.entries()) {
    const found = spendBackupCode(keys, { accountId, code: typed, digests });
    expect(found?.left).toHaveLength(9 - spent);
    expect(found?.digest).toBe(digestOf(typed));
    digests = found?.left ?? [];
    expect(spendBackupCode(keys, { accountId, code: typed, digests })).toBeNull();
  }
  expect(digests).toEqual([]);
});
