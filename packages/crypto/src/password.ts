import { hash as argon2Hash, verify as argon2Verify } from "@node-rs/argon2";
import { createHashingGate, type HashingBounds } from "./hashing-gate.ts";
import { derivationOf, type KeyRing } from "./key-ring.ts";
import {
  COST,
  emptyRecord,
  PasswordRecordError,
  readRecord,
  writeRecord,
} from "./password-record.ts";

const PASSWORD_BYTES_MAX = 1_024;
const PEPPER_LABEL = "postern/password-pepper/v1";

/** What a verification found. */
export type PasswordCheck = Readonly<{
  matches: boolean;
  /** The password matched a hash weaker than today's, or with another pepper: hash it anew. */
  needsRehash: boolean;
}>;

/**
 * Hashes and verifies passwords by argon2id, never more at a time than its bounds allow.
 *
 * A password is put in Unicode's form NFC and otherwise taken as it is (NIST SP 800-63B-4). Both
 * verbs reject with RangeError for more than 1,024 bytes of UTF-8 or a lone surrogate, before any
 * work, and with HashingBusyError when all places are taken.
 */
export type PasswordHasher = Readonly<{
  /** The PHC string to store: type, version, cost, id of the pepper if there is one, salt, tag. */
  hash(password: string): Promise<string>;
  /**
   * Whether the password belongs to the stored hash. Pass null where there is no account or no
   * password: the same work is done, and the answer is no. Rejects with PasswordRecordError for a
   * stored text that is no argon2 hash, or whose pepper is not on the ring.
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
  const nobody = writeRecord(emptyRecord(), activeId);

  return Object.freeze({
    async hash(password: string): Promise<string> {
      const text = prepare(password);
      const options = { ...COST, ...secretOf(pepper, activeId) };
      return writeRecord(await gate(() => argon2Hash(text, options)), activeId);
    },

    async verify(stored: string | null, password: string): Promise<PasswordCheck> {
      const text = prepare(password);
      const { phc, pepperId, isWeak } = readRecord(stored ?? nobody);
      const secret = secretOf(pepper, pepperId);
      const isRight = await gate(() => argon2Verify(phc, text, secret));
      const matches = isRight && stored !== null;
      return { matches, needsRehash: matches && (isWeak || pepperId !== activeId) };
    },
  });
}

function prepare(password: string): string {
  if (!password.isWellFormed()) throw new RangeError("A password cannot hold a lone surrogate.");
  if (Buffer.byteLength(password) > PASSWORD_BYTES_MAX) {
    throw new RangeError(`A password has at most ${PASSWORD_BYTES_MAX} bytes.`);
  }
  return password.normalize("NFC");
}

function secretOf(ring: KeyRing | undefined, pepperId: number | null): { secret?: Uint8Array } {
  if (pepperId === null) return {};
  const derive = ring && derivationOf(ring, pepperId);
  if (!derive) throw new PasswordRecordError();
  return { secret: derive(PEPPER_LABEL).export() };
}
