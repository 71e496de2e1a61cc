import type { Deps } from "../deps.ts";
import { Problem } from "../problem.ts";
import type { AccessClaims } from "./verified-tokens.ts";

/** what changes a credential. */
export const CREDENTIAL_SECONDS = 300;
/** what ends a session or shows what is sensitive. */
export const SENSITIVE_SECONDS = 900;

/**
 * For calls that a token lying around must not make: the user signed in, or stepped up, at most so
 * long ago.
 *
 * @throws Problem step_up_required.
 */
export function requireRecentSignIn(
  { now }: Pick<Deps, "now">,
  { authTime }: AccessClaims,
  secondsMax: number,
): void {
  if (now().getTime() / 1000 - authTime > secondsMax) {
    throw new Problem("step_up_required");
  }
}
