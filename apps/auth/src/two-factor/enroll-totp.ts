import { randomUUIDv7 } from "node:crypto";
import { generateTotpSecret, seal, totpUri } from "@postern/crypto";
import type { Deps } from "../deps.ts";
import { Problem } from "../problem.ts";
import { beginEnrolment } from "./begin-enrolment.ts";
import { drawQr } from "./draw-qr.ts";
import type { FactorAccount } from "./find-factors.ts";

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
  if (!(isFree && (await beginEnrolment(deps, { account, id, method: "totp", sealed })))) {
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
