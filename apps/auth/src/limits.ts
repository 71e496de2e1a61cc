/**
 * Every limit that an operator may override by name, with its default:
 * `LIMITS=otp_sends_per_address_per_hour=1000,…`.
 */
const DEFAULT_LIMITS = {
  sign_ins_per_address_per_minute: 60,
  second_factors_per_address_per_minute: 60,
  recoveries_per_address_per_hour: 30,
  codes_per_address_per_minute: 60,
  oauth_calls_per_address_per_minute: 60,
  sign_ups_per_address_per_hour: 100,
  password_changes_per_user_per_hour: 5,
  password_resets_per_recipient_per_hour: 5,
  password_resets_per_recipient_per_day: 10,
  otp_cooldown_seconds: 60,
  otp_sends_per_recipient_per_hour: 5,
  otp_sends_per_recipient_per_day: 10,
  otp_live_challenges_per_recipient: 3,
  otp_failures_per_quarter_hour: 10,
  otp_failures_per_day: 20,
  otp_sends_per_address_per_hour: 10,
  otp_recipients_per_address_per_day: 20,
  contact_changes_per_account_per_hour: 5,
  exports_per_account_per_hour: 10,
  unknown_api_keys_per_address_per_minute: 60,
  stuffing_identifiers_per_address_per_quarter_hour: 20,
  spraying_identifiers_per_quarter_hour: 500,
} as const;

type LimitName = keyof typeof DEFAULT_LIMITS;

export type Limits = Readonly<Record<LimitName, number>>;

/**
 * How long a request may take before its answer begins: above the 3 s that a statement has and below
 * the 4 s within which a 503 must come.
 */
export const REQUEST_MILLISECONDS_MAX = 3_500;

/** Above this a throttle would keep more than 100 kB for one subject. */
const LIMIT_MAX = 10_000;

/** Reads LIMITS over the defaults. A fault names the limit, or its place where the name is not known. */
export function readLimits(text: string): { limits: Limits; faults: string[] } {
  const limits: Record<LimitName, number> = { ...DEFAULT_LIMITS };
  const faults: string[] = [];
  for (const [index, entry] of text.split(",").entries()) {
    const [name = "", value = ""] = entry.split("=").map((part) => part.trim());
    if (entry.trim() === "") {
      continue;
    }
    if (!isLimitName(name)) {
      faults.push(`LIMITS names a limit that does not exist, in entry ${index + 1}`);
    } else if (!/^[1-9]\d{0,4}$/.test(value) || Number(value) > LIMIT_MAX) {
      faults.push(`LIMITS gives ${name} no whole number from 1 to ${LIMIT_MAX}`);
    } else {
      limits[name] = Number(value);
    }
  }
  return { limits: Object.freeze(limits), faults };
}

const isLimitName = (name: string): name is LimitName => Object.hasOwn(DEFAULT_LIMITS, name);
