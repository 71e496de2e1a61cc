// SP 800-38D, 8.3: with random nonces of 96 bits, at most 2^32 encryptions under one key, so that
// two nonces are equal with a probability of at most 2^-32.
const SEALS_MAX = 2 ** 32;
const ALARM_AT = 2 ** 31;

/** How many values were sealed for one column under one root key. */
export type SealCount = Readonly<{
  keyId: number;
  table: string;
  column: string;
  /** In this process, since its start. */
  count: number;
}>;

/**
 * How many values may be sealed for one column under one root key, counted in this process alone
 * and since its start. Where several processes seal, or often start anew, lower both by as much,
 * and watch the number of rows by key, which the database knows.
 */
export type SealLimits = Readonly<{
  /** The count at which `onAlarm` is called; 2^31 where left out. */
  alarmAt?: number | undefined;
  /** The count past which `seal` refuses; 2^32 where left out, and never more. */
  max?: number | undefined;
  /**
   * Called once for each column and key of a process: time to turn the root key. It runs inside
   * `seal`, which passes on what it throws.
   */
  onAlarm?: ((count: SealCount) => void) | undefined;
}>;

/** No further value may be sealed for this column under the active key. Turn the root key. */
export class SealLimitError extends Error {
  override readonly name = "SealLimitError";

  constructor() {
    super("The active key has sealed as many values for this column as one key may.");
  }
}

export type CheckedSealLimits = Readonly<{
  alarmAt: number;
  max: number;
  onAlarm: (count: SealCount) => void;
}>;

/** @throws RangeError where they are no whole numbers with 1 ≤ alarmAt ≤ max ≤ 2^32. */
export function readSealLimits({
  max = SEALS_MAX,
  alarmAt = Math.min(ALARM_AT, max),
  onAlarm = () => undefined,
}: SealLimits = {}): CheckedSealLimits {
  if (!Number.isInteger(max) || max > SEALS_MAX) {
    throw new RangeError("max must be a whole number of at most 2^32.");
  }
  if (!Number.isInteger(alarmAt) || alarmAt < 1 || alarmAt > max) {
    throw new RangeError("alarmAt must be a whole number from 1 to max.");
  }
  return { max, alarmAt, onAlarm };
}
