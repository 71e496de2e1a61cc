import { randomUUID } from "node:crypto";
import { digestToken } from "@postern/crypto";
import { decodeProtectedHeader, errors, jwtVerify, SignJWT } from "jose";
import type { Deps } from "../deps.ts";
import { Problem } from "../problem.ts";
import { SIGNING_ALGORITHM } from "../signing-keys/signing-keys.ts";
import type { UserId } from "../tables.ts";
import { levelOf } from "./level-of.ts";
import type { AccessClaims, VerifiedTokens } from "./verified-tokens.ts";

/** RFC 9068: an access token says so, so that no other signed token passes for one. */
const TYPE = "at+jwt";
/** Headers that would bring a key of the sender's own (RFC 8725, 3.10). We never write them. */
const FOREIGN_KEY_HEADERS = ["jku", "jwk", "x5u", "x5c"];
const CLOCK_SKEW_SECONDS = 30;

export type AccessTokenInput = { userId: UserId; sessionId: string; authTime: number; amr: string };

/** Signs an access token (RFC 9068). It is verified without a round trip and lives 900 s. */
export async function signAccessToken(
  { config, signingKeys, now }: Pick<Deps, "config" | "signingKeys" | "now">,
  { userId, sessionId, authTime, amr }: AccessTokenInput,
): Promise<{ accessToken: string; expiresInSeconds: number }> {
  const { kid, privateKey } = signingKeys.current();
  const issuedAt = Math.floor(now().getTime() / 1000);
  const methods = amr.split(" ");
  const accessToken = await new SignJWT({
    sid: sessionId,
    auth_time: authTime,
    amr: methods,
    acr: levelOf(methods) === "multi_factor" ? "aal2" : "aal1",
  })
    .setProtectedHeader({ alg: SIGNING_ALGORITHM, typ: TYPE, kid })
    .setIssuer(config.issuer)
    .setAudience(config.tokenAudience)
    .setSubject(String(userId))
    .setJti(randomUUID())
    .setIssuedAt(issuedAt)
    .setExpirationTime(issuedAt + config.accessTokenSeconds)
    .sign(privateKey);
  return { accessToken, expiresInSeconds: config.accessTokenSeconds };
}

/**
 * Verifies an access token: ES256 only, type, issuer, audience, times, a key that is still served.
 * A token seen before is not verified again, but its end and its key are looked at each time.
 *
 * @throws Problem invalid_token.
 */
export async function verifyAccessToken(
  deps: Pick<Deps, "config" | "signingKeys" | "now">,
  seen: VerifiedTokens,
  token: string,
): Promise<AccessClaims> {
  const digest = digestToken(token);
  const known = seen.get(digest);
  const claims = known ?? (await verify(deps, token));
  const hasEnded = claims.exp <= deps.now().getTime() / 1000;
  if (hasEnded || !deps.signingKeys.verifying(claims.kid)) {
    seen.delete(digest);
    throw new Problem("invalid_token");
  }
  if (!known) {
    seen.add(digest, claims);
  }
  return claims;
}

async function verify(
  { config, signingKeys, now }: Pick<Deps, "config" | "signingKeys" | "now">,
  token: string,
): Promise<AccessClaims> {
  try {
    const header = decodeProtectedHeader(token);
    const { kid = "" } = header;
    const key = signingKeys.verifying(kid);
    if (!key || FOREIGN_KEY_HEADERS.some((name) => Object.hasOwn(header, name))) {
      throw new Problem("invalid_token", { cause: new errors.JOSENotSupported("another's key") });
    }
    const { payload } = await jwtVerify(token, key, {
      algorithms: [SIGNING_ALGORITHM],
      typ: TYPE,
      issuer: config.issuer,
      audience: config.tokenAudience,
      clockTolerance: CLOCK_SKEW_SECONDS,
      currentDate: now(),
      requiredClaims: ["sub", "sid", "jti", "iat", "exp", "auth_time"],
    });
    return {
      sub: String(payload.sub),
      sid: String(payload.sid),
      exp: Number(payload.exp),
      authTime: Number(payload.auth_time),
      amr: Array.isArray(payload.amr) ? payload.amr.map(String) : [],
      kid,
    };
  } catch (error) {
    if (error instanceof errors.JOSEError || error instanceof TypeError) {
      throw new Problem("invalid_token", { cause: error });
    }
    throw error;
  }
}
