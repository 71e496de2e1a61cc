import type { PasswordCheck } from "@postern/crypto";
import { describeIdentifier } from "../attempts/describe-identifier.ts";
import { type Failure, recordFailure } from "../attempts/record-failure.ts";
import { type Attempt, reserveInLane } from "../attempts/reserve-attempt.ts";
import type { Deps } from "../deps.ts";
import type { Origin } from "../http/origin.ts";
import { refuseExpiredPassword } from "../passwords/refuse-expired-password.ts";
import { Problem } from "../problem.ts";
import { type Account, type FoundAccount, findAccount } from "./find-account.ts";
import { type SignInOutcome, startSession } from "./start-session.ts";
import { upgradePasswordHash } from "./upgrade-password-hash.ts";

export type SignInInput = {
  /** A normalised email or number. */
  identifier: string;
  password: string;
  deviceToken: string | null;
  origin: Origin;
};

/**
 * Trades an email or a verified number and a password for a session.
 *
 * The attempt is spent before the password is checked, so parallel guesses cannot slip past the
 * lock and a locked identifier costs no hash. A wrong password, an unknown identifier and a disabled
 * account get the same answer after the same work.
 *
 * @throws Problem account_locked, too_many_requests, invalid_credentials, password_expired,
 *   service_unavailable.
 */
export async function signIn(deps: Deps, input: SignInInput): Promise<SignInOutcome> {
  const { identifier, password, deviceToken, origin } = input;
  const found = await findAccount(deps, { identifier, deviceToken });
  const attempt = await reserve(deps, input, found);
  const { account, lane } = found;
  const check = await verify(deps, attempt, [account?.passwordHash ?? null, password]);
  if (!account || account.isDisabled || !check.matches) {
    throw await refuse(deps, { attempt, found, input }, refusalOf(account, check));
  }
  if (account.isPasswordExpired) {
    const expired = { userId: account.id, identifier, deviceId: found.deviceId, origin };
    await attempt.settle("succeeded");
    return refuseExpiredPassword(deps, expired);
  }
  const passwordHash = await upgradePasswordHash(deps, { account, password, check });
  const proof = { kind: "password", userId: account.id, passwordHash } as const;
  const [outcome] = await Promise.all([
    startSession(deps, {
      proof,
      identifier,
      lane: lane.digest,
      deviceToken,
      origin,
      owner: account,
    }),
    attempt.settle("succeeded", { isRowSettled: true }),
  ]);
  if (!outcome) {
    // The password changed or the account was disabled while the password was being checked.
    throw await refuse(deps, { attempt, found, input }, "failed_password");
  }
  return outcome;
}

async function reserve(deps: Deps, input: SignInInput, found: FoundAccount): Promise<Attempt> {
  try {
    return await reserveInLane(deps, found, input.origin);
  } catch (error) {
    if (error instanceof Problem) {
      noteRefusal(deps, input, { found, isLock: error.code === "account_locked" });
    }
    throw error;
  }
}

function noteRefusal(
  { refusals, digestKeys }: Deps,
  { identifier, origin }: SignInInput,
  { found, isLock }: { found: FoundAccount; isLock: boolean },
): void {
  refusals.noteAttempt(found.lane.digest, {
    ...describeIdentifier(digestKeys, identifier),
    userId: found.account?.id ?? null,
    ipAddress: origin.ipAddress,
    userAgent: origin.userAgent,
    attemptResult: isLock ? "locked" : "throttled",
    deviceId: found.deviceId,
  });
}

/**
 * A hasher with no place left gives the attempt back: nothing was guessed. A stored hash of a kind
 * that is not known here matches nothing, after the same work and with the same answer.
 */
async function verify(
  { passwords, log }: Deps,
  attempt: Attempt,
  [stored, password]: readonly [string | null, string],
): Promise<PasswordCheck> {
  try {
    const check = await passwords.verify(stored, password);
    if (!check.isReadable) {
      log.error("a stored password hash is of a kind that is not known here");
    }
    return check;
  } catch (error) {
    await attempt.settle("released");
    throw error;
  }
}

type Refusal = Extract<Failure["result"], "failed_password" | "unknown_account" | "disabled">;

function refusalOf(account: Account | null, check: PasswordCheck): Refusal {
  if (!account) {
    return "unknown_account";
  }
  return account.isDisabled && check.matches ? "disabled" : "failed_password";
}

async function refuse(
  deps: Deps,
  { attempt, found, input }: { attempt: Attempt; found: FoundAccount; input: SignInInput },
  result: Refusal,
): Promise<Problem> {
  const { account, deviceId } = found;
  const { identifier, origin } = input;
  await recordFailure(deps, {
    attempt,
    identifier,
    account,
    deviceId,
    result,
    reason: result,
    eventType: result === "failed_password" ? "failed_login_attempt" : "login_failed",
    origin,
  });
  return new Problem("invalid_credentials");
}
