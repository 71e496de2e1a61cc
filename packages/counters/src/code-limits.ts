/** Bounds on codes by recipient and lane. Every number is at least 1. */
export type CodeLimits = Readonly<{
  /** Between two codes to one recipient from one client address. */
  cooldownSeconds: number;
  sendsPerHour: number;
  sendsPerDay: number;
  /** Codes that may be open at once for one recipient, purpose and lane. */
  liveChallengesMax: number;
  /** How long after the send before each resend becomes possible; there are as many as delays. */
  resendDelaysSeconds: readonly number[];
  failuresPerQuarterHour: number;
  failuresPerDay: number;
}>;

/** */
export const DEFAULT_CODE_LIMITS: CodeLimits = Object.freeze({
  cooldownSeconds: 60,
  sendsPerHour: 5,
  sendsPerDay: 10,
  liveChallengesMax: 3,
  resendDelaysSeconds: Object.freeze([60, 120]),
  failuresPerQuarterHour: 10,
  failuresPerDay: 20,
});

export const QUARTER_HOUR_MS = 15 * 60_000;
export const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;
