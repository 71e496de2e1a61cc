import { digestBackupCode } from "@postern/crypto";
import { sql } from "drizzle-orm";
import type { Deps } from "../deps.ts";
import type { Origin } from "../http/origin.ts";
import { queueNotice } from "../notices/queue-notice.ts";
import { statement } from "../statement.ts";
import type { TransactionStore } from "../transaction.ts";
import type { FactorAccount } from "./find-factors.ts";
import type { RightFactor } from "./right-factor.ts";

const p = sql.placeholder;

/** With so few left the owner is told to make new ones. */
export const BACKUP_CODES_FEW = 2;

/** Single use by its removal. Whoever comes second finds the digest gone once the row is free. */
const remove = statement<{ left: number }>(
  (t) => sql`
    with used as (
      update ${t.twoFactorAuth} set last_used_at = now(),
        backup_code_hashes = array_remove(backup_code_hashes, ${p("digest")}::text)
      where user_id = ${p("userId")} and confirmed_at is not null
        and ${p("digest")}::text = any (backup_code_hashes)
      returning user_id, cardinality(backup_code_hashes) as codes_left
    ), event as (
      insert into ${t.securityEvents} (event_type, severity, user_id, ip_address, user_agent, metadata)
      select 'backup_code_used', case when codes_left <= ${p("few")}::int then 'high' else 'medium' end,
        user_id, ${p("ipAddress")}, ${p("userAgent")}, jsonb_build_object('left', codes_left)
      from used
    )
    select codes_left as left from used`,
);

/** A code in the form of a backup code, to be used up; null for anything else. */
export function checkBackupCode(
  deps: Deps,
  account: FactorAccount,
  { code, origin }: { code: string; origin: Origin },
): RightFactor | null {
  const accountId = String(account.userId);
  const digest = digestBackupCode(deps.digestKeys, { accountId, code });
  return digest === null
    ? null
    : { use: (store) => useBackupCode(deps, store, { account, digest, origin }) };
}

type Use = { account: FactorAccount; digest: string; origin: Origin };

async function useBackupCode(
  deps: Deps,
  store: TransactionStore,
  { account, digest, origin }: Use,
): Promise<boolean> {
  const { ipAddress, userAgent } = origin;
  const values = { userId: account.userId, digest, few: BACKUP_CODES_FEW, ipAddress, userAgent };
  const [used] = await remove(store, values);
  if (!used) {
    return false;
  }
  const variables = { left: String(used.left), at: deps.now().toISOString() };
  await queueNotice(deps, store, {
    addressee: account,
    ownOrigin: origin,
    notice: {
      name: used.left > BACKUP_CODES_FEW ? "backup_code_used" : "backup_codes_low",
      variables,
    },
  });
  return true;
}
