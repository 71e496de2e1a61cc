/** What an access token says. No personal data: whoever reads a log with one learns no name. */
export type AccessClaims = {
  sub: string;
  sid: string;
  /** Seconds since 1970. */
  exp: number;
  authTime: number;
  /** RFC 8176. */
  amr: string[];
  kid: string;
};

/** Verified tokens by the digest of the whole token: a token that differs in one byte is another. */
export type VerifiedTokens = {
  readonly get: (digest: string) => AccessClaims | undefined;
  readonly add: (digest: string, claims: AccessClaims) => void;
  readonly delete: (digest: string) => void;
};

const GENERATION_MAX = 5_000;

/**
 * One for a process; it never holds more than 10,000: the newest generation and the one before. To
 * delete the oldest of one Map each time costs 4 µs, since a Map walks past what it held before.
 */
export function createVerifiedTokens(): VerifiedTokens {
  let young = new Map<string, AccessClaims>();
  let old = new Map<string, AccessClaims>();
  return {
    get: (digest) => young.get(digest) ?? old.get(digest),
    add(digest, claims) {
      if (young.size >= GENERATION_MAX) {
        old = young;
        young = new Map();
      }
      young.set(digest, claims);
    },
    delete(digest) {
      young.delete(digest);
      old.delete(digest);
    },
  };
}
