import { HashingBusyError, type PasswordCheck } from "@postern/crypto";
import { sql } from "drizzle-orm";
import type { Deps } from "../deps.ts";
import { statement } from "../statement.ts";
import type { Account } from "./find-account.ts";

// The setting is read by the trigger on users, and ends with this statement's transaction.
const replace = statement<{ id: string }>(
  (t) => sql`
    with same as materialized (select set_config('postern.same_password', 'on', true) as password)
    update ${t.users} u set password_hash = ${sql.placeholder("stronger")} from same
    where same.password = 'on' and u.id = ${sql.placeholder("userId")}
      and u.password_hash = ${sql.placeholder("weaker")}
    returning u.id`,
);

const read = statement<{ password_hash: string | null }>(
  (t) => sql`select password_hash from ${t.users} where id = ${sql.placeholder("userId")}`,
);

/** Another sign-in was quicker, or the password was changed: only the same password's hash counts. */
async function readReplacement(deps: Deps, account: Account, password: string) {
  const [row] = await read(deps, { userId: account.id });
  const stored = row?.password_hash ?? null;
  const { matches } = await deps.passwords.verify(stored, password);
  return matches ? stored : account.passwordHash;
}

/**
 * Replaces a weak hash of the password that was just proved. Not a change of password: no
 * history row, no date, no event. A busy hasher leaves it to the next sign-in.
 *
 * Returns the hash that is stored now.
 */
export async function upgradePasswordHash(
  deps: Deps,
  { account, password, check }: { account: Account; password: string; check: PasswordCheck },
): Promise<string | null> {
  if (!check.needsRehash) {
    return account.passwordHash;
  }
  try {
    const stronger = await deps.passwords.hash(password);
    const values = { stronger, userId: account.id, weaker: account.passwordHash };
    const [row] = await replace(deps, values);
    return row ? stronger : await readReplacement(deps, account, password);
  } catch (error) {
    if (error instanceof HashingBusyError) {
      return account.passwordHash;
    }
    throw error;
  }
}
