/**
 * How much a session has proved: one step, two different steps, or two steps of which neither is an
 * emailed code (NIST SP 800-63B-4, AAL2).
 */
export type Level = "one_step" | "two_steps" | "multi_factor";

/** What each word of an `amr` proves (RFC 8176). Two words that prove one thing are one step. */
const PROVES: ReadonlyMap<string, string> = new Map([
  ["pwd", "password"],
  ["pin", "password"],
  ["kba", "password"],
  ["otp", "code"],
  ["sms", "phone"],
  ["tel", "phone"],
  ["fed", "provider"],
]);

/**
 * The level of a session, by the words of its `amr`. All that asks for "both factors" asks here:
 * the `acr` of a token, sensitive calls, administrators, trust in a device and stepping up.
 *
 * `mfa` names no step of its own: it stands where an authenticator app, a text message or a backup
 * code was the second step (see `amrOf`). A code by mail never adds it.
 */
export function levelOf(amr: readonly string[]): Level {
  const steps = new Set(amr.flatMap((word) => PROVES.get(word) ?? []));
  if (steps.size > 0 && amr.includes("mfa")) {
    return "multi_factor";
  }
  return steps.size > 1 ? "two_steps" : "one_step";
}
