import { randomUUIDv7 } from "node:crypto";
import { digestToken, generateToken } from "@postern/crypto";
import { toUserView } from "../accounts/account.ts";
import type { Deps } from "../deps.ts";
import { describeDevice, fingerprintOf } from "../devices/describe-device.ts";
import type { Origin } from "../http/origin.ts";
import { Problem } from "../problem.ts";
import { UNREADABLE } from "../sealed-values/read-sealed-value.ts";
import { signAccessToken } from "./access-token.ts";
import { announceEnd } from "./announce-end.ts";
import { rotateToken } from "./rotate-token.ts";
import type { Session } from "./start-session.ts";
import { readSuccessor, sealSuccessor } from "./successor.ts";

/** A refresh token as a client presents it. */
export type PresentedRefreshToken = {
  refreshToken: string;
  /** The session that the page's CSRF token names, where the token came as a cookie. */
  ofSession?: string;
};

/** How a refusal is answered; the two others are answered with tokens. */
const REFUSALS = {
  ended: "session_ended",
  foreign: "csrf_refused",
  reused: "token_reused",
  stranger_ended: "session_ended",
  stranger_held: "step_up_required",
} as const;

/**
 * Trades a refresh token for its successor and a new access token.
 *
 * Parallel calls with one token all get the same successor, so three browser tabs stay signed in;
 * a token older than the immediate predecessor, or one that comes after the grace window, was
 * stolen or replayed, and ends the session for everybody (RFC 9700, 4.14.2).
 *
 * @throws Problem session_ended, token_reused, csrf_refused, step_up_required (where
 *   FINGERPRINT_MISMATCH says so); service_unavailable before the first signing key.
 */
export async function refreshSession(
  deps: Deps,
  { refreshToken, ofSession, origin }: PresentedRefreshToken & { origin: Origin },
): Promise<Session> {
  // Without a key there is nothing to answer with: then nothing must be rotated.
  deps.signingKeys.current();
  const presented = { token: refreshToken, tokenHash: digestToken(refreshToken) };
  const successor = generateToken("prt");
  const device = describeDevice(origin);
  const { fingerprintMismatch, trackedPercent } = deps.config.tracking;
  const [row] = await rotateToken(deps, {
    tokenHash: presented.tokenHash,
    ofSession: ofSession ?? null,
    sealedSuccessor: sealSuccessor(presented, successor),
    newTokenId: randomUUIDv7(),
    newTokenHash: digestToken(successor),
    graceSeconds: deps.config.refresh.graceSeconds,
    idleSeconds: deps.config.refresh.idleSeconds,
    deviceName: device.name,
    fingerprint: fingerprintOf(origin, device),
    onStranger: fingerprintMismatch,
    trackedPercent,
    ipAddress: origin.ipAddress,
    userAgent: origin.userAgent,
  });
  if (!row) {
    throw new Problem("session_ended");
  }
  if (row.outcome === "reused" || row.outcome === "stranger_ended") {
    await announceEnd(deps, [row.session_id]);
  }
  if (row.outcome !== "rotated" && row.outcome !== "repeated") {
    throw new Problem(REFUSALS[row.outcome]);
  }
  const newest = row.sealed_successor
    ? await readSuccessor(deps, presented, { userId: row.id, sealed: row.sealed_successor })
    : successor;
  if (newest === null || newest === UNREADABLE) {
    throw new Problem("session_ended");
  }
  const { accessToken, expiresInSeconds } = await signAccessToken(deps, {
    userId: row.id,
    sessionId: row.session_id,
    authTime: row.auth_time,
    amr: row.amr,
  });
  return {
    id: row.session_id,
    user: toUserView(row),
    accessToken,
    refreshToken: newest,
    refreshExpiresInSeconds: deps.config.refresh.idleSeconds,
    expiresInSeconds,
    deviceToken: null,
  };
}
