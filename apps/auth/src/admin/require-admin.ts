import { sql } from "drizzle-orm";
import type { Deps } from "../deps.ts";
import { Problem } from "../problem.ts";
import { authenticate } from "../sessions/authenticate.ts";
import type { AccessClaims } from "../sessions/verified-tokens.ts";
import { statement } from "../statement.ts";

const find = statement<unknown>(
  (t) => sql`
    select from ${t.users} u
    where u.id = ${sql.placeholder("userId")} and u.role = 'admin' and u.disabled_at is null`,
);

/** Read from the database each time: a token says who somebody is, never what they may do. */
export const isAdmin = async (deps: Deps, { sub: userId }: AccessClaims): Promise<boolean> =>
  (await find(deps, { userId })).length > 0;

/**
 * The administrator who is calling.
 *
 * @param authorization The Authorization header.
 * @throws Problem forbidden for everybody else, and what `authenticate` throws.
 */
export async function requireAdmin(
  deps: Deps,
  authorization: string | undefined,
): Promise<AccessClaims> {
  const claims = await authenticate(deps, authorization);
  if (!(await isAdmin(deps, claims))) {
    throw new Problem("forbidden");
  }
  return claims;
}
