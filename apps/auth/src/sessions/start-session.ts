import { randomUUIDv7 } from "node:crypto";
import { digestToken, generateToken } from "@postern/crypto";
import { sqlState } from "@postern/process";
import { toUserView, type UserView } from "../accounts/account.ts";
import { describeIdentifier } from "../attempts/describe-identifier.ts";
import { lanesOf } from "../attempts/lanes.ts";
import type { Deps } from "../deps.ts";
import { describeDevice, fingerprintOf } from "../devices/describe-device.ts";
import type { Origin } from "../http/origin.ts";
import { codeValues } from "../one-time-codes/consuming-steps.ts";
import { Problem } from "../problem.ts";
import { signAccessToken } from "./access-token.ts";
import { findAccount } from "./find-account.ts";
import { LIVE_SESSIONS_MAX, limitSessions } from "./limit-sessions.ts";
import { signPendingToken } from "./pending-token.ts";
import { amrOf, isComplete, type Proof, type SecondFactorMethod } from "./proof.ts";
import { findOwner, type Owner, sealSignInNotices } from "./sign-in-notices.ts";
import { type StartRow, startStatements } from "./start-statements.ts";

export type StartSessionInput = {
  proof: Proof;
  /** The normalised email or number that was signed in with. */
  identifier: string;
  /** The lane whose failures this success clears. */
  lane: string | null;
  /** Matched against the account's devices; any other client gets a device token of its own. */
  deviceToken: string | null;
  origin: Origin;
  /** Where the owner hears of it. Without it a trip more finds out. */
  owner?: Owner;
};

export type Session = {
  id: string;
  user: UserView;
  accessToken: string;
  refreshToken: string;
  /** Until the refresh token ends, if it is not used. */
  refreshExpiresInSeconds: number;
  expiresInSeconds: number;
  deviceToken: string | null;
};

/** The first factor was right; nothing is open yet. */
export type SecondFactorRequired = {
  /** Worth nothing but at 2fa/challenge and 2fa/verify, for 5 minutes, once. */
  pendingToken: string;
  methods: readonly SecondFactorMethod[];
};

export type SignInOutcome =
  | { next: "session"; session: Session }
  | { next: "second_factor"; required: SecondFactorRequired };

const UNIQUE_VIOLATION = "23505";

/**
 * Starts a session for somebody who has just proved who they are: a new family of refresh tokens,
 * a signed access token, and a device token where the client is new. Every way to sign in ends
 * here, and the statement itself asks for the second factor where the account has one, so no way
 * leads round it.
 *
 * Returns null where the proof no longer holds; then nothing was written.
 *
 * @throws Problem account_locked for a right code whose account is locked.
 */
export async function startSession(
  deps: Deps,
  input: StartSessionInput,
): Promise<SignInOutcome | null> {
  // Without a key there is nothing to answer with: then nothing must be written.
  deps.signingKeys.current();
  const { proof } = input;
  const refreshToken = generateToken("prt");
  const newDeviceToken = generateToken("pdv");
  const sessionId = proof.kind === "second_factor" ? proof.sessionId : randomUUIDv7();
  const row = await start(deps, input, {
    sessionId,
    tokenHash: digestToken(refreshToken),
    newDeviceTokenHash: digestToken(newDeviceToken),
  });
  if (!row) {
    return null;
  }
  const amr = amrOf(proof);
  if (row.outcome === "second_factor") {
    const { user_id: userId, password_hash: passwordHash, methods } = row;
    const pendingToken = await signPendingToken(deps, { userId, passwordHash, amr });
    return { next: "second_factor", required: { pendingToken, methods } };
  }
  if (row.session_count > LIVE_SESSIONS_MAX) {
    await limitSessions(deps, row.id, input.origin);
  }
  const { accessToken, expiresInSeconds } = await signAccessToken(deps, {
    userId: row.id,
    sessionId,
    authTime: row.auth_time,
    amr,
  });
  const session = {
    id: sessionId,
    user: toUserView(row),
    accessToken,
    refreshToken,
    refreshExpiresInSeconds: deps.config.refresh.idleSeconds,
    expiresInSeconds,
    deviceToken: row.is_new_device ? newDeviceToken : null,
  };
  return { next: "session", session };
}

type NewSession = { sessionId: string; tokenHash: string; newDeviceTokenHash: string };

async function start(
  deps: Deps,
  input: StartSessionInput,
  session: NewSession,
): Promise<StartRow | undefined> {
  const { proof, identifier, deviceToken } = input;
  const owner = input.owner ?? (await findOwner(deps, proof, identifier));
  const values = {
    ...session,
    ...valuesOf(deps, input),
    ...deviceValues(deps, input.origin),
    ...sealSignInNotices(deps, input.origin, owner),
  };
  if (proof.kind === "code") {
    const { stranger, device } = lanesOf(deps.digestKeys, identifier, deviceToken);
    const [row] = await startStatements.afterCode[proof.channel](deps, {
      ...values,
      ...codeValues(deps, proof),
      strangerLane: stranger.digest,
      deviceLane: device?.digest ?? null,
    });
    return row ?? refuseIfLocked(deps, input);
  }
  const passwordHash = "passwordHash" in proof ? proof.passwordHash : null;
  const isPasswordBound = "passwordHash" in proof;
  const { userId } = proof;
  try {
    const bound = { ...values, userId, isPasswordBound, passwordHash };
    return proof.kind === "step_up"
      ? (await startStatements.steppingUp(deps, { ...bound, ...proof }))[0]
      : (await startStatements.ofAccount(deps, bound))[0];
  } catch (error) {
    // The session's id came with the pending token: a second use of that token meets the first.
    if (proof.kind === "second_factor" && sqlState(error) === UNIQUE_VIOLATION) {
      return undefined;
    }
    throw error;
  }
}

const valuesOf = (
  { config, digestKeys }: Deps,
  { proof, identifier, lane, deviceToken, origin }: StartSessionInput,
) => ({
  tokenId: randomUUIDv7(),
  newDeviceId: randomUUIDv7(),
  deviceTokenHash: deviceToken === null ? null : digestToken(deviceToken),
  ipAddress: origin.ipAddress,
  userAgent: origin.userAgent,
  amr: amrOf(proof),
  idleSeconds: config.refresh.idleSeconds,
  absoluteSeconds: config.refresh.absoluteSeconds,
  ...describeIdentifier(digestKeys, identifier),
  isSignIn: proof.kind !== "created" && proof.kind !== "step_up",
  isComplete: isComplete(proof),
  lane,
});

function deviceValues({ config }: Deps, origin: Origin) {
  const { name, ...device } = describeDevice(origin);
  const fingerprint = fingerprintOf(origin, { name, ...device });
  const { trackedPercent } = config.tracking;
  return { deviceName: name, ...device, fingerprint, trackedPercent };
}

/** A right code opens no account that is locked, and stays right until its end. */
async function refuseIfLocked(deps: Deps, input: StartSessionInput): Promise<undefined> {
  const { identifier, origin } = input;
  const { account, deviceId, lane, state } = await findAccount(deps, input);
  if (state.lockedForSeconds > 0) {
    deps.refusals.noteAttempt(lane.digest, {
      ...describeIdentifier(deps.digestKeys, identifier),
      userId: account?.id ?? null,
      ipAddress: origin.ipAddress,
      userAgent: origin.userAgent,
      attemptResult: "locked",
      deviceId,
    });
    throw new Problem("account_locked", { retryAfterSeconds: state.lockedForSeconds });
  }
}
