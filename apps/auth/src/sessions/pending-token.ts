import { randomUUID } from "node:crypto";
import { keyedDigest } from "@postern/crypto";
import { errors, jwtVerify, SignJWT } from "jose";
import type { Deps } from "../deps.ts";
import { Problem } from "../problem.ts";
import { SIGNING_ALGORITHM } from "../signing-keys/signing-keys.ts";
import type { UserId } from "../tables.ts";

/** No resource server accepts it, and neither do we but for the second step. */
const AUDIENCE = "postern:pending";
export const PENDING_TYPE = "pending+jwt";
const LIFE_SECONDS = 300;

type KeyDeps = Pick<Deps, "config" | "signingKeys" | "digestKeys" | "now">;

export type PendingTokenInput = { userId: UserId; passwordHash: string | null; amr: string };

/** What a pending token says once it is verified. */
export type PendingSignIn = {
  userId: string;
  /** The id that the session will have: a second session of this id cannot be started. */
  sessionId: string;
  /** Words of the first step. */
  amr: string;
  /** To be compared with `passwordMark` of the account: a changed password ends it. */
  passwordMark: string;
};

/** Tells a password hash from another without showing either. */
export const passwordMark = (
  { digestKeys }: Pick<Deps, "digestKeys">,
  passwordHash: string | null,
): string => keyedDigest(digestKeys, "pending-token", passwordHash ?? "");

/** Signs what the first step of a sign-in is worth: the right to try the second, for 5 minutes. */
export function signPendingToken(deps: KeyDeps, input: PendingTokenInput): Promise<string> {
  const { kid, privateKey } = deps.signingKeys.current();
  const issuedAt = Math.floor(deps.now().getTime() / 1000);
  return new SignJWT({ amr: input.amr, pwm: passwordMark(deps, input.passwordHash) })
    .setProtectedHeader({ alg: SIGNING_ALGORITHM, typ: PENDING_TYPE, kid })
    .setIssuer(deps.config.issuer)
    .setAudience(AUDIENCE)
    .setSubject(String(input.userId))
    .setJti(randomUUID())
    .setIssuedAt(issuedAt)
    .setExpirationTime(issuedAt + LIFE_SECONDS)
    .sign(privateKey);
}

/** @throws Problem invalid_token, for access tokens too. */
export async function verifyPendingToken(deps: KeyDeps, token: string): Promise<PendingSignIn> {
  const find = ({ kid = "" }: { kid?: string }) => {
    const key = deps.signingKeys.verifying(kid);
    if (!key) {
      throw new Problem("invalid_token");
    }
    return key;
  };
  try {
    const { payload } = await jwtVerify(token, find, {
      algorithms: [SIGNING_ALGORITHM],
      typ: PENDING_TYPE,
      issuer: deps.config.issuer,
      audience: AUDIENCE,
      currentDate: deps.now(),
      requiredClaims: ["sub", "jti", "iat", "exp", "amr", "pwm"],
    });
    return {
      userId: String(payload.sub),
      sessionId: String(payload.jti),
      amr: String(payload.amr),
      passwordMark: String(payload.pwm),
    };
  } catch (error) {
    if (error instanceof errors.JOSEError || error instanceof TypeError) {
      throw new Problem("invalid_token", { cause: error });
    }
    throw error;
  }
}
