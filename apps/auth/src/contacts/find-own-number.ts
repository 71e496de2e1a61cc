import type { Deps } from "../deps.ts";
import { Problem } from "../problem.ts";
import { UNREADABLE } from "../sealed-values/read-sealed-value.ts";
import { CREDENTIAL_SECONDS, requireRecentSignIn } from "../sessions/require-recent-sign-in.ts";
import type { AccessClaims } from "../sessions/verified-tokens.ts";
import { findContacts } from "./find-contacts.ts";
import { requirePhoneSupported } from "./require-phone-supported.ts";

/**
 * The number that a bearer may verify: the account's own, or the one to add. A number signs in and
 * recovers, so adding one takes a recent sign-in, and one that is verified already is changed by
 * phone/change, with a notice to the old.
 *
 * @throws Problem step_up_required, phone_not_supported, invalid_request.
 */
export async function findOwnNumber(
  deps: Deps,
  { claims, phone }: { claims: AccessClaims; phone: string | null },
): Promise<string> {
  const contacts = await findContacts(deps, claims.sub);
  const number = phone ?? contacts.phone;
  if (number === UNREADABLE) {
    throw refusal("is needed: the number that the account has cannot be read");
  }
  if (number === null) {
    throw refusal("is needed: the account has no number");
  }
  if (number !== contacts.phone) {
    if (contacts.isPhoneVerified) {
      throw refusal("differs from the verified number: that is changed by phone/change");
    }
    await requireRecentSignIn(deps, claims, CREDENTIAL_SECONDS);
  }
  requirePhoneSupported(deps, number);
  return number;
}

const refusal = (message: string) =>
  new Problem("invalid_request", { errors: [{ pointer: "/phone", message }] });
