import { plainSecondFactor } from "@postern/schema/encryption";
import type { Sealed } from "@postern/schema/sealed";
import { type SQL, sql } from "drizzle-orm";
import { offeredFactors } from "../sessions/factor-gate.ts";
import type { SecondFactorMethod } from "../sessions/proof.ts";
import { type Store, statement } from "../statement.ts";
import type { Tables, UserId } from "../tables.ts";

/** The TOTP row of an account, confirmed or waiting to be. */
type TotpRow = {
  id: string;
  sealed: Sealed<"two_factor_auth", "encrypted_secret">;
  lastUsedStep: number | null;
  isConfirmed: boolean;
};

/** An account and all that its second step may rest on. Secrets are still sealed. */
export type FactorAccount = {
  userId: UserId;
  email: string;
  isEmailVerified: boolean;
  passwordHash: string | null;
  sealedPhone: Sealed | null;
  isPhoneVerified: boolean;
  totp: TotpRow | null;
  /** A secret that an app kept in plain text: see `readTotpSecret`. */
  plainSecret: string | null;
  /** Whether any factor is on, offered or not. */
  hasFactor: boolean;
  /** The factors that are on. */
  enabled: readonly ("totp" | "sms" | "email")[];
  /** What may be used now, beside that first step. */
  offered: readonly SecondFactorMethod[];
  backupCodesLeft: number;
};

type Row = {
  id: UserId;
  email: string;
  email_verified: boolean;
  password_hash: string | null;
  phone: FactorAccount["sealedPhone"];
  phone_verified: boolean;
  totp_id: string | null;
  totp_secret: TotpRow["sealed"] | null;
  totp_step: number | null;
  totp_confirmed: boolean;
  plain_secret: string | null;
  enabled: FactorAccount["enabled"];
  offered: SecondFactorMethod[];
  backup_codes_left: number;
};

const p = sql.placeholder;

const plainSecretOf = (t: Tables): SQL =>
  plainSecondFactor(t.twoFactorAuth)?.of(sql`u.id`) ?? sql`null::text`;

const find = statement<Row>(
  (t) => sql`
    select u.id, u.email, u.email_verified_at is not null as email_verified, u.password_hash,
      u.encrypted_phone_number as phone, u.phone_verified_at is not null as phone_verified,
      totp.id as totp_id, totp.encrypted_secret as totp_secret,
      totp.last_used_step::float8 as totp_step, totp.confirmed_at is not null as totp_confirmed,
      ${plainSecretOf(t)} as plain_secret,
      array(select f.method from ${t.twoFactorAuth} f
        where f.user_id = u.id and f.confirmed_at is not null order by f.method) as enabled,
      ${offeredFactors(t, sql`${p("firstStep")}::text`)} as offered,
      coalesce((select sum(cardinality(f.backup_code_hashes)) from ${t.twoFactorAuth} f
        where f.user_id = u.id and f.confirmed_at is not null), 0)::int as backup_codes_left
    from ${t.users} u
    left join ${t.twoFactorAuth} totp on totp.user_id = u.id and totp.method = 'totp'
    where u.id = ${p("userId")} and u.disabled_at is null`,
);

/**
 * Reads an account with its factors. Null where it is gone or disabled.
 *
 * @param firstStep What the first step proved, in words of RFC 8176: the second must differ.
 */
export async function findFactors(
  store: Store,
  { userId, firstStep }: { userId: unknown; firstStep: string },
): Promise<FactorAccount | null> {
  const [row] = await find(store, { userId, firstStep });
  return row ? toAccount(row) : null;
}

function toAccount(row: Row): FactorAccount {
  const { totp_id: id, totp_secret: sealed } = row;
  return {
    userId: row.id,
    email: row.email,
    isEmailVerified: row.email_verified,
    passwordHash: row.password_hash,
    sealedPhone: row.phone,
    isPhoneVerified: row.phone_verified,
    totp:
      id === null || sealed === null
        ? null
        : { id, sealed, lastUsedStep: row.totp_step, isConfirmed: row.totp_confirmed },
    plainSecret: row.plain_secret,
    hasFactor: row.enabled.length > 0 || row.plain_secret !== null,
    enabled: row.enabled,
    offered: row.offered,
    backupCodesLeft: row.backup_codes_left,
  };
}
