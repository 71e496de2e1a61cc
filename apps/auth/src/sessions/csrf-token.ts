import { digestToken, equalConstantTime, keyedDigest } from "@postern/crypto";
import { sql } from "drizzle-orm";
import type { Deps } from "../deps.ts";
import { Problem } from "../problem.ts";
import { statement } from "../statement.ts";

type KeyDeps = Pick<Deps, "digestKeys">;

/** The session's id and its keyed digest: what another site can neither read nor make. */
const csrfTokenOf = ({ digestKeys }: KeyDeps, sessionId: string): string =>
  `${sessionId}.${keyedDigest(digestKeys, "csrf", sessionId)}`;

/**
 * The session for which we made this token. The caller compares it with the session of the cookie,
 * in the statement that uses the cookie: so a refresh stays one trip.
 *
 * @throws Problem csrf_refused.
 */
export function readCsrfToken(deps: KeyDeps, token: string | string[] | undefined): string {
  const [sessionId = ""] = typeof token === "string" ? token.split(".") : [];
  if (typeof token !== "string" || !equalConstantTime(token, csrfTokenOf(deps, sessionId))) {
    throw new Problem("csrf_refused");
  }
  return sessionId;
}

const findSession = statement<{ session_id: string }>(
  (t) => sql`
    select head.family_id as session_id from ${t.refreshTokens} r
    join ${t.refreshTokens} head on head.family_id = r.family_id and head.generation = 0
    where r.token_hash = ${sql.placeholder("tokenHash")} and r.expires_at > now()
      and head.revoked_at is null`,
);

/** The live session that a refresh token belongs to, or null. */
export async function findSessionOf(deps: Deps, refreshToken: string): Promise<string | null> {
  const [row] = await findSession(deps, { tokenHash: digestToken(refreshToken) });
  return row?.session_id ?? null;
}

/**
 * The CSRF token of the session whose refresh token a page sends as its cookie.
 *
 * @throws Problem session_ended.
 */
export async function findCsrfToken(deps: Deps, refreshToken: string | null): Promise<string> {
  const sessionId = refreshToken === null ? null : await findSessionOf(deps, refreshToken);
  if (sessionId === null) {
    throw new Problem("session_ended");
  }
  return csrfTokenOf(deps, sessionId);
}
