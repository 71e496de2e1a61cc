import type { securityEventTypes, severities } from "../tables/security-events.ts";

export type RegisteredEvent = Readonly<{
  /** What happened, and when the row is written. */
  meaning: string;
  severity: (typeof severities)[number] | "as it is written";
  /** The keys that metadata may have. Never a secret, a code or an address. */
  metadata: readonly string[];
  /** Who writes it, where that is none of Postern's services. */
  writtenBy?: string;
}>;

const event = (
  severity: RegisteredEvent["severity"],
  meaning: string,
  ...metadata: string[]
): RegisteredEvent => ({ meaning, severity, metadata });

/** Of a row that stands for several refusals, and of one that stands for several addresses. */
const SUMMED = ["count", "addresses"] as const;

/**
 * Every security event that Postern knows: docs/events.md is rendered from it, and a test compares
 * it with what the services and the SQL write.
 */
export const securityEventRegister: Readonly<
  Record<(typeof securityEventTypes)[number], RegisteredEvent>
> = {
  login_success: event("low", "Somebody signed in, by whichever way; not a step-up."),
  login_failed: event(
    "medium",
    "A sign-in failed for an unknown or disabled account, or at its second step.",
    "reason",
    ...SUMMED,
  ),
  failed_login_attempt: event("medium", "The password of a known account was wrong.", "reason"),
  signup_success: event("low", "An account was opened.", "provider", "actor"),
  signup_failed: event("low", "A sign-up met an address that is taken.", "reason"),
  oauth_success: event(
    "low",
    "A provider proved who somebody is, and they were let in.",
    "provider",
  ),
  oauth_failed: event(
    "medium",
    "What a provider said, or its browser brought, was not accepted.",
    "provider",
    "reason",
    ...SUMMED,
  ),
  token_generated: event("low", "A session began: at a sign-in, a sign-up or a step-up."),
  token_refreshed: event("low", "A refresh token was exchanged for the next."),
  token_revoked: event(
    "low",
    "One session ended; medium where it was not the owner who did it.",
    "reason",
  ),
  mass_token_revocation: event(
    "medium",
    "Several sessions of an account ended together.",
    "reason",
    "sessions",
    "actor",
  ),
  token_verification_failed: event(
    "medium",
    "An access token was presented that is none of ours; one that has merely expired is not meant.",
    "reason",
    ...SUMMED,
  ),
  device_fingerprint_mismatch: event(
    "medium",
    "A session was refreshed from another browser than it began in.",
  ),
  account_locked: event(
    "high",
    "The fifth failure in a row locked a lane of the account.",
    "until",
    "locks",
  ),
  account_unlocked: event(
    "medium",
    "A lock ended before its time: by a completed recovery, or by an administrator.",
    "reason",
    "actor",
  ),
  password_changed: event("medium", "The owner chose another password.", "method"),
  password_reset_requested: event(
    "low",
    "Somebody asked for a reset by mail, whether or not the address is anybody's.",
    "method",
    "delivery_id",
    "reason",
  ),
  password_reset_completed: event("medium", "A password was set by a link or a code.", "method"),
  password_expired: event(
    "medium",
    "A right password was refused, since it is too old or was ended.",
  ),
  password_reset_forced: event(
    "medium",
    "An administrator ended a password; the owner is told by mail.",
    "actor",
  ),
  email_verified: event(
    "low",
    "An address was proved; medium where that wiped what was unproven.",
    "claimed",
  ),
  email_changed: event("medium", "Another address was proved and took the place of the old one."),
  phone_verified: event("low", "A number was proved."),
  phone_changed: event(
    "medium",
    "Another number took the place of the old one, or the number was proved for another account.",
    "reason",
  ),
  two_factor_enabled: event("medium", "A second factor was switched on.", "method"),
  two_factor_disabled: event("medium", "A second factor was switched off.", "method"),
  two_factor_failed: event("medium", "The code of a second factor was wrong.", "reason"),
  backup_code_used: event("medium", "A backup code was used up.", "left"),
  backup_codes_replaced: event("medium", "New backup codes were shown, and the old ones ended."),
  api_key_created: event("medium", "An API key was made.", "key_id", "prefix", "scopes"),
  api_key_revoked: event("medium", "An API key was revoked.", "key_id", "prefix"),
  token_reuse_detected: event(
    "critical",
    "A refresh token came a second time: somebody has a copy. Its session has ended.",
  ),
  new_device: event("medium", "A sign-in from a client that the account did not know."),
  device_trusted: event(
    "medium",
    "A device may leave the second step out for a while.",
    "device_id",
    "until",
  ),
  device_revoked: event("medium", "A device was removed, and its sessions ended.", "device_id"),
  oauth_linked: event(
    "medium",
    "A provider's identity was linked to an account.",
    "provider",
    "by",
  ),
  oauth_unlinked: event("medium", "It was unlinked.", "provider"),
  account_disabled: event("medium", "An administrator shut an account.", "actor"),
  account_enabled: event("medium", "An administrator opened it again.", "actor"),
  role_changed: event("high", "An account became an administrator's.", "role", "actor"),
  account_exported: event("medium", "Everything about an account was handed out.", "actor"),
  account_erased: event("medium", "An account was erased; the row is nobody's.", "actor"),
  signing_key_rotated: event("low", "Another key signs access tokens from now on.", "kid"),
  otp_sent: event(
    "low",
    "A one-time code was queued.",
    "purpose",
    "channel",
    "delivery_id",
    "reason",
  ),
  otp_failed: event(
    "medium",
    "A code was wrong, used or refused, or was not sent since nobody has the address (low).",
    "reason",
    "purpose",
    "channel",
    "delivery_id",
    ...SUMMED,
  ),
  brute_force_detected: event(
    "high",
    "Guessing went on over several locks, or over several codes.",
    "until",
    "locks",
    "what",
    "purpose",
    "channel",
  ),
  credential_stuffing_detected: event(
    "high",
    "Many identifiers failed from one network.",
    "identifiers",
    "failures",
    "window_seconds",
  ),
  password_spraying_detected: event(
    "high",
    "Many identifiers failed a few times each, from anywhere.",
    "identifiers",
    "failures",
    "window_seconds",
  ),
  impossible_travel: {
    ...event("as it is written", "Two sign-ins were too far apart for the time between them."),
    writtenBy: "an app that knows where addresses are, by recordSecurityEvent: Postern asks nobody",
  },
  sms_pumping_detected: event(
    "critical",
    "Text messages went to a range or a country whose codes are never used; high where a limit stopped them.",
    "by",
    "count",
    "country",
    "prefix",
  ),
  sms_budget_almost_used_up: event(
    "critical",
    "Four fifths of a day's money for text messages are spent.",
    ...["currency", "day", "spent_micros"],
  ),
  sms_budget_used_up: event(
    "critical",
    "All of it is spent: no text message goes out in that currency until the day ends.",
    ...["currency", "day", "spent_micros"],
  ),
  sms_country_budget_used_up: event(
    "critical",
    "All that one country may cost in a day is spent.",
    ...["currency", "day", "spent_micros", "country"],
  ),
  decrypt_failed: event(
    "high",
    "A sealed value did not open, or plain text stood where a sealed value belongs.",
    "schema",
    "table",
    "column",
    "row_id",
    "reason",
  ),
};
