import { address, agent, owner } from "./columns.ts";
import { logData } from "./log-data.ts";
import type { PersonalColumn, TableData } from "./table-data.ts";

const ACCOUNT = "as long as the account";
const secret = (what: string, why: string): PersonalColumn => ({
  what,
  why,
  erased: "row",
  isSecret: true,
});

/**
 * Every column of every table, once: what it tells of a person, why it is kept, for how long, and
 * how erasing the account ends it (D14). Export, `erase_user()`, docs/personal-data.md and a test
 * read it; a column that is not in it fails that test.
 */
export const personalData: Readonly<Record<string, TableData>> = {
  users: {
    kept: ACCOUNT,
    personal: {
      id: owner("row"),
      email: { what: "email address", why: "to sign in, and to tell the owner", erased: "row" },
      name: { what: "name, as typed", why: "shown to the owner", erased: "row" },
      user_type: { what: "kind of user, an app's own word", why: "the app's", erased: "row" },
      role: { what: "role", why: "what the account may do", erased: "row" },
      password_hash: secret("hash of the password", "to check the password"),
      encrypted_phone_number: secret("phone number, sealed", "to send codes"),
      phone_number_index: secret("keyed digest of the number", "to sign in by number"),
      phone_number_hint: { what: "phone number, masked", why: "shown to the owner", erased: "row" },
      last_login_ip: address("row"),
      last_login_at: {
        what: "time of the last sign-in",
        why: "risk, idle accounts",
        erased: "row",
      },
      last_activity_at: { what: "time of the last use", why: "idle accounts", erased: "row" },
    },
    impersonal: [
      ...["email_verified_at", "phone_verified_at", "failed_login_attempts", "session_count"],
      ...["account_locked_until", "password_changed_at", "password_expires_at", "disabled_at"],
      ...["created_at", "updated_at"],
    ],
  },
  ...logData,
  password_history: {
    kept: ACCOUNT,
    personal: {
      user_id: owner("row"),
      password_hash: secret("hash of a former password", "so that it is not chosen again"),
    },
    impersonal: ["id", "created_at"],
  },
  user_devices: {
    kept: ACCOUNT,
    personal: {
      user_id: owner("row"),
      token_hash: secret("digest of the device's token", "to know the device again"),
      fingerprint: { ...agent("row"), what: "digest of browser, system and language" },
      name: { what: "name of the device", why: "so that the owner knows it", erased: "row" },
      browser: agent("row"),
      os: agent("row"),
      device_type: agent("row"),
      last_ip: address("row"),
    },
    impersonal: ["id", "trusted_until", "first_seen_at", "last_seen_at", "revoked_at"],
  },
  two_factor_auth: {
    kept: ACCOUNT,
    personal: {
      user_id: owner("row"),
      encrypted_secret: secret("secret of the authenticator app, sealed", "to check its codes"),
      backup_code_hashes: secret("digests of the backup codes", "to check one"),
    },
    impersonal: ["id", "method", "last_used_step", "confirmed_at", "last_used_at", "created_at"],
  },
  oauth_connections: {
    kept: ACCOUNT,
    personal: {
      user_id: owner("row"),
      provider_account_id: {
        what: "the account at the identity provider",
        why: "to sign in with it",
        erased: "row",
      },
      email_hint: { what: "address there, masked", why: "shown to the owner", erased: "row" },
      encrypted_access_token: secret("the provider's token, sealed", "to act there for the owner"),
      encrypted_refresh_token: secret("the provider's token, sealed", "to act there for the owner"),
    },
    impersonal: [
      ...["id", "provider", "issuer", "scopes", "token_expires_at", "linked_at", "last_used_at"],
      "unlinked_at",
    ],
  },
  api_keys: {
    kept: ACCOUNT,
    personal: {
      user_id: owner("row"),
      name: { what: "name of the key", why: "so that the owner knows it", erased: "row" },
      key_hash: secret("digest of the key", "to know the key"),
      last_used_ip: address("row"),
    },
    impersonal: [
      ...["id", "prefix", "scopes", "rate_limit_per_minute", "expires_at", "last_used_at"],
      ...["revoked_at", "created_at"],
    ],
  },
  refresh_tokens: {
    kept: "30 days after the absolute end of the session",
    personal: {
      user_id: owner("row"),
      token_hash: secret("digest of the token", "to know the token"),
      sealed_successor: secret("the next token, sealed", "for the grace window of seconds"),
      device_name: { what: "name of the device", why: "so that the owner knows it", erased: "row" },
      device_fingerprint: { ...agent("row"), what: "digest of browser, system and language" },
      ip_address: address("row"),
      user_agent: agent("row"),
    },
    impersonal: [
      ...["id", "family_id", "generation", "amr", "device_id", "connection_id", "expires_at"],
      ...["absolute_expires_at", "rotated_at", "revoked_at", "revoked_reason", "last_used_at"],
      "created_at",
    ],
  },
  account_recovery: {
    kept: ACCOUNT,
    personal: {
      user_id: owner("row"),
      token_hash: secret("digest of the link's secret", "to know the link"),
      ip_address: address("row"),
      user_agent: agent("row"),
    },
    impersonal: ["id", "method", "expires_at", "used_at", "revoked_at", "created_at"],
  },
  signing_keys: {
    kept: "for good",
    personal: {},
    impersonal: [
      ...["id", "kid", "state", "public_jwk", "sealed_private_jwk", "created_at"],
      ...["activated_at", "retired_at"],
    ],
  },
  attempt_lanes: {
    kept: "30 days after the last attempt",
    personal: {
      lane_digest: {
        what: "keyed digest of an identifier, existing or not",
        why: "to lock it after failures; it names nobody, and erasing it would lift a lock",
        erased: "kept",
        isSecret: true,
      },
    },
    impersonal: [
      ...["failures", "window_started_at", "locks", "locked_until", "failed_at"],
      "reserved_until",
    ],
  },
  revocations: {
    kept: "until the last access token of the session has ended",
    personal: {},
    impersonal: ["session_id", "revoked_at"],
  },
};
