import { normalisePhone } from "@postern/crypto";
import type { Deps } from "../deps.ts";
import type { Origin } from "../http/origin.ts";
import { type SentCode, sendCode } from "../one-time-codes/send-code.ts";
import { requireAcceptablePassword } from "../passwords/require-acceptable-password.ts";
import { Problem } from "../problem.ts";
import type { Session } from "../sessions/start-session.ts";
import { throttleAddress } from "../throttles/throttle-address.ts";
import { openAccount } from "./open-account.ts";

export type SignUpInput = {
  /** Normalised. */
  email: string;
  password: string;
  name: string;
  /** One of those that the operator allows; null for the first. */
  userType: string | null;
  /** As typed; kept sealed, in E.164, and not verified yet. */
  phone: string | null;
  origin: Origin;
};

export type SignedUp =
  | { next: "session"; session: Session }
  /** The account waits, sealed, in the challenge, until the emailed code is presented. */
  | { next: "verify_email"; sent: SentCode };

/**
 * Opens an account, in one of two ways that the operator chooses (SIGNUP_MODE).
 *
 * `open`: at once, with its first session; a taken email is said. The email is not verified by that:
 * the client asks for a code (`verify_email`) when it wants to.
 *
 * `verify_first`: once the code that goes to the email is presented. A taken email gets the same
 * answer after the same work, its owner a notice in place of the code, and whoever asked cannot
 * tell. Nothing exists that somebody could take before its owner does.
 *
 * @throws Problem password_rejected with the reasons, email_taken, too_many_requests, otp_cooldown,
 *   otp_limit, invalid_request for a phone number that is none, and for a type of user that the
 *   operator does not allow.
 */
export async function signUp(deps: Deps, input: SignUpInput): Promise<SignedUp> {
  const { password, origin } = input;
  const userType = requireUserType(deps, input.userType);
  const phone = input.phone === null ? null : requirePhone(input.phone);
  await throttleAddress(deps, "sign_ups_per_address_per_hour", origin);
  await requireAcceptablePassword(deps, input);
  const passwordHash = await deps.passwords.hash(password);
  const { email, name } = input;
  if (deps.config.signUpMode === "verify_first") {
    const sent = await sendCode(deps, {
      purpose: "sign_up",
      channel: "email",
      recipient: email,
      binding: null,
      signUp: { name, userType, phone, passwordHash },
      origin,
    });
    return { next: "verify_email", sent };
  }
  const account = { email, name, userType, phone, passwordHash, challengeId: null, origin };
  const session = await openAccount(deps, account);
  if (session === null) {
    throw new Problem("email_taken");
  }
  return { next: "session", session };
}

function requirePhone(typed: string): string {
  const phone = normalisePhone(typed);
  if (phone === null) {
    throw new Problem("invalid_request", {
      errors: [{ pointer: "/phone", message: "must be a phone number with its country code" }],
    });
  }
  return phone;
}

/** An app may decide by it: whoever signs up chooses among what the operator listed, and no more. */
function requireUserType({ config }: Pick<Deps, "config">, asked: string | null): string {
  const { userTypes } = config;
  if (asked !== null && !userTypes.includes(asked)) {
    const message = `must be one of: ${userTypes.join(", ")}`;
    throw new Problem("invalid_request", { errors: [{ pointer: "/userType", message }] });
  }
  return asked ?? userTypes[0];
}
