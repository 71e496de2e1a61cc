import type { Deps } from "../deps.ts";
import { Problem } from "../problem.ts";
import { verifyAccessToken } from "./access-token.ts";
import type { AccessClaims } from "./verified-tokens.ts";

/**
 * Who is calling, from the bearer token alone: no trip to PostgreSQL or Redis.
 *
 * @param authorization The Authorization header.
 * @throws Problem invalid_token without a valid token, session_ended after the end of its session,
 *   service_unavailable while this process cannot know which sessions ended.
 */
export async function authenticate(
  deps: Deps,
  authorization: string | undefined,
): Promise<AccessClaims> {
  const token = /^Bearer ([\w-]+\.[\w-]+\.[\w-]+)$/i.exec(authorization ?? "")?.[1];
  if (!token) {
    throw new Problem("invalid_token");
  }
  const claims = await verifyAccessToken(deps, deps.verifiedTokens, token);
  if (deps.revocations.isStale()) {
    throw new Problem("service_unavailable", { retryAfterSeconds: 1 });
  }
  if (deps.revocations.has(claims.sid)) {
    throw new Problem("session_ended");
  }
  return claims;
}
