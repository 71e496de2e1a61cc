import { sqlState } from "@postern/process";
import { sql } from "drizzle-orm";
import type { Deps } from "../deps.ts";
import { announceEnding, type Ended } from "../endings/end-with-cause.ts";
import type { Origin } from "../http/origin.ts";
import { Problem } from "../problem.ts";
import { hasFactor } from "../sessions/factor-gate.ts";
import { levelOf } from "../sessions/level-of.ts";
import { CREDENTIAL_SECONDS, requireRecentSignIn } from "../sessions/require-recent-sign-in.ts";
import type { AccessClaims } from "../sessions/verified-tokens.ts";
import { statement } from "../statement.ts";
import type { UserId } from "../tables.ts";
import type { TransactionStore } from "../transaction.ts";
import { type AccountView, findAccountView } from "./find-account-view.ts";
import { isNoId } from "./is-no-id.ts";

const p = sql.placeholder;

/** What an administrator does to an account. */
export type AdminAct = { claims: AccessClaims; targetId: string; origin: Origin };

type Target = { id: UserId; email: string };

type Row = Target & { is_target: boolean; is_admin: boolean; has_factor: boolean };

/** In the order of their ids: two administrators who act upon each other wait, and do not deadlock. */
const lockBoth = statement<Row>(
  (t) => sql`
    select u.id, u.email, u.id = ${p("targetId")} as is_target,
      u.id = ${p("adminId")} and u.role = 'admin' and u.disabled_at is null as is_admin,
      ${hasFactor(t)} as has_factor
    from ${t.users} u where u.id in (${p("adminId")}, ${p("targetId")})
    order by u.id for no key update of u`,
);

type Change = (store: TransactionStore, target: Target) => Promise<Ended>;

/**
 * Changes an account for an administrator who proved lately who they are, with both factors where
 * they have two, and is still one: the role is read again, under a lock, in the transaction
 * of the change. Returns the account as it is afterwards.
 *
 * @throws Problem step_up_required, forbidden, not_found.
 */
export async function changeAccount(
  deps: Deps,
  act: AdminAct,
  change: Change,
): Promise<AccountView> {
  const { claims, targetId } = act;
  await requireRecentSignIn(deps, claims, CREDENTIAL_SECONDS);
  const ended = await inChange(deps, async (store) => {
    const rows = await lockBoth(store, { adminId: claims.sub, targetId });
    requireRight(rows, claims);
    const target = rows.find(({ is_target }) => is_target);
    if (!target) {
      throw new Problem("not_found");
    }
    return change(store, target);
  });
  await announceEnding(deps, ended);
  return findAccountView(deps, targetId);
}

function requireRight(rows: readonly Row[], { amr }: AccessClaims): void {
  const admin = rows.find(({ is_admin }) => is_admin);
  if (!admin) {
    throw new Problem("forbidden");
  }
  if (admin.has_factor && levelOf(amr) !== "multi_factor") {
    throw new Problem("step_up_required");
  }
}

async function inChange<T>(
  { db, tables }: Deps,
  work: (store: TransactionStore) => Promise<T>,
): Promise<T> {
  try {
    return await db.transaction((transaction) => work({ db: transaction, tables }));
  } catch (error) {
    if (isNoId(sqlState(error))) {
      throw new Problem("not_found", { cause: error });
    }
    throw error;
  }
}
