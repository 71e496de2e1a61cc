import { hash as argon2Hash, verify as argon2Verify } from "@node-rs/argon2";
import { createHashingGate, type HashingBounds } from "./hashing-gate.ts";
import { derivationOf, type KeyRing } from "./key-ring.ts";
import { COST, emptyRecord, readRecord, writeRecord } from "./password-record.ts";
import { readAdoptedHash } from "./read-adopted-hash.ts";

const PASSWORD_BYTES_MAX = 1_024;
const PEPPER_LABEL = "postern/password-pepper/v1";

/** What a verification found. */
export type PasswordCheck = Readonly<{
  matches: boolean;
  /**
   * It matched a hash weaker than today's, with another pepper, or of another system: hash anew.
   */
  needsRehash: boolean;
  /** False for a stored text that nothing here can verify: no password will ever match it. */
  isReadable: boolean;
}>;

/**
 * Hashes and verifies passwords by argon2id, never more at a time than its bounds allow.
 *
 * A password is put in Unicode's form NFC and otherwise taken as it is (NIST SP 800-63B-4). Both
 * methods reject with TypeError for what is no text, with RangeError for more than 1,024 bytes of
 * UTF-8 or a lone surrogate, before any work, and with HashingBusyError when all places are taken.
 */
export type PasswordHasher = Readonly<{
  /** The PHC string to store: type, version, cost, id of the pepper if there is one, salt, tag. */
  hash(password: string): Promise<string>;
  /**
   * Whether the password belongs to the stored hash: argon2, or the bcrypt (`$2a$`, `$2b$`,
   * `$2y$`), PHC scrypt or better-auth scrypt of an adopted user. Pass null where there is no
   * account or no password: the work of a hash of today is done, and the answer is no. A stored
   * text that is none of these, asks for more than its bounds, or has a pepper that is not on the
   * ring gets the same work and answer, and `isReadable` is false.
   *
   * A hash of another system takes its own time, so until its first sign-in an adopted account can
   * be told from none by who measures.
   */
  verify(stored: string | null, password: string): Promise<PasswordCheck>;
}>;

/**
 * Makes a password hasher; one for the whole process, as its bounds hold for itself alone.
 *
 * The pepper, a key ring of its own, enters argon2 as the secret value K (RFC 9106, 3.1), so a
 * copy of the table cannot be guessed at without it. Hashes made under a previous pepper, or under
 * none, still verify and ask to be replaced.
 *
 * @throws RangeError for bounds that make no sense.
 */
export function createPasswordHasher({
  pepper,
  ...bounds
}: HashingBounds & { pepper?: KeyRing | undefined }): PasswordHasher {
  const gate = createHashingGate(bounds);
  const activeId = pepper?.activeId ?? null;
  const nobody = readStored(writeRecord(emptyRecord(), activeId), pepper) as StoredHash;

  return Object.freeze({
    async hash(password: string): Promise<string> {
      const text = check(password).normalize("NFC");
      const options = { ...COST, ...secretOf(pepper, activeId) };
      return writeRecord(await gate(() => argon2Hash(text, options)), activeId);
    },

    async verify(stored: string | null, password: string): Promise<PasswordCheck> {
      const typed = check(password);
      const known = stored === null ? null : readStored(stored, pepper);
      const isRight = await gate(() => (known ?? nobody).verify(typed));
      const matches = isRight && known !== null;
      const needsRehash = matches && known.isOutdated;
      return { matches, needsRehash, isReadable: known !== null || stored === null };
    },
  });
}

type StoredHash = Readonly<{ isOutdated: boolean; verify(typed: string): Promise<boolean> }>;

function readStored(stored: string, ring: KeyRing | undefined): StoredHash | null {
  const record = readRecord(stored);
  if (!record) {
    const adopted = readAdoptedHash(stored);
    return adopted && { isOutdated: true, verify: adopted.verify };
  }
  const { phc, pepperId, isWeak } = record;
  if (pepperId !== null && !(ring && derivationOf(ring, pepperId))) return null;
  return {
    isOutdated: isWeak || pepperId !== (ring?.activeId ?? null),
    verify: (typed) => argon2Verify(phc, typed.normalize("NFC"), secretOf(ring, pepperId)),
  };
}

function check(password: string): string {
  if (typeof password !== "string") throw new TypeError("A password is a text.");
  if (!password.isWellFormed()) throw new RangeError("A password cannot hold a lone surrogate.");
  if (Buffer.byteLength(password) > PASSWORD_BYTES_MAX) {
    throw new RangeError(`A password has at most ${PASSWORD_BYTES_MAX} bytes.`);
  }
  return password;
}

function secretOf(ring: KeyRing | undefined, pepperId: number | null): { secret?: Uint8Array } {
  const derive = ring && pepperId !== null ? derivationOf(ring, pepperId) : undefined;
  return derive ? { secret: derive(PEPPER_LABEL).export() } : {};
}
