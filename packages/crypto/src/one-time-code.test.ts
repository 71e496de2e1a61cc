import { hash } from "node:crypto";
import { expect, test } from "vitest";
import { createDigestKeys } from "./digest-keys.ts";
import { codeVerifier, deriveCode, newSeed } from "./one-time-code.ts";

const keys = createDigestKeys(hash("sha256", "known answers"));
const source = {
  seed: "AAAAAAAAAAAAAAAAAAAAAA",
  purpose: "sign_in",
  recipient: "ada@example.com",
  digits: 8,
} as const;

test("codes are what another implementation computes, leading zeros and all", () => {
  expect(deriveCode(keys, source)).toBe("37172449");
  expect(deriveCode(keys, { ...source, digits: 6 })).toBe("172449");
  expect(deriveCode(keys, { ...source, seed: "AAAAAAAAAAAAAAAAAAAAAQ" })).toBe("31801797");
  const seed = "UvEWIOOX-Ge32fGeSMrrZG";
  expect(deriveCode(keys, { ...source, seed })).toBe("00098474");
  expect(deriveCode(keys, { ...source, seed, digits: 6 })).toBe("098474");
});

test("another seed, purpose, recipient or key gives another code", () => {
  const codes = [
    deriveCode(keys, source),
    deriveCode(keys, { ...source, seed: newSeed() }),
    deriveCode(keys, { ...source, purpose: "reset_password" }),
    deriveCode(keys, { ...source, recipient: "bob@example.com" }),
    deriveCode(keys, { ...source, purpose: "sign_ina", recipient: "da@example.com" }),
    deriveCode(createDigestKeys(hash("sha256", "other")), source),
  ];
  expect(new Set(codes).size).toBe(codes.length);
});

test.for(["", "short", "AAAAAAAAAAAAAAAAAAAAA+", `${source.seed}A`, `${source.seed}\n`])(
  "the seed %j is refused",
  (seed) => {
    expect(() => deriveCode(keys, { ...source, seed })).toThrow(TypeError);
  },
);

test("a seed has 128 random bits, and none comes twice", () => {
  const seeds = Array.from({ length: 1_000 }, newSeed);
  expect(new Set(seeds).size).toBe(1_000);
  expect(seeds.every((seed) => /^[\w-]{22}$/.test(seed))).toBe(true);
  expect(Buffer.from(newSeed(), "base64url").length).toBe(16);
});

test("a verifier belongs to its challenge and its code alone", () => {
  const verifiers = [
    codeVerifier(keys, { challengeId: "one", code: "012345" }),
    codeVerifier(keys, { challengeId: "two", code: "012345" }),
    codeVerifier(keys, { challengeId: "one", code: "12345" }),
    codeVerifier(keys, { challengeId: "one0", code: "12345" }),
  ];
  expect(new Set(verifiers).size).toBe(verifiers.length);
});

test.for([6, 8] as const)("codes of %i digits are uniform over their range", (digits) => {
  // Fixed seeds: the same 100,000 codes in every run, so this passes always or never.
  const codes = Array.from({ length: 100_000 }, (_, n) => {
    const seed = hash("sha256", `${digits}/${n}`, "base64url").slice(0, 22);
    return deriveCode(keys, { ...source, seed, digits });
  });
  expect(codes.every((code) => code.length === digits && /^\d+$/.test(code))).toBe(true);

  // 1,000 cells have 999 degrees of freedom: 99.9 % of fair samples lie between 864 and 1,143.
  for (const part of [(code: string) => code.slice(0, 3), (code: string) => code.slice(-3)]) {
    expect(chiSquare(codes.map(part), 1_000)).toBeGreaterThan(864);
    expect(chiSquare(codes.map(part), 1_000)).toBeLessThan(1_143);
  }
  // 9 degrees of freedom at each place: 27.9 is the 99.9 % bound.
  for (let place = 0; place < digits; place += 1) {
    expect(
      chiSquare(
        codes.map((code) => code.charAt(place)),
        10,
      ),
    ).toBeLessThan(27.9);
  }
  // A tenth of all codes starts with 0; three standard deviations are 285.
  const zeros = codes.filter((code) => code.startsWith("0")).length;
  expect(Math.abs(zeros - 10_000)).toBeLessThan(285);
});

function chiSquare(values: string[], cells: number): number {
  const expected = values.length / cells;
  const counts = new Map<string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  const missing = (cells - counts.size) * expected;
  return [...counts.values()].reduce(
    (sum, count) => sum + (count - expected) ** 2 / expected,
    missing,
  );
}
