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
export type VerifiedTokens = Map<string, AccessClaims>;

const VERIFIED_TOKENS_MAX = 10_000;

/** One for a process; it never holds more than 10,000. */
export const createVerifiedTokens = (): VerifiedTokens => new Map();

/** A Map keeps its order, so the first key is the one that was added longest ago. */
export function rememberToken(seen: VerifiedTokens, digest: string, claims: AccessClaims): void {
  const [oldest] = seen.size >= VERIFIED_TOKENS_MAX ? seen.keys() : [];
  if (oldest !== undefined) {
    seen.delete(oldest);
  }
  seen.set(digest, claims);
}
