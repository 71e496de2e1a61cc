import { address, agent, owner } from "./columns.ts";
import type { TableData } from "./table-data.ts";

const delivery = (kind: "email" | "phone"): TableData => ({
  kept: "30 days",
  personal: {
    user_id: owner("null"),
    [`to_${kind}_hint`]: {
      what: `${kind === "email" ? "address" : "number"}, masked`,
      why: "so that support can answer where a message is",
      erased: "blank",
    },
    [`to_${kind}_index`]: {
      what: "keyed digest of the recipient",
      why: "to find a recipient's messages without keeping the recipient",
      erased: "blank",
      isSecret: true,
    },
    sealed_payload: {
      what: "the recipient, sealed",
      why: "to send the message; gone once it is sent or its time is over",
      erased: "null",
      isSecret: true,
    },
    ...(kind === "phone" && {
      country: { what: "country of the number", why: "what a message costs", erased: "kept" },
    }),
  },
  impersonal: [
    ...["id", "template", "locale", "priority", "status", "provider", "provider_message_id"],
    ...["attempts", "next_attempt_at", "lease_id", "lease_expires_at", "error_code"],
    ...[
      "error_message",
      "challenge_id",
      "consumed_at",
      "revoked_at",
      "resend_of",
      "expires_at",
      "created_at",
    ],
    ...["sent_at", "delivered_at", "failed_at"],
    ...(kind === "phone" ? ["segments", "cost_micros", "currency"] : []),
  ],
});

/** What outlives an account, as facts about nobody. */
export const logData: Readonly<Record<string, TableData>> = {
  login_attempts: {
    kept: "90 days",
    personal: {
      user_id: owner("null"),
      identifier_hint: {
        what: "what was typed to sign in, masked",
        why: "to see a spray over many accounts",
        erased: "blank",
      },
      identifier_index: {
        what: "keyed digest of what was typed",
        why: "to count attempts at one identifier",
        erased: "blank",
        isSecret: true,
      },
      ip_address: address("null"),
      user_agent: agent("null"),
    },
    impersonal: ["id", "attempt_result", "failure_reason", "device_id", "created_at"],
  },
  security_events: {
    kept: "400 days",
    personal: {
      user_id: owner("null"),
      ip_address: address("null"),
      user_agent: agent("null"),
      device_fingerprint: { ...agent("null"), what: "digest of browser, system and language" },
    },
    impersonal: [
      "id",
      "event_type",
      "severity",
      "session_id",
      "token_id",
      "metadata",
      "created_at",
    ],
  },
  session_audits: {
    kept: "90 days",
    personal: { user_id: owner("null"), ip_address: address("null"), user_agent: agent("null") },
    impersonal: ["id", "session_id", "action", "metadata", "created_at"],
  },
  email_delivery_log: delivery("email"),
  sms_delivery_log: delivery("phone"),
  suppressions: {
    kept: "until it is lifted",
    personal: {
      recipient_index: {
        what: "keyed digest of a recipient who wants, or can get, no messages",
        why: "erasing it would make us write to them again",
        erased: "kept",
        isSecret: true,
      },
    },
    impersonal: ["id", "channel", "reason", "created_at", "lifted_at"],
  },
  alerts: {
    kept: "a year",
    personal: {},
    impersonal: [
      ...["id", "event_type", "severity", "events", "first_at", "last_at", "attempts"],
      ...["next_attempt_at", "posted_at", "created_at"],
    ],
  },
  delivery_receipts: {
    kept: "30 days",
    personal: {},
    impersonal: [
      ...["id", "channel", "provider", "provider_message_id", "delivery_id", "status"],
      ...["error_code", "error_message", "suppression", "applied_at", "created_at"],
    ],
  },
};
