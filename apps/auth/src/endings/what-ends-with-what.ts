import type { refreshTokenEnds } from "@postern/schema";

/** `its own`: those that the thing itself began or holds, such as the sessions of a provider. */
type Sessions = "all" | "all but the acting one" | "its own" | "kept";
type Devices = "all" | "all but the acting one" | "its own" | "kept";
type Plain = "ended" | "kept";

/** What one cause ends of an account. */
export type Ends = Readonly<{
  sessions: Sessions;
  devices: Devices;
  /** That a device may leave the second step out. */
  trust: Plain;
  /** Locks, and the failures counted towards them. */
  lockoutScopes: Plain;
  /** One-time codes by mail and text message, those of a change of contact among them. */
  codes: Plain;
  /** Reset links. */
  links: Plain;
  /** Sign-ins between their two steps, and what a provider's sign-in is traded for. */
  pendingSignIns: Plain | "those begun by the password";
  /** `suspended` until the owner has set a password, or while the account is disabled. */
  apiKeys: "ended" | "suspended" | "no longer suspended" | "kept";
  providerLinks: "all" | "its own" | "kept";
  /** What the ended sessions say of their end. */
  reason: (typeof refreshTokenEnds)[number] | null;
}>;

const KEPT = {
  sessions: "kept",
  devices: "kept",
  trust: "kept",
  lockoutScopes: "kept",
  codes: "kept",
  links: "kept",
  pendingSignIns: "kept",
  apiKeys: "kept",
  providerLinks: "kept",
  reason: null,
} as const satisfies Ends;

/** Whatever was sent or begun to prove the account. */
const PROOFS = { codes: "ended", links: "ended", pendingSignIns: "ended" } as const;

const CHANGED = {
  ...KEPT,
  ...PROOFS,
  sessions: "all but the acting one",
  trust: "ended",
} as const;

const CONTACT = { ...CHANGED, reason: "contact_changed" } as const satisfies Ends;
const FACTOR = { ...CHANGED, reason: "factor_changed" } as const satisfies Ends;

const SHUT = { ...KEPT, ...PROOFS, sessions: "all", trust: "ended" } as const;

const RESET = {
  ...SHUT,
  devices: "all",
  lockoutScopes: "ended",
  apiKeys: "no longer suspended",
  reason: "password_reset",
} as const satisfies Ends;

const CLAIMED = {
  ...RESET,
  apiKeys: "ended",
  providerLinks: "all",
  reason: "account_claimed",
} as const satisfies Ends;

/**
 * What ends with what (D29), the whole of it: rows are causes. `endWithCause` carries it out. Not
 * enforced yet: pending sign-ins, sessions of an unlinked provider, suspended API keys.
 *
 * Codes, links and pending sign-ins stand for proofs of who somebody is. Whatever changes who the
 * account belongs to, or what proves that, ends every one that was made before.
 */
const whatEndsWithWhat = {
  password_changed: {
    ...CHANGED,
    devices: "all but the acting one",
    apiKeys: "no longer suspended",
    reason: "password_changed",
  },
  reset_by_link: RESET,
  reset_by_code: RESET,
  reset_forced: { ...SHUT, devices: "all", apiKeys: "suspended", reason: "ended_by_admin" },
  /** Time does it: no statement runs, each that takes a password looks at its end. */
  password_expired: { ...KEPT, pendingSignIns: "those begun by the password" },
  email_changed: CONTACT,
  phone_changed: CONTACT,
  /** Another account proved the number. Who did so may sign nobody out. */
  phone_taken: { ...KEPT, ...PROOFS },
  factor_enabled: FACTOR,
  /** Its backup codes were replaced. */
  factor_changed: FACTOR,
  factor_disabled: FACTOR,
  claimed_by_code: CLAIMED,
  claimed_by_link: CLAIMED,
  claimed_by_provider: CLAIMED,
  account_disabled: { ...SHUT, apiKeys: "suspended", reason: "account_disabled" },
  account_enabled: { ...SHUT, reason: "account_disabled" },
  signed_out_everywhere: { ...SHUT, reason: "signed_out_everywhere" },
  ended_by_admin: { ...SHUT, reason: "ended_by_admin" },
  role_lost: { ...SHUT, reason: "role_lost" },
  device_revoked: { ...KEPT, sessions: "its own", devices: "its own", reason: "ended_by_user" },
  provider_unlinked: {
    ...KEPT,
    ...PROOFS,
    sessions: "its own",
    providerLinks: "its own",
    reason: "provider_unlinked",
  },
  erased: {
    ...SHUT,
    devices: "all",
    apiKeys: "ended",
    providerLinks: "all",
    reason: "account_erased",
  },
} as const satisfies Record<string, Ends>;

export type Cause = keyof typeof whatEndsWithWhat;

export const causes = Object.keys(whatEndsWithWhat) as readonly Cause[];

/** The row of a cause, with the values that any row may have. */
export const endsOf = (cause: Cause): Ends => whatEndsWithWhat[cause];
