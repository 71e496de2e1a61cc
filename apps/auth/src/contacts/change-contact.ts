import { maskEmail, maskPhone } from "@postern/crypto";
import type { Deps } from "../deps.ts";
import type { Origin } from "../http/origin.ts";
import { queueNotice } from "../notices/queue-notice.ts";
import { type SentCode, sendCode } from "../one-time-codes/send-code.ts";
import { Problem } from "../problem.ts";
import { CREDENTIAL_SECONDS, requireRecentSignIn } from "../sessions/require-recent-sign-in.ts";
import type { AccessClaims } from "../sessions/verified-tokens.ts";
import { findContacts } from "./find-contacts.ts";
import { requirePhoneSupported } from "./require-phone-supported.ts";
import { throttleChanges } from "./throttle-changes.ts";

type Asked = { claims: AccessClaims; origin: Origin };

const bindingOf = ({ sid, sub }: AccessClaims) => ({
  sessionId: sid,
  userId: sub,
  isPending: false,
});

/**
 * Sends a code to the address that the account is to have, and a notice to the one it has. Nothing
 * changes until the code is presented. An address that somebody has gets no code, and the answer is
 * the same: its owner gets a notice.
 *
 * @throws Problem step_up_required, otp_cooldown, otp_limit; invalid_request for its own address.
 */
export async function changeEmail(
  deps: Deps,
  { claims, email, origin }: Asked & { email: string },
): Promise<SentCode> {
  const contacts = await findContacts(deps, claims.sub);
  await requireRecentSignIn(deps, claims, CREDENTIAL_SECONDS);
  if (email === contacts.email) {
    throw unchanged("/email", "is the address that the account has");
  }
  await throttleChanges(deps, claims.sub);
  const binding = bindingOf(claims);
  const code = { purpose: "change_email", channel: "email", recipient: email } as const;
  const sent = await sendCode(deps, { ...code, binding, origin });
  const variables = { to: maskEmail(email), at: deps.now().toISOString() };
  const notice = { name: "email_change_requested", variables } as const;
  await tell(deps, { addressee: contacts, notice, ownOrigin: origin });
  return sent;
}

/**
 * The same for a number. One that another account has gets its code: who proves it owns it.
 *
 * @throws Problem step_up_required, phone_not_supported, otp_cooldown, otp_limit; invalid_request
 *   for its own number.
 */
export async function changePhone(
  deps: Deps,
  { claims, phone, origin }: Asked & { phone: string },
): Promise<SentCode> {
  const contacts = await findContacts(deps, claims.sub);
  await requireRecentSignIn(deps, claims, CREDENTIAL_SECONDS);
  if (phone === contacts.phone && contacts.isPhoneVerified) {
    throw unchanged("/phone", "is the number that the account has");
  }
  requirePhoneSupported(deps, phone);
  await throttleChanges(deps, claims.sub);
  const binding = bindingOf(claims);
  const code = { purpose: "change_phone", channel: "sms", recipient: phone } as const;
  const sent = await sendCode(deps, { ...code, binding, origin });
  const variables = { to: maskPhone(phone), at: deps.now().toISOString() };
  const notice = { name: "phone_change_requested", variables } as const;
  await tell(deps, { addressee: contacts, notice, ownOrigin: origin });
  return sent;
}

const tell = (deps: Deps, notice: Parameters<typeof queueNotice>[2]): Promise<void> =>
  deps.db.transaction((db) => queueNotice(deps, { db, tables: deps.tables }, notice));

const unchanged = (pointer: string, message: string) =>
  new Problem("invalid_request", { errors: [{ pointer, message }] });
