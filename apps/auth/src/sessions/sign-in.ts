import type { PasswordCheck } from "@postern/crypto";
import type { Deps } from "../deps.ts";
import type { Origin } from "../http/origin.ts";
import { Problem } from "../problem.ts";
import { describeIdentifier } from "./describe-identifier.ts";
import { type Account, type FoundAccount, findAccount } from "./find-account.ts";
import { type Failure, recordFailure } from "./record-failure.ts";
import { type Attempt, reserveAttempt } from "./reserve-attempt.ts";
import { type SignInOutcome, startSession } from "./start-session.ts";
import { upgradePasswordHash } from "./upgrade-password-hash.ts";

export type SignInInput = {
  /** Normalised. */
  email: string;
  password: string;
  deviceToken: string | null;
  origin: Origin;
};

/**
 * Trades an email and a password for a session.
 *
 * The attempt is spent before the password is checked, so parallel guesses cannot slip past the
 * lock and a locked identifier costs no hash. A wrong password, an unknown email and a disabled
 * account get the same answer after the same work.
 *
 * @throws Problem account_locked, too_many_requests, invalid_credentials, service_unavailable.
 */
export async function signIn(deps: Deps, input: SignInInput): Promise<SignInOutcome> {
  const { email, password, origin } = input;
  const found = await findAccount(deps, { email, deviceToken: input.deviceToken });
  const attempt = await reserve(deps, input, found);
  const { account, lane } = found;
  const check = await verify(deps, attempt, [account?.passwordHash ?? null, password]);
  if (!account || account.isDisabled || !check.matches) {
    const result = refusalOf(account, check);
    throw await refuse(deps, attempt, { email, origin, found, result });
  }
  const passwordHash = await upgradePasswordHash(deps, { account, password, check });
  const proof = { kind: "password", userId: account.id, passwordHash } as const;
  const [outcome] = await Promise.all([
    startSession(deps, { proof, identifier: email, lane, deviceToken: input.deviceToken, origin }),
    attempt.settle("succeeded"),
  ]);
  if (!outcome) {
    // The password changed or the account was disabled while the password was being checked.
    const result = "failed_password";
    await recordFailure(deps, { email, origin, found, result, durableFailures: 1 });
    throw new Problem("invalid_credentials");
  }
  return outcome;
}

/** A lock that PostgreSQL knows of costs neither a hash nor a trip to Redis. */
async function reserve(deps: Deps, input: SignInInput, found: FoundAccount): Promise<Attempt> {
  try {
    if (found.lockedForSeconds > 0) {
      throw new Problem("account_locked", { retryAfterSeconds: found.lockedForSeconds });
    }
    return await reserveAttempt(deps, found.lane, input.origin);
  } catch (error) {
    if (error instanceof Problem) {
      noteRefusal(deps, input, { found, isLock: error.code === "account_locked" });
    }
    throw error;
  }
}

function noteRefusal(
  { refusals, digestKeys }: Deps,
  { email, origin }: SignInInput,
  { found, isLock }: { found: FoundAccount; isLock: boolean },
): void {
  refusals.noteAttempt(found.lane, {
    ...describeIdentifier(digestKeys, email),
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

function refusalOf(account: Account | null, check: PasswordCheck): Failure["result"] {
  if (!account) {
    return "unknown_account";
  }
  return account.isDisabled && check.matches ? "disabled" : "failed_password";
}

async function refuse(
  deps: Deps,
  attempt: Attempt,
  failure: Omit<Failure, "durableFailures">,
): Promise<Problem> {
  await Promise.all([
    recordFailure(deps, { ...failure, durableFailures: attempt.durableFailures }),
    attempt.settle("failed"),
  ]);
  return new Problem("invalid_credentials");
}
