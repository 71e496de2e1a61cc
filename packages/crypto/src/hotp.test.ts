import { expect, test } from "vitest";
import { hotp } from "./hotp.ts";

// RFC 4226, appendix D.
const rfc4226 = [
  "755224",
  "287082",
  "359152",
  "969429",
  "338314",
  "254676",
  "287922",
  "162583",
  "399871",
  "520489",
].map((code, counter) => ({ code, counter }));

// RFC 6238, appendix B, with the seeds of its reference implementation: 20, 32 and 64 bytes.
const rfc6238 = [
  { seconds: 59, sha1: "94287082", sha256: "46119246", sha512: "90693936" },
  { seconds: 1_111_111_109, sha1: "07081804", sha256: "68084774", sha512: "25091201" },
  { seconds: 1_111_111_111, sha1: "14050471", sha256: "67062674", sha512: "99943326" },
  { seconds: 1_234_567_890, sha1: "89005924", sha256: "91819424", sha512: "93441116" },
  { seconds: 2_000_000_000, sha1: "69279037", sha256: "90698825", sha512: "38618901" },
  { seconds: 20_000_000_000, sha1: "65353130", sha256: "77737706", sha512: "47863826" },
];

const seedOf = (bytes: number) => Buffer.from("1234567890".repeat(7).slice(0, bytes));

test.for(rfc4226)("counter $counter has the code of RFC 4226, $code", ({ code, counter }) => {
  expect(hotp(seedOf(20), counter, { algorithm: "sha1", digits: 6 })).toBe(code);
});

test.for(rfc6238)("$seconds s have the codes of RFC 6238", ({ seconds, sha1, sha256, sha512 }) => {
  const step = Math.floor(seconds / 30);
  expect(hotp(seedOf(20), step, { algorithm: "sha1", digits: 8 })).toBe(sha1);
  expect(hotp(seedOf(32), step, { algorithm: "sha256", digits: 8 })).toBe(sha256);
  expect(hotp(seedOf(64), step, { algorithm: "sha512", digits: 8 })).toBe(sha512);
});
