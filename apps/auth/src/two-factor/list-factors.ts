import { sql } from "drizzle-orm";
import type { Deps } from "../deps.ts";
import { isoTime } from "../iso-time.ts";
import { statement } from "../statement.ts";
import { BACKUP_CODES_FEW } from "./check-backup-code.ts";
import type { FactorAccount } from "./find-factors.ts";

type Row = { method: "totp" | "sms" | "email"; enabled_at: number; last_used_at: number | null };

const list = statement<Row>(
  (t) => sql`
    select method, extract(epoch from confirmed_at)::float8 as enabled_at,
      extract(epoch from last_used_at)::float8 as last_used_at
    from ${t.twoFactorAuth}
    where user_id = ${sql.placeholder("userId")} and confirmed_at is not null
    order by confirmed_at`,
);

/** The second factors of an account as its owner sees them. */
export async function listFactors(deps: Deps, account: FactorAccount) {
  const rows = await list(deps, { userId: account.userId });
  const { hasFactor: enabled, backupCodesLeft } = account;
  return {
    enabled,
    factors: rows.map(({ method, enabled_at, last_used_at }) => ({
      method,
      enabledAt: isoTime(enabled_at),
      lastUsedAt: last_used_at === null ? null : isoTime(last_used_at),
    })),
    backupCodesLeft,
    needsBackupCodes: enabled && backupCodesLeft <= BACKUP_CODES_FEW,
  };
}
