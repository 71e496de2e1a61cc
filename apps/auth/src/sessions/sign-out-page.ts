import type { Deps } from "../deps.ts";
import type { Origin } from "../http/origin.ts";
import { Problem } from "../problem.ts";
import { findSessionOf } from "./csrf-token.ts";
import { signOut } from "./end-session.ts";
import type { PresentedRefreshToken } from "./refresh-session.ts";

/**
 * Signs out of the session of a page in cookie mode. Doing it twice is no error.
 *
 * @throws Problem csrf_refused where the page shows the CSRF token of another session.
 */
export async function signOutPage(
  deps: Deps,
  { refreshToken, ofSession }: PresentedRefreshToken,
  origin: Origin,
): Promise<void> {
  const sessionId = await findSessionOf(deps, refreshToken);
  if (sessionId === null) {
    return;
  }
  if (sessionId !== ofSession) {
    throw new Problem("csrf_refused");
  }
  await signOut(deps, { sessionId }, origin);
}
