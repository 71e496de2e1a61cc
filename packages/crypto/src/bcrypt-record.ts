import { verify as bcryptVerify } from "@node-rs/bcrypt";
import type { AdoptedHash } from "./adopted-hash.ts";

// Of the cost that the format allows, 4 to 31, each step doubles the time; 15 takes some two
// seconds of one core. A row written by a stranger must not be able to stop the process.
const COST_MAX = 15;
const COST_MIN = 4;
// $2<a, b or y>$<cost>$<salt, 22 letters><tag, 31 letters>. $2x$ marks hashes of a faulty
// implementation, which only that one could verify.
const RECORD =
  /^\$2[aby]\$(?<cost>\d\d)\$[./A-Za-z0-9]{21}[.Oeu][./A-Za-z0-9]{30}[.CGKOSWaeimquy26]$/;

/**
 * A bcrypt hash of another system; null for what is none, or costs beyond all bounds.
 *
 * bcrypt reads 72 bytes of a password and ignores the rest, as it did where the hash was made: a
 * longer password matches by its first 72 bytes, and counts whole once it is hashed anew.
 */
export function readBcrypt(stored: string): AdoptedHash | null {
  const cost = Number(RECORD.exec(stored)?.groups?.cost);
  if (!(cost >= COST_MIN && cost <= COST_MAX)) return null;
  return { verify: (typed) => bcryptVerify(typed, stored) };
}
