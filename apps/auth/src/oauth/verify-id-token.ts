import { errors, type JWTVerifyResult, jwtVerify } from "jose";
import { Problem } from "../problem.ts";
import { type Identity, readIdentity } from "./identity.ts";
import type { IdentityProvider } from "./identity-providers.ts";

/** Signatures that nobody can make who only can check them: no HMAC, no `none`. */
const ALGORITHMS = ["RS256", "PS256", "ES256", "Ed25519", "EdDSA"];
/** What two machines' clocks may differ by. */
const CLOCK_SECONDS = 10;
/** A token is fresh when it comes from a provider: older ones lay around somewhere. */
export const ID_TOKEN_SECONDS = 600;

export type IdTokenChecks = {
  /** What must stand in the token; null: it must name none. */
  nonce: string | null;
  now: Date;
};

/**
 * Whom an ID token of this provider names. Judged alike whether a browser brought it or the
 * provider gave it for a code: signed by a key of the provider, made by exactly this issuer for
 * exactly this client, within the last ten minutes, with this very nonce.
 *
 * @throws Problem oauth_failed; ProviderAwayError where its keys cannot be read.
 */
export async function verifyIdToken(
  provider: IdentityProvider,
  token: string,
  checks: IdTokenChecks,
): Promise<Identity> {
  const { payload, protectedHeader } = await verifySignature(provider, token, checks.now);
  const isIdToken = (protectedHeader.typ ?? "JWT").toUpperCase() === "JWT";
  const isOurs = payload.aud === provider.clientId && (payload.nonce ?? null) === checks.nonce;
  const identity = isIdToken && isOurs ? readIdentity(provider, payload) : null;
  if (identity === null) {
    throw new Problem("oauth_failed");
  }
  return identity;
}

async function verifySignature(
  provider: IdentityProvider,
  token: string,
  now: Date,
): Promise<JWTVerifyResult> {
  try {
    return await jwtVerify(token, provider.findKey, {
      algorithms: ALGORITHMS,
      issuer: provider.issuer,
      audience: provider.clientId,
      requiredClaims: ["sub", "iat", "exp"],
      maxTokenAge: ID_TOKEN_SECONDS,
      clockTolerance: CLOCK_SECONDS,
      currentDate: now,
    });
  } catch (error) {
    if (error instanceof errors.JOSEError || error instanceof TypeError) {
      throw new Problem("oauth_failed", { cause: error });
    }
    throw error;
  }
}
