import { sql } from "drizzle-orm";
import { ownLane } from "../attempts/lanes.ts";
import { recordFailure } from "../attempts/record-failure.ts";
import { requireUnlocked } from "../attempts/require-unlocked.ts";
import { type Attempt, reserveAttempt } from "../attempts/reserve-attempt.ts";
import type { Deps } from "../deps.ts";
import type { Origin } from "../http/origin.ts";
import { Problem } from "../problem.ts";
import { statement } from "../statement.ts";
import type { UserId } from "../tables.ts";
import { verifySecondFactor } from "../two-factor/verify-second-factor.ts";
import { announceEnd } from "./announce-end.ts";
import type { SecondFactorMethod } from "./proof.ts";
import { type SignInOutcome, startSession } from "./start-session.ts";
import type { AccessClaims } from "./verified-tokens.ts";

type Account = { id: UserId; email: string; password_hash: string | null };

const find = statement<Account>(
  (t) => sql`
    select u.id, lower(u.email) as email, u.password_hash from ${t.users} u
    where u.id = ${sql.placeholder("userId")} and u.disabled_at is null`,
);

type StepUpProof = { password: string } | { method: SecondFactorMethod; code: string };

export type StepUpInput = { claims: AccessClaims; proof: StepUpProof; origin: Origin };

/**
 * Lets the owner of a session prove it again, and gives a new session in its place with a fresh
 * auth_time; the old one ends with that.
 *
 * The new session keeps the words of how the old one was opened and adds what was proved now, so
 * nobody comes out with less than they had. Where the account has a second factor and the session is
 * not multi-factor, a password leads to the second step as in a sign-in, and the old session stays.
 *
 * @throws Problem session_ended, invalid_credentials, invalid_code, account_locked,
 *   too_many_requests, otp_limit, service_unavailable.
 */
export async function stepUp(deps: Deps, input: StepUpInput): Promise<SignInOutcome> {
  const { claims, origin } = input;
  const [account] = await find(deps, { userId: claims.sub });
  if (!account) {
    throw new Problem("session_ended");
  }
  await requireUnlocked(deps, { userId: account.id, sessionId: claims.sid });
  const lane = ownLane(deps.digestKeys, "step_up", account.id);
  const attempt = await reserveAttempt(deps, lane, origin);
  if (!(await isProven(deps, attempt, { account, input }))) {
    await refuse(deps, attempt, { account, input });
  }
  const [outcome] = await Promise.all([
    start(deps, { account, input }, lane.digest),
    attempt.settle("succeeded"),
  ]);
  if (!outcome) {
    throw new Problem("session_ended");
  }
  if (outcome.next === "session") {
    await announceEnd(deps, [claims.sid]);
  }
  return outcome;
}

type Trial = { account: Account; input: StepUpInput };

/** What ends without an answer was no guess. */
async function isProven(deps: Deps, attempt: Attempt, { account, input }: Trial): Promise<boolean> {
  const { proof, claims, origin } = input;
  try {
    if ("password" in proof) {
      return (await deps.passwords.verify(account.password_hash, proof.password)).matches;
    }
    const { sub: userId, sid: sessionId, amr } = claims;
    const presented = { userId, sessionId, firstStep: amr[0] ?? "", origin, ...proof };
    return await verifySecondFactor(deps, presented);
  } catch (error) {
    await attempt.settle("released");
    throw error;
  }
}

async function refuse(deps: Deps, attempt: Attempt, { account, input }: Trial): Promise<never> {
  const isPassword = "password" in input.proof;
  await recordFailure(deps, {
    attempt,
    identifier: account.email,
    account,
    result: isPassword ? "failed_password" : "failed_second_factor",
    reason: "step_up",
    eventType: isPassword ? "failed_login_attempt" : "two_factor_failed",
    origin: input.origin,
  });
  throw new Problem(isPassword ? "invalid_credentials" : "invalid_code");
}

const start = (deps: Deps, { account, input }: Trial, lane: string) =>
  startSession(deps, {
    proof: {
      kind: "step_up",
      userId: account.id,
      passwordHash: account.password_hash,
      by: "password" in input.proof ? "password" : input.proof.method,
      replacedSessionId: input.claims.sid,
      replacedAmr: input.claims.amr,
    },
    identifier: account.email,
    lane,
    deviceToken: null,
    origin: input.origin,
    owner: { email: null, failures: null },
  });
