import { randomUUIDv7 } from "node:crypto";
import { seal, verifyTotp } from "@postern/crypto";
import { sql } from "drizzle-orm";
import type { Deps } from "../deps.ts";
import { type Store, statement } from "../statement.ts";
import type { FactorAccount } from "./find-factors.ts";
import { readTotpSecret } from "./read-totp-secret.ts";
import type { RightFactor } from "./right-factor.ts";

const p = sql.placeholder;

/** One statement, so that of many right codes at once one is accepted, and no older one after it. */
const acceptStep = statement<{ id: string }>(
  (t) => sql`
    update ${t.twoFactorAuth} set last_used_step = ${p("step")}::bigint, last_used_at = now()
    where id = ${p("id")}::uuid and confirmed_at is not null
      and (last_used_step is null or last_used_step < ${p("step")}::bigint)
    returning id`,
);

/**
 * The first use of a secret that is still plain text gives it its row: only there can the step be
 * kept. The setting tells the triggers of the encryption that both are meant (`pnpm postern
 * encrypt`), so the app's own copy stays until its column goes.
 */
const adopt = statement<{ id: string }>(
  (t) => sql`
    with setting as materialized (select set_config('postern.resealing', 'on', true) as resealing)
    insert into ${t.twoFactorAuth} as f (id, user_id, method, encrypted_secret, confirmed_at,
      last_used_step, last_used_at)
    select ${p("id")}::uuid, u.id, 'totp', ${p("sealed")}, now(), ${p("step")}::bigint, now()
    from setting, ${t.users} u where setting.resealing = 'on' and u.id = ${p("userId")}
    on conflict (user_id, method) do update set id = excluded.id,
      encrypted_secret = excluded.encrypted_secret, confirmed_at = excluded.confirmed_at,
      last_used_step = excluded.last_used_step, last_used_at = excluded.last_used_at
      where f.confirmed_at is null
    returning id`,
);

/** The setting must not outlast its statement: later ones of the transaction mean what they do. */
const leaveTriggersOn = statement<unknown>(
  () => sql`select set_config('postern.resealing', '', true)`,
);

/** Checks a code of an authenticator app. Null where it is wrong, or no secret can be read. */
export async function checkTotp(
  deps: Deps,
  account: FactorAccount,
  code: string,
): Promise<RightFactor | null> {
  const totp = account.totp?.isConfirmed ? account.totp : null;
  const secret = await readTotpSecret(deps, { ...account, totp });
  const lastUsedStep = totp?.lastUsedStep ?? null;
  const step = secret === null ? null : stepOf(deps, { secret, code, lastUsedStep });
  if (secret === null || step === null) {
    return null;
  }
  return {
    use: (store) =>
      totp
        ? isOne(acceptStep(store, { id: totp.id, step }))
        : isOne(adoptSecret(deps, store, { account, secret, step })),
  };
}

/** The step of a right code; null also for an app's secret that is none we can read. */
function stepOf(
  { now, log }: Deps,
  attempt: { secret: string; code: string; lastUsedStep: number | null },
): number | null {
  try {
    return verifyTotp({ ...attempt, now: now() });
  } catch (error) {
    if (!(error instanceof TypeError)) {
      throw error;
    }
    log.error("a stored second factor is no Base32 secret");
    return null;
  }
}

async function adoptSecret(
  { keyRing }: Deps,
  store: Store,
  { account, secret, step }: { account: FactorAccount; secret: string; step: number },
): Promise<unknown[]> {
  const id = randomUUIDv7();
  const place = { table: "two_factor_auth", column: "encrypted_secret", rowId: id } as const;
  const sealed = seal(keyRing, secret, place);
  const adopted = await adopt(store, { id, userId: account.userId, sealed, step });
  await leaveTriggersOn(store);
  return adopted;
}

const isOne = async (rows: Promise<readonly unknown[]>): Promise<boolean> =>
  (await rows).length === 1;
