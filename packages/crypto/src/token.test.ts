import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { digestToken, generateToken } from "./token.ts";

test.for(["prt", "pdv", "pak"] as const)("a %s token is its prefix and 256 bits", (prefix) => {
  const tokens = Array.from({ length: 1_000 }, () => generateToken(prefix));
  expect(new Set(tokens).size).toBe(1_000);
  for (const token of tokens) {
    expect(token).toMatch(/^(prt|pdv|pak)_[A-Za-z0-9_-]{43}$/);
    expect(token.startsWith(`${prefix}_`)).toBe(true);
    expect(Buffer.from(token.slice(4), "base64url").length).toBe(32);
  }
});

test("every bit of a token is random", () => {
  const tokens = Array.from({ length: 4_000 }, () =>
    Buffer.from(generateToken("prt").slice(4), "base64url"),
  );
  for (let bit = 0; bit < 256; bit += 1) {
    const ones = tokens.filter((bytes) => (bytes[bit >> 3]! >> (bit & 7)) & 1).length;
    // 2,000 expected, standard deviation 32: seven of them.
    expect(Math.abs(ones - 2_000)).toBeLessThan(224);
  }
});

test("a digest is the SHA-256 of the whole token", () => {
  expect(digestToken("prt_known")).toBe("c7HwWnXH6p0CVx-_furhsP40q2VrEMD07738dWk1xSI");
  const token = generateToken("pak");
  expect(digestToken(token)).toBe(createHash("sha256").update(token).digest("base64url"));
  expect(digestToken(`${token} `)).not.toBe(digestToken(token));
});
