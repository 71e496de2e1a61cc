import { randomUUIDv7 } from "node:crypto";
import { generateTotpSecret, seal, totpUri } from "@postern/crypto";
import { sql } from "drizzle-orm";
import type { Deps } from "../deps.ts";
import { Problem } from "../problem.ts";
import { statement } from "../statement.ts";
import { drawQr } from "./draw-qr.ts";
import type { FactorAccount } from "./find-factors.ts";

const p = sql.placeholder;

/** A secret that waits to be confirmed gives way to a newer one; one that is on does not. */
const keep = statement<unknown>(
  (t) => sql`
    insert into ${t.twoFactorAuth} as f (id, user_id, method, encrypted_secret)
    select ${p("id")}::uuid, u.id, 'totp', ${p("sealed")} from ${t.users} u
    where u.id = ${p("userId")} and u.disabled_at is null
    on conflict (user_id, method) do update set id = excluded.id,
      encrypted_secret = excluded.encrypted_secret, last_used_step = null, created_at = now()
      where f.confirmed_at is null
    returning id`,
);

export type TotpEnrolment = { secret: string; otpauthUri: string; qrSvg: string };

/**
 * Makes a secret for an authenticator app. It is shown here and never again, and counts for nothing
 * until a first code of it was given.
 *
 * @throws Problem factor_enabled where an app is connected already: disconnect that one first.
 */
export async function enrollTotp(deps: Deps, account: FactorAccount): Promise<TotpEnrolment> {
  const secret = generateTotpSecret();
  const id = randomUUIDv7();
  const place = { table: "two_factor_auth", column: "encrypted_secret", rowId: id } as const;
  const sealed = seal(deps.keyRing, secret, place);
  const isFree = account.plainSecret === null;
  const { userId } = account;
  if (!isFree || (await keep(deps, { id, userId, sealed })).length === 0) {
    throw new Problem("factor_enabled");
  }
  const otpauthUri = totpUri({
    secret,
    issuer: asLabel(deps.config.appName),
    account: asLabel(account.email),
  });
  return { secret, otpauthUri, qrSvg: drawQr(otpauthUri) };
}

/** The Key URI format parts issuer and account by a colon, so neither may hold one. */
const asLabel = (text: string): string => text.replaceAll(":", " ").trim() || "account";
