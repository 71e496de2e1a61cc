import { randomBytes } from "node:crypto";
import { decodeUnpadded, encodeUnpadded } from "./unpadded-base64.ts";

// The package declares its enum as ambient, which type stripping cannot import.
const ARGON2ID = 2;
const VERSION = 19;
const SALT_BYTES = 16;
const TAG_BYTES = 32;

/**
 * OWASP Password Storage Cheat Sheet, Argon2id: 19 MiB, two passes, one lane. Never below.
 */
export const COST = Object.freeze({
  algorithm: ARGON2ID,
  memoryCost: 19_456,
  timeCost: 2,
  parallelism: 1,
  outputLen: TAG_BYTES,
});

// What a stored record may ask for: 256 MiB, libsodium's "moderate", and four passes over as much,
// about a second. A row written by a stranger must not be able to stop the process.
const MEMORY_KIB_MAX = 262_144;
const MEMORY_PASSES_MAX = 4 * MEMORY_KIB_MAX;
const LANES_MAX = 64;
// RFC 9106, 3.1.
const LANE_KIB_MIN = 8;
const SALT_BYTES_MIN = 8;

// argon2's PHC string: $type$v=version$m=KiB,t=passes,p=lanes[,keyid=id]$salt$tag, unpadded base64.
const RECORD =
  /^\$(?<type>argon2(?:id|i|d))\$v=(?<version>16|19)\$m=(?<memory>[1-9]\d{0,9}),t=(?<passes>[1-9]\d{0,9}),p=(?<lanes>[1-9]\d{0,2})(?:,keyid=(?<keyId>[A-Za-z0-9+/]{6}))?\$(?<salt>[A-Za-z0-9+/]{11,86})\$(?<tag>[A-Za-z0-9+/]{22,86})$/;

/** A stored password hash, read. */
export type PasswordRecord = Readonly<{
  /** The PHC string without the pepper's id, as argon2 takes it. */
  phc: string;
  /** The pepper mixed in; null for none. */
  pepperId: number | null;
  /** Whether it falls short of `COST` in any respect. */
  isWeak: boolean;
}>;

type Cost = Readonly<{ memory: number; passes: number; lanes: number }>;

/**
 * Reads a stored hash; null where it is none that argon2 could verify, or costs beyond all bounds.
 */
export function readRecord(stored: string): PasswordRecord | null {
  const fields = RECORD.exec(stored)?.groups;
  const salt = decodeUnpadded(fields?.salt);
  const tag = decodeUnpadded(fields?.tag);
  if (!fields || !salt || !tag || salt.length < SALT_BYTES_MIN) return null;
  const memory = Number(fields.memory);
  const passes = Number(fields.passes);
  if (!isBounded({ memory, passes, lanes: Number(fields.lanes) })) return null;
  const { keyId } = fields;
  if (keyId && !decodeUnpadded(keyId)) return null;
  return {
    phc: keyId ? stored.replace(`,keyid=${keyId}`, "") : stored,
    pepperId: keyId ? Buffer.from(keyId, "base64").readUInt32BE() : null,
    isWeak:
      fields.type !== "argon2id" ||
      Number(fields.version) < VERSION ||
      memory < COST.memoryCost ||
      passes < COST.timeCost ||
      salt.length < SALT_BYTES ||
      tag.length < TAG_BYTES,
  };
}

/** Notes the id of the pepper in a PHC string, where the PHC specification has `keyid`. */
export function writeRecord(phc: string, pepperId: number | null): string {
  if (pepperId === null) return phc;
  const id = Buffer.alloc(4);
  id.writeUInt32BE(pepperId);
  return phc.replace(/(,p=\d+)\$/, `$1,keyid=${encodeUnpadded(id)}$`);
}

/** A record at the present cost that no password matches, to do the work of an account on. */
export function emptyRecord(): string {
  const { memoryCost, timeCost, parallelism } = COST;
  const salt = encodeUnpadded(randomBytes(SALT_BYTES));
  const tag = encodeUnpadded(randomBytes(TAG_BYTES));
  return `$argon2id$v=${VERSION}$m=${memoryCost},t=${timeCost},p=${parallelism}$${salt}$${tag}`;
}

function isBounded({ memory, passes, lanes }: Cost): boolean {
  const isSound = memory >= LANE_KIB_MIN * lanes && lanes <= LANES_MAX;
  return isSound && memory <= MEMORY_KIB_MAX && memory * passes <= MEMORY_PASSES_MAX;
}
