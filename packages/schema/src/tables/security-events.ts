import { sql } from "drizzle-orm";
import { check, index, inet, jsonb, uuid, varchar } from "drizzle-orm/pg-core";
import { type Binding, userKey } from "../binding.ts";
import { createdAt, digest, logId, oneOf, userAgent, userId } from "../columns.ts";
import { posternBinding } from "../postern-binding.ts";
import type { UsersTable } from "../users-table.ts";

export const severities = ["low", "medium", "high", "critical"] as const;

/** The types Postern itself writes. An app may add its own words of the same form. */
export const securityEventTypes = [
  "login_success",
  "login_failed",
  "failed_login_attempt",
  "signup_success",
  "signup_failed",
  "oauth_success",
  "oauth_failed",
  "token_generated",
  "token_refreshed",
  "token_revoked",
  "mass_token_revocation",
  "token_verification_failed",
  "device_fingerprint_mismatch",
  "account_locked",
  "account_unlocked",
  "password_changed",
  "password_reset_requested",
  "password_reset_completed",
  "password_expired",
  "password_reset_forced",
  "email_verified",
  "email_changed",
  "phone_verified",
  "phone_changed",
  "two_factor_enabled",
  "two_factor_disabled",
  "two_factor_failed",
  "backup_code_used",
  "backup_codes_replaced",
  "api_key_created",
  "api_key_revoked",
  "token_reuse_detected",
  "new_device",
  "device_trusted",
  "device_revoked",
  "oauth_linked",
  "oauth_unlinked",
  "account_disabled",
  "account_enabled",
  "role_changed",
  "account_exported",
  "account_erased",
  "signing_key_rotated",
  "otp_sent",
  "otp_failed",
  "brute_force_detected",
  "credential_stuffing_detected",
  "password_spraying_detected",
  "impossible_travel",
  "sms_pumping_detected",
  "sms_budget_almost_used_up",
  "sms_budget_used_up",
  "sms_country_budget_used_up",
  "decrypt_failed",
] as const;

/**
 * What happened to accounts and their sessions, written in the transaction that makes it true.
 *
 * `failed_login_attempt` is a wrong password of a known account; `login_failed` an unknown or
 * disabled account or a failed second factor. `metadata` never holds a secret, a code or an
 * address. Append-only, but for `userId`, which erasing an account sets to null.
 */
export const defineSecurityEvents = <U extends UsersTable, S extends string | undefined>({
  table,
  users,
}: Binding<U, S>) =>
  table(
    "security_events",
    {
      id: logId(),
      eventType: varchar("event_type", { length: 64 })
        .$type<(typeof securityEventTypes)[number] | (string & {})>()
        .notNull(),
      severity: varchar("severity", { length: 16, enum: severities }).notNull().default("low"),
      userId: userId(users),
      sessionId: uuid("session_id"),
      tokenId: uuid("token_id"),
      ipAddress: inet("ip_address"),
      userAgent: userAgent(),
      deviceFingerprint: digest("device_fingerprint"),
      metadata: jsonb("metadata").$type<Record<string, unknown>>().notNull().default({}),
      createdAt: createdAt(),
    },
    (t) => [
      userKey("security_events_user_fk", [t.userId, users], "set null"),
      // A user's own events, newest first, and the foreign key when one is erased. It serves user
      // and type together too: the rows of one user are few, and filtered as they are read.
      index("security_events_by_user").on(t.userId, t.createdAt),
      // The last events of a type: detections count them.
      index("security_events_by_type").on(t.eventType, t.createdAt),
      // What one address did.
      index("security_events_by_ip_address").on(t.ipAddress, t.createdAt),
      // What happened in a session; events outside of one are not in it.
      index("security_events_by_session").on(t.sessionId).where(sql`${t.sessionId} is not null`),
      // eventsBySeverity counts here without a look at the table, and the newest critical events
      // stand at its edge.
      index("security_events_by_severity").on(t.severity, t.createdAt),
      // Stretches of time: exports, and what retention takes. A thousandth of a B-tree's size.
      index("security_events_created_brin").using("brin", t.createdAt),
      check("security_events_severity_is_known", oneOf(t.severity, severities)),
      check("security_events_type_is_a_word", sql`${t.eventType} ~ '^[a-z][a-z0-9_]*$'`),
      check("security_events_metadata_is_an_object", sql`jsonb_typeof(${t.metadata}) = 'object'`),
    ],
  );

export const securityEvents = defineSecurityEvents(posternBinding);
