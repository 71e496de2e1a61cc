import type { Deps } from "../deps.ts";
import { Problem } from "../problem.ts";
import { CREDENTIAL_SECONDS, requireRecentSignIn } from "../sessions/require-recent-sign-in.ts";
import type { SignedInHolder } from "./find-holder.ts";

/**
 * For calls that change factors: the session is fresh, and where the account has a factor
 * already it was begun with one. A password and a trusted device are not enough to add another.
 *
 * @throws Problem step_up_required.
 */
export function requireFactorChange(
  deps: Pick<Deps, "now">,
  { claims, account }: SignedInHolder,
): void {
  requireRecentSignIn(deps, claims, CREDENTIAL_SECONDS);
  if (account.hasFactor && claims.amr.length < 2) {
    throw new Problem("step_up_required");
  }
}
