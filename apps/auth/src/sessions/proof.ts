import type { UserId } from "../tables.ts";
import { levelOf } from "./level-of.ts";

/** A way to pass the second step, as callers name it. */
export type SecondFactorMethod = "totp" | "sms" | "email" | "backup_code";

/** How somebody has just proved who they are. `passwordHash` must still be the account's own. */
export type Proof =
  /** The account was opened with it a moment ago. */
  | { kind: "created"; userId: UserId; passwordHash: string | null }
  /** The password was checked against this hash. */
  | { kind: "password"; userId: UserId; passwordHash: string | null }
  /** The account was taken over by its proven email in the step before. */
  | { kind: "claimed"; userId: UserId }
  /** A code to the verified address or number; its delivery row is used up by the session. */
  | { kind: "code"; channel: "email" | "sms"; challengeId: string; recipient: string }
  /** An identity provider vouched for a connection of this account. */
  | { kind: "oauth"; userId: UserId }
  /** The owner of a session proves it again; what this proof starts takes that session's place. */
  | {
      kind: "step_up";
      userId: UserId;
      /** What the account had when this was proved, and must still have. */
      passwordHash: string | null;
      by: "password" | SecondFactorMethod;
      /** The session that ends, and the words of how it was opened: they stay true. */
      replacedSessionId: string;
      replacedAmr: readonly string[];
    }
  /** Both steps. The session gets the id that the pending token was made for: it is used once. */
  | {
      kind: "second_factor";
      userId: UserId;
      passwordHash: string | null;
      sessionId: string;
      /** Words of the first step, from the pending token. */
      firstAmr: string;
      method: SecondFactorMethod;
    };

const FIRST = { created: "pwd", password: "pwd", claimed: "otp", oauth: "fed" } as const;

/** a code by email proves control of an address, and never makes it multi-factor. */
const SECOND: Readonly<Record<SecondFactorMethod, string>> = {
  totp: "otp mfa",
  sms: "sms mfa",
  email: "otp",
  backup_code: "otp mfa",
};

const words = (...texts: readonly string[]): string =>
  [...new Set(texts.join(" ").split(" "))].join(" ");

/**
 * Whether a session may start although the account has a second factor: both steps were passed, or
 * there was nothing to protect yet. A password alone renews a session that is multi-factor, whose
 * word it keeps; any other has to pass the second step to be renewed.
 */
export const isComplete = (proof: Proof): boolean =>
  proof.kind === "created" ||
  proof.kind === "second_factor" ||
  (proof.kind === "step_up" &&
    (proof.by !== "password" || levelOf(proof.replacedAmr) === "multi_factor"));

/** What was proved, in words of RFC 8176 separated by spaces; `fed` where a provider vouched. */
export function amrOf(proof: Proof): string {
  if (proof.kind === "second_factor") {
    return words(proof.firstAmr, SECOND[proof.method]);
  }
  if (proof.kind === "step_up") {
    return words(...proof.replacedAmr, proof.by === "password" ? "pwd" : SECOND[proof.by]);
  }
  if (proof.kind === "code") {
    return proof.channel === "sms" ? "sms" : "otp";
  }
  return FIRST[proof.kind];
}
