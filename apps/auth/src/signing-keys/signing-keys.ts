import type { CryptoKey, JWK } from "jose";

/** ES256 alone signs and verifies access tokens (RFC 8725, 3.1). */
export const SIGNING_ALGORITHM = "ES256";

export type SigningKey = { kid: string; privateKey: CryptoKey };

/** The keys of the moment, held in memory: signing and verifying ask nobody. */
export type SigningKeys = {
  /** Signs new access tokens. @throws Problem service_unavailable while none could be loaded yet. */
  readonly current: () => SigningKey;
  /** The public half by its id; undefined for a key that is not served any more. */
  readonly verifying: (kid: string) => CryptoKey | undefined;
  /** What JWKS serves: next, current and previous, public halves only. */
  readonly jwks: () => { keys: JWK[] };
  readonly isLoaded: () => boolean;
  readonly stop: () => void;
};
