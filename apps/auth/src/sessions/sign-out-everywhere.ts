import type { Deps } from "../deps.ts";
import { announceEnding, endWithCause } from "../endings/end-with-cause.ts";
import type { Origin } from "../http/origin.ts";
import { requireRecentSignIn, SENSITIVE_SECONDS } from "./require-recent-sign-in.ts";
import type { AccessClaims } from "./verified-tokens.ts";

/**
 * Signs out everywhere, here included.
 *
 * @throws Problem step_up_required after 15 minutes without a sign-in.
 */
export async function signOutEverywhere(
  deps: Deps,
  claims: AccessClaims,
  origin: Origin,
): Promise<void> {
  await requireRecentSignIn(deps, claims, SENSITIVE_SECONDS);
  const ended = await deps.db.transaction((db) =>
    endWithCause(
      deps,
      { db, tables: deps.tables },
      { cause: "signed_out_everywhere", userId: claims.sub, origin },
    ),
  );
  await announceEnding(deps, ended);
}
