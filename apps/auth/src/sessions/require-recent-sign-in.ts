import { sql } from "drizzle-orm";
import type { Deps } from "../deps.ts";
import { Problem } from "../problem.ts";
import { statement } from "../statement.ts";
import { hasFactor } from "./factor-gate.ts";
import { levelOf } from "./level-of.ts";
import type { AccessClaims } from "./verified-tokens.ts";

/** what changes a credential. */
export const CREDENTIAL_SECONDS = 300;
/** what ends a session or shows what is sensitive. */
export const SENSITIVE_SECONDS = 900;

const findProtected = statement<unknown>(
  (t) => sql`
    select from ${t.users} u where u.id = ${sql.placeholder("userId")} and ${hasFactor(t)}`,
);

/**
 * For calls that neither a token lying around nor a password alone must make: the user signed in, or
 * stepped up, at most so long ago, and with two steps where the account has a second factor.
 * A trusted device leaves the second step out of a sign-in, and of nothing else.
 *
 * Every call that documents `step_up_required` passes here.
 *
 * @throws Problem step_up_required.
 */
export async function requireRecentSignIn(
  deps: Pick<Deps, "now" | "db" | "tables">,
  { sub: userId, authTime, amr }: AccessClaims,
  secondsMax: number,
): Promise<void> {
  if (deps.now().getTime() / 1000 - authTime > secondsMax) {
    throw new Problem("step_up_required");
  }
  // Whoever passed two steps needs no look at the account.
  if (levelOf(amr) === "one_step" && (await findProtected(deps, { userId })).length > 0) {
    throw new Problem("step_up_required");
  }
}
