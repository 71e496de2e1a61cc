import { hash } from "node:crypto";
import type { Sealed } from "@postern/schema/sealed";
import fc from "fast-check";
import { expect, test } from "vitest";
import { normaliseBackupCode } from "./backup-code.ts";
import { decodeBase32, encodeBase32 } from "./base32.ts";
import { maskEmail, normaliseEmail } from "./email-address.ts";
import { createKeyRing, type RootKey } from "./key-ring.ts";
import { readRecord } from "./password-record.ts";
import { maskPhone, normalisePhone } from "./phone-number.ts";
import { readAdoptedHash } from "./read-adopted-hash.ts";
import { checkKey, WeakKeyError } from "./root-key.ts";
import { open, SealedValueError, seal, sealedKeyId } from "./seal.ts";
import { verifyTotp } from "./totp.ts";

// biome-ignore lint/style/noProcessEnv: how long a fuzz runs is for who starts it; 1000000 is all of it.
const runs = Number(process.env.FUZZ_RUNS ?? 20_000);
const hex = hash("sha256", "fuzz");
const ring = createKeyRing({ active: { id: 1, hex } });
const place = { table: "users", column: "phone", rowId: "42" } as const;
const sealed = seal(ring, "+254712345678", place);
const sealedBytes = Buffer.from(sealed.slice(4), "base64url");

/** Text of any kind, and the examples with a few characters cut out, put in or doubled. */
function textLike(...examples: string[]): fc.Arbitrary<string> {
  const piece = fc.string({ unit: "binary", maxLength: 3 });
  const changed = fc
    .tuple(fc.constantFrom(...examples), fc.nat(200), fc.nat(3), piece)
    .map(([text, at, length, put]) => {
      const start = at % (text.length + 1);
      return text.slice(0, start) + put + text.slice(start + length);
    });
  return fc.oneof(fc.string({ unit: "binary", maxLength: 100 }), changed);
}

function fuzz<Input>(input: fc.Arbitrary<Input>, holds: (value: Input) => boolean): void {
  fc.assert(fc.property(input, holds), { numRuns: runs });
}

/** `failed` where the work throws anything but that error. */
function outcomeOf(work: () => unknown, Refusal: typeof SealedValueError | typeof WeakKeyError) {
  try {
    work();
  } catch (error) {
    return error instanceof Refusal ? "refused" : "failed";
  }
  return "done";
}

test(`open: ${runs} texts throw SealedValueError and nothing else`, { timeout: 600_000 }, () => {
  const forged = fc
    .tuple(fc.nat(sealedBytes.length), fc.uint8Array({ maxLength: 40 }))
    .map(([kept, noise]) => {
      const bytes = Buffer.concat([sealedBytes.subarray(0, kept), noise]);
      return `pe1.${bytes.toString("base64url")}`;
    });
  fuzz(fc.oneof(textLike(sealed), forged), (text) => {
    const outcome = outcomeOf(() => open(ring, text as Sealed, place), SealedValueError);
    return outcome === (text === sealed ? "done" : "refused");
  });
});

test(`sealedKeyId: ${runs} texts give an id or null`, { timeout: 600_000 }, () => {
  fuzz(textLike(sealed), (text) => {
    const id = sealedKeyId(text);
    return id === null || (Number.isInteger(id) && text.startsWith("pe1."));
  });
});

test(`stored password hashes: ${runs} texts are read or null`, { timeout: 600_000 }, () => {
  const examples = [
    "$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHRzYWx0c2FsdA$T95q7S205tf9WI4HhYOZDIQmMMAbntacGXTIku0gXT8",
    "$2b$12$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
    "$scrypt$ln=14,r=8,p=1$AAECAwQFBgcICQoLDA0ODw$jCaZhFT1JL3Giz6mxxt0h+m3Ic+Gbltb4K8PIzdJJ3Q",
    `${"0a".repeat(16)}:${"0b".repeat(64)}`,
  ];
  fuzz(textLike(...examples), (text) => {
    const [ours, adopted] = [readRecord(text), readAdoptedHash(text)];
    return ours === null || adopted === null;
  });
});

test(`email: ${runs} texts give null or what stays as it is`, { timeout: 600_000 }, () => {
  fuzz(textLike("ada@example.com", "å.b+c@bücher.example"), (text) => {
    const address = normaliseEmail(text);
    return (
      maskEmail(text).includes("***") && (address === null || normaliseEmail(address) === address)
    );
  });
});

test(`phone: ${runs} texts give null or what stays as it is`, { timeout: 600_000 }, () => {
  fuzz(textLike("+254 712 345678", "(0712) 345-678"), (text) => {
    const number = normalisePhone(text, "KE");
    return (
      maskPhone(text).includes("***") && (number === null || normalisePhone(number) === number)
    );
  });
});

test(`backup code: ${runs} texts give null or 16 digits`, { timeout: 600_000 }, () => {
  fuzz(textLike("9f3a-07c2-e815-4bd6"), (text) => {
    const code = normaliseBackupCode(text);
    return code === null || (/^[0-9a-f]{16}$/.test(code) && normaliseBackupCode(code) === code);
  });
});

test(`base32: ${runs} texts give null or the bytes they spell`, { timeout: 600_000 }, () => {
  fuzz(textLike("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", "MZXW6==="), (text) => {
    const bytes = decodeBase32(text);
    return bytes === null || encodeBase32(bytes) === text.replaceAll("=", "");
  });
});

test(`TOTP: ${runs} texts for a code match nothing`, { timeout: 600_000 }, () => {
  const secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
  const now = new Date(1_111_111_111_000);
  // All three codes that are good then; a run that hits one by chance is right to match.
  const good = ["081804", "050471", "266759"];
  fuzz(textLike("050472", "123 456"), (text) => {
    const step = verifyTotp({ secret, code: text, now, lastUsedStep: null });
    return step === null || good.includes(text.replaceAll(" ", ""));
  });
});

test(`keys: ${runs} values make a ring or throw WeakKeyError`, { timeout: 600_000 }, () => {
  const key = fc.record({
    id: fc.oneof(fc.integer(), fc.double(), fc.constant(1)),
    hex: fc.oneof(textLike(hex), fc.constant([hex]), fc.constant(null), fc.constant(10n ** 63n)),
  });
  const input = fc.record({ active: key, previous: fc.array(key, { maxLength: 2 }) });
  fuzz(input as unknown as fc.Arbitrary<{ active: RootKey; previous: RootKey[] }>, (keys) => {
    const all = [keys.active, ...keys.previous];
    const isGood = all.every(({ hex: text }) => checkKey(text) === "ok");
    const outcome = outcomeOf(() => createKeyRing(keys), WeakKeyError);
    return outcome === "refused" || (outcome === "done" && isGood);
  });
});

test("as many texts as are called for were tried", () => {
  expect(runs).toBeGreaterThanOrEqual(1_000);
});
