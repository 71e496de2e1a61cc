import { randomBytes } from "node:crypto";

// The package declares its enum as ambient, which type stripping cannot import.
const ARGON2ID = 2;
const VERSION = 19;
const SALT_BYTES = 16;
const TAG_BYTES = 32;

/** OWASP Password Storage Cheat Sheet, Argon2id: 19 MiB, two passes, one lane. Never below. */
export const COST = Object.freeze({
  algorithm: ARGON2ID,
  memoryCost: 19_456,
  timeCost: 2,
  parallelism: 1,
  outputLen: TAG_BYTES,
});

// What a stored record may ask for: 1 GiB, and passes and lanes that no deployment exceeds. A row
// written by a stranger must not be able to stop the process.
const MEMORY_KIB_MAX = 1_048_576;
const PASSES_MAX = 64;
const LANES_MAX = 64;

// argon2's PHC string: $type$v=version$m=KiB,t=passes,p=lanes[,keyid=id]$salt$tag, unpadded base64.
const RECORD =
  /^\$(?<type>argon2(?:id|i|d))\$v=(?<version>16|19)\$m=(?<memory>\d{1,10}),t=(?<passes>\d{1,10}),p=(?<lanes>\d{1,3})(?:,keyid=(?<keyId>[A-Za-z0-9+/]{6}))?\$(?<salt>[A-Za-z0-9+/]{11,86})\$(?<tag>[A-Za-z0-9+/]{22,86})$/;

/** A stored password hash, read. */
export type PasswordRecord = Readonly<{
  /** The PHC string without the pepper's id, as argon2 takes it. */
  phc: string;
  /** The pepper mixed in; null for none. */
  pepperId: number | null;
  /** Whether it falls short of `COST` in any respect. */
  isWeak: boolean;
}>;

/** The stored hash cannot be verified: another format, costs beyond all bounds, or a lost pepper. */
export class PasswordRecordError extends Error {
  override readonly name = "PasswordRecordError";

  constructor() {
    super("The stored password hash cannot be verified by this version and its peppers.");
  }
}

/** Reads a stored hash; throws PasswordRecordError where it is none that argon2 could verify. */
export function readRecord(stored: string): PasswordRecord {
  const fields = RECORD.exec(stored)?.groups;
  if (!fields) throw new PasswordRecordError();
  const { memory, passes, lanes } = {
    memory: Number(fields.memory),
    passes: Number(fields.passes),
    lanes: Number(fields.lanes),
  };
  if (memory > MEMORY_KIB_MAX || passes > PASSES_MAX || lanes > LANES_MAX) {
    throw new PasswordRecordError();
  }
  const { keyId } = fields;
  return {
    phc: keyId ? stored.replace(`,keyid=${keyId}`, "") : stored,
    pepperId: keyId ? Buffer.from(keyId, "base64").readUInt32BE() : null,
    isWeak:
      fields.type !== "argon2id" ||
      Number(fields.version) < VERSION ||
      memory < COST.memoryCost ||
      passes < COST.timeCost ||
      byteLength(fields.salt) < SALT_BYTES ||
      byteLength(fields.tag) < TAG_BYTES,
  };
}

/** Notes the id of the pepper in a PHC string, where the PHC specification has `keyid`. */
export function writeRecord(phc: string, pepperId: number | null): string {
  if (pepperId === null) return phc;
  const id = Buffer.alloc(4);
  id.writeUInt32BE(pepperId);
  return phc.replace(/(,p=\d+)\$/, `$1,keyid=${unpadded(id)}$`);
}

/** A record at the present cost that no password matches, to do the work of an account on. */
export function emptyRecord(): string {
  const { memoryCost, timeCost, parallelism } = COST;
  const salt = unpadded(randomBytes(SALT_BYTES));
  const tag = unpadded(randomBytes(TAG_BYTES));
  return `$argon2id$v=${VERSION}$m=${memoryCost},t=${timeCost},p=${parallelism}$${salt}$${tag}`;
}

function byteLength(base64: string | undefined): number {
  return Buffer.byteLength(base64 ?? "", "base64");
}

function unpadded(bytes: Buffer): string {
  return bytes.toString("base64").replaceAll("=", "");
}
