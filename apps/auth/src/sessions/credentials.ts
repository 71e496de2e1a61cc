import { Type } from "typebox";
import { signInFields } from "../http/cookie-mode.ts";
import { Email, Password, Phone, requireEmail, requirePhone } from "../http/fields.ts";
import { Problem } from "../problem.ts";

/** The body of a sign-in. Of email and phone exactly one is given; `requireIdentifier` says so. */
export const Credentials = Type.Object(
  {
    email: Type.Optional(Email),
    phone: Type.Optional(Phone),
    password: Password,
    ...signInFields,
  },
  { additionalProperties: false },
);

/**
 * What somebody signs in with, in the form that is compared and counted.
 *
 * @throws Problem invalid_request.
 */
export function requireIdentifier({ email, phone }: { email?: string; phone?: string }): string {
  if (email !== undefined && phone === undefined) {
    return requireEmail(email);
  }
  if (phone !== undefined && email === undefined) {
    return requirePhone(phone);
  }
  throw new Problem("invalid_request", {
    errors: [{ pointer: "", message: "must have either email or phone" }],
  });
}
