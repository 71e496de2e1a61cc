import type { MessageChannel } from "@postern/messages";
import { findOwnAccount } from "../accounts/find-own-account.ts";
import { findOwnNumber } from "../contacts/find-own-number.ts";
import { requirePhoneSupported } from "../contacts/require-phone-supported.ts";
import type { Deps } from "../deps.ts";
import type { Origin } from "../http/origin.ts";
import type { AccessClaims } from "../sessions/verified-tokens.ts";
import { type SentCode, sendCode } from "./send-code.ts";

export type OwnCode = {
  purpose: "verify_email" | "verify_phone";
  claims: AccessClaims;
  /** The number to add (E.164); null for the one that the account has. */
  phone: string | null;
  origin: Origin;
};

/**
 * Sends a bearer the code that verifies the account's own address or number.
 *
 * @throws Problem what `sendCode` and `findOwnNumber` throw.
 */
export async function askToVerify(deps: Deps, asked: OwnCode): Promise<SentCode> {
  const { purpose, claims, phone, origin } = asked;
  const binding = { sessionId: claims.sid, userId: claims.sub, isPending: false };
  if (purpose === "verify_phone") {
    const recipient = await findOwnNumber(deps, { claims, phone });
    return sendCode(deps, { purpose, channel: "sms", recipient, binding, origin });
  }
  const recipient = (await findOwnAccount(deps, claims.sub)).email.toLowerCase();
  return sendCode(deps, { purpose, channel: "email", recipient, binding, origin });
}

export type AnonymousCode = {
  purpose: "sign_in" | "reset_password";
  channel: MessageChannel;
  /** Normalised. */
  recipient: string;
  deviceToken: string | null;
  origin: Origin;
};

/**
 * Sends a code to whoever has the recipient, with the same answer whether anybody has it.
 *
 * @throws Problem phone_not_supported, which the number alone decides; what `sendCode` throws.
 */
export async function askAnonymously(deps: Deps, asked: AnonymousCode): Promise<SentCode> {
  if (asked.channel === "sms") {
    requirePhoneSupported(deps, asked.recipient);
  }
  return sendCode(deps, { ...asked, binding: null });
}
