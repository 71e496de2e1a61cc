import { expect, test } from "vitest";
import { decodeBase32 } from "./base32.ts";
import { generateTotpSecret, totpUri, verifyTotp } from "./totp.ts";

// The seed of RFC 6238, appendix B, whose codes end in these six of their eight digits.
const secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
const at = (seconds: number) => new Date(seconds * 1_000);
const attempt = { secret, now: at(1_111_111_111), lastUsedStep: null } as const;
const present = 37_037_037;
const codes = { before: "081804", now: "050471" };

test.for([
  { seconds: 59, code: "287082" },
  { seconds: 1_111_111_109, code: "081804" },
  { seconds: 1_111_111_111, code: "050471" },
  { seconds: 1_234_567_890, code: "005924" },
  { seconds: 2_000_000_000, code: "279037" },
  { seconds: 20_000_000_000, code: "353130" },
])("$code of RFC 6238 is good at $seconds s, and names its step", ({ seconds, code }) => {
  const step = Math.floor(seconds / 30);
  expect(verifyTotp({ ...attempt, code, now: at(seconds) })).toBe(step);
});

test("a code is good one step before and after its own, and no further", () => {
  const opened = [-61, -60, -31, -30, 0, 29, 59, 60].map((seconds) =>
    verifyTotp({ ...attempt, code: codes.now, now: at(present * 30 + seconds) }),
  );
  expect(opened).toEqual([null, null, null, present, present, present, present, null]);
});

test("the last step that was accepted, and all before it, are refused", () => {
  const verify = (code: string, lastUsedStep: number | null) =>
    verifyTotp({ ...attempt, code, lastUsedStep });
  expect(verify(codes.now, null)).toBe(present);
  expect(verify(codes.now, present - 1)).toBe(present);
  expect(verify(codes.now, present)).toBeNull();
  expect(verify(codes.now, present + 1)).toBeNull();
  expect(verify(codes.before, null)).toBe(present - 1);
  expect(verify(codes.before, present - 1)).toBeNull();
  expect(verify(codes.before, present)).toBeNull();
});

test("blanks that a person typed do not count, and everything else is refused", () => {
  expect(verifyTotp({ ...attempt, code: " 050 471 " })).toBe(present);
  for (const code of ["", "50471", "0504711", "050472", "05047a", "050471\n", "٠٥٠٤٧١", "+50471"]) {
    expect(verifyTotp({ ...attempt, code })).toBeNull();
  }
});

test("a secret of an older system is read in small letters, in groups, and with padding", () => {
  const grouped = "gezd gnbv gy3t qojq gezd gnbv gy3t qojq";
  expect(verifyTotp({ ...attempt, secret: grouped, code: codes.now })).toBe(present);
  expect(verifyTotp({ ...attempt, secret: `${secret}======`, code: codes.now })).toBe(present);
});

test.for([
  { name: "no secret", change: { secret: "" } },
  { name: "a secret of 9 bytes", change: { secret: "GEZDGNBVGY3TQOI" } },
  { name: "a secret of another alphabet", change: { secret: "0189".repeat(8) } },
  { name: "no date", change: { now: new Date(Number.NaN) } },
  { name: "a date before all steps", change: { now: at(0) } },
  { name: "a last step that is none", change: { lastUsedStep: Number.NaN } },
])("$name throws at once", ({ change }) => {
  expect(() => verifyTotp({ ...attempt, code: codes.now, ...change })).toThrow(TypeError);
});

test("a secret has 160 random bits, and none comes twice", () => {
  const secrets = Array.from({ length: 1_000 }, generateTotpSecret);
  expect(new Set(secrets).size).toBe(1_000);
  expect(secrets.every((text) => /^[A-Z2-7]{32}$/.test(text))).toBe(true);
  expect(decodeBase32(generateTotpSecret())).toHaveLength(20);
});

test("the address in the QR code is the Key URI format, and reads back whole", () => {
  const uri = totpUri({ secret, issuer: "Postern & Söhne", account: "ada+1@example.com" });
  expect(uri).toBe(
    `otpauth://totp/Postern%20%26%20S%C3%B6hne:ada%2B1%40example.com?secret=${secret}&issuer=Postern%20%26%20S%C3%B6hne&algorithm=SHA1&digits=6&period=30`,
  );
  const read = new URL(uri);
  expect(read.searchParams.get("issuer")).toBe("Postern & Söhne");
  for (const wrong of ["", "a:b", "\ud800"]) {
    expect(() => totpUri({ secret, issuer: wrong, account: "ada" })).toThrow(TypeError);
    expect(() => totpUri({ secret, issuer: "Postern", account: wrong })).toThrow(TypeError);
  }
  expect(() => totpUri({ secret: "1", issuer: "Postern", account: "ada" })).toThrow(TypeError);
});
