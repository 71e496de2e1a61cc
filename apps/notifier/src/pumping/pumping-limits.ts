/**
 * When text messages look like pumping: somebody has codes sent to numbers that earn him a part of
 * the fee, and nobody ever verifies them. Counted over a rolling window, by country, by range
 * (a number without its last four digits) and by the network address that asked.
 *
 * A group is suspicious where as many sends as `…_unverified` stayed unverified and less than
 * `…_verified_percent` of all its sends were verified. Each is overridden by its name:
 * `SMS_PUMPING_LIMITS=prefix_unverified=20,window_minutes=30`.
 */
const DEFAULT_PUMPING_LIMITS = {
  window_minutes: 60,
  country_unverified: 100,
  country_verified_percent: 10,
  /** A country has many people at once who have not typed their code yet. */
  country_grace_minutes: 3,
  prefix_unverified: 10,
  prefix_verified_percent: 20,
  address_unverified: 8,
  address_verified_percent: 20,
  /** Numbers of one range that follow one another, one by one. */
  sequential_numbers: 5,
} as const;

type PumpingLimitName = keyof typeof DEFAULT_PUMPING_LIMITS;

export type PumpingLimits = Readonly<Record<PumpingLimitName, number>>;

const LIMIT_MAX = 100_000;
/** A window of a day keeps 1,440 counts a group. */
const WINDOW_MINUTES_MAX = 1_440;

/** Reads SMS_PUMPING_LIMITS over the defaults. Null where it is no such list. */
export function readPumpingLimits(text: string): PumpingLimits | null {
  const limits: Record<PumpingLimitName, number> = { ...DEFAULT_PUMPING_LIMITS };
  for (const entry of text.split(",").filter((it) => it.trim() !== "")) {
    const [name = "", value = ""] = entry.split("=").map((part) => part.trim());
    const isRead = isLimitName(name) && /^[1-9]\d{0,5}$/.test(value) && Number(value) <= LIMIT_MAX;
    if (!isRead) return null;
    limits[name] = Number(value);
  }
  return limits.window_minutes <= WINDOW_MINUTES_MAX ? Object.freeze(limits) : null;
}

const isLimitName = (name: string): name is PumpingLimitName =>
  Object.hasOwn(DEFAULT_PUMPING_LIMITS, name);
