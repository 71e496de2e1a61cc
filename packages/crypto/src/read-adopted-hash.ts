import type { AdoptedHash } from "./adopted-hash.ts";
import { readBcrypt } from "./bcrypt-record.ts";
import { readBetterAuth, readScryptPhc } from "./scrypt-record.ts";

const readers = [readBcrypt, readScryptPhc, readBetterAuth] as const;

/** Null for a text that none of the kinds known here could have made. */
export function readAdoptedHash(stored: string): AdoptedHash | null {
  for (const read of readers) {
    const hash = read(stored);
    if (hash) return hash;
  }
  return null;
}
