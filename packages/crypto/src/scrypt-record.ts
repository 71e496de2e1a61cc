import { type ScryptOptions, scrypt, timingSafeEqual } from "node:crypto";
import type { AdoptedHash } from "./adopted-hash.ts";
import { decodeUnpadded } from "./unpadded-base64.ts";

// What a stored record may ask for: 128 MiB, OWASP's largest, and twice OWASP's work (N·r·p), under
// a second. A row written by a stranger must not be able to stop the process.
const MEMORY_BYTES_MAX = 134_217_728;
const WORK_MAX = 2_097_152;
const BLOCK_BYTES = 128;
const SALT_BYTES_MIN = 8;
const TAG_BYTES_MIN = 16;

// $scrypt$ln=<log2 N>,r=<block size>,p=<parallelism>$<salt>$<tag>, as passlib and the PHC write it.
const PHC =
  /^\$scrypt\$ln=(?<ln>[1-9]\d?),r=(?<r>[1-9]\d{0,6}),p=(?<p>[1-9]\d{0,6})\$(?<salt>[A-Za-z0-9+/]{11,86})\$(?<tag>[A-Za-z0-9+/]{22,86})$/;

// better-auth's <salt>:<tag> in hexadecimal, its parameters fixed in its source
// (packages/better-auth/src/crypto/password.ts). The salt is the text of the digits, not their
// bytes.
const BETTER_AUTH = /^(?<salt>[0-9a-f]{32}):(?<tag>[0-9a-f]{128})$/;
const BETTER_AUTH_COST = Object.freeze({ N: 16_384, r: 16, p: 1 });

type Cost = Readonly<{ N: number; r: number; p: number }>;
type Scrypt = Readonly<{ cost: Cost; salt: string | Buffer; tag: Buffer }>;

/** A scrypt hash in PHC's form; null for what is none, or costs beyond all bounds. */
export function readScryptPhc(stored: string): AdoptedHash | null {
  const fields = PHC.exec(stored)?.groups;
  if (!fields) return null;
  const cost = { N: 2 ** Number(fields.ln), r: Number(fields.r), p: Number(fields.p) };
  const salt = decodeUnpadded(fields.salt);
  const tag = decodeUnpadded(fields.tag);
  if (!salt || !tag || salt.length < SALT_BYTES_MIN || tag.length < TAG_BYTES_MIN) return null;
  if (!isBounded(cost)) return null;
  return { verify: (typed) => isScryptOf(typed, { cost, salt, tag }) };
}

/** A hash that better-auth made; null for what is none. It takes the password in the form NFKC. */
export function readBetterAuth(stored: string): AdoptedHash | null {
  const fields = BETTER_AUTH.exec(stored)?.groups;
  if (!fields?.salt || !fields.tag) return null;
  const known = { cost: BETTER_AUTH_COST, salt: fields.salt, tag: Buffer.from(fields.tag, "hex") };
  return { verify: (typed) => isScryptOf(typed.normalize("NFKC"), known) };
}

// RFC 7914, 6: N is below 2^(128·r/8).
function isBounded({ N, r, p }: Cost): boolean {
  const isSound = Math.log2(N) < 16 * r;
  return isSound && BLOCK_BYTES * N * r <= MEMORY_BYTES_MAX && N * r * p <= WORK_MAX;
}

/** Off the event loop, on the thread pool of libuv. */
async function isScryptOf(password: string, { cost, salt, tag }: Scrypt): Promise<boolean> {
  const { N, r, p } = cost;
  const maxmem = BLOCK_BYTES * r * (N + p + 2) + 1_048_576;
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  const options: ScryptOptions = { N, r, p, maxmem };
  scrypt(password, salt, tag.length, options, (error, key) =>
    error ? reject(error) : resolve(key),
  );
  return timingSafeEqual(await promise, tag);
}
