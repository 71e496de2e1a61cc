export type { Log } from "./availability.ts";
export { type CodeLimits, DEFAULT_CODE_LIMITS } from "./code-limits.ts";
export {
  type Counters,
  CountersAwayError,
  type CountersOptions,
  openCounters,
} from "./connection.ts";
export { type CountedUse, countUse } from "./count-use.ts";
export { type ChallengeTrace, findChallenge } from "./find-challenge.ts";
export { type Hold, type HoldOptions, takeHold } from "./holds.ts";
export { type Failing, type FailingGroup, noteFailing } from "./note-failing.ts";
export {
  type Challenge,
  type CodeLane,
  type OpenedChallenge,
  openChallenge,
} from "./open-challenge.ts";
export { type OpenChallenge, readChallenge } from "./read-challenge.ts";
export { type ResendOptions, type ResentCode, resendCode } from "./resend-code.ts";
export {
  type Budget,
  type BudgetLevel,
  type Reservation,
  type Reserved,
  reserveBudget,
} from "./reserve-budget.ts";
export { restoreCode } from "./restore-code.ts";
export {
  announceRevocations,
  type ListenOptions,
  listenForRevocations,
  type RevocationListener,
} from "./revocations.ts";
export { noteBudgetTold, settleBudget } from "./settle-budget.ts";
export {
  type AttemptOutcome,
  forgetAttempts,
  type SpentAttempt,
  settleAttempt,
  spendAttempt,
} from "./spend-attempt.ts";
export { type PresentedCode, type SpentCode, spendCode } from "./spend-code.ts";
export {
  refundThrottle,
  type Throttle,
  type Throttled,
  type ThrottleLimit,
  throttle,
} from "./throttle.ts";
export { type DistinctLimit, throttleDistinct } from "./throttle-distinct.ts";
export { keepTicket, takeTicket } from "./tickets.ts";
export {
  noteVerifiedSend,
  type SendGroup,
  type SuspiciousSend,
  type WatchedSend,
  watchSend,
} from "./watch-sends.ts";
export { withdrawChallenge } from "./withdraw-challenge.ts";
