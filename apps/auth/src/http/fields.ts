import { normaliseEmail, normalisePhone } from "@postern/crypto";
import { Type } from "typebox";
import { Problem } from "../problem.ts";

/** As typed. `requireEmail` gives the form in which it is stored, compared and mailed. */
export const Email = Type.String({ minLength: 3, maxLength: 254 });

/** As typed, with its country code. `requirePhone` gives the one form that is stored and compared. */
export const Phone = Type.String({ minLength: 4, maxLength: 40 });

/** Longer ones are refused before anything is hashed. Counted in code points. */
export const Password = Type.String({ minLength: 1, maxLength: 256 });

const PASSWORD_BYTES_MAX = 1024;

/** Any text: one that is not ours is unknown, and answered like one that has ended. */
export const OpaqueToken = Type.String({ minLength: 1, maxLength: 512 });

/** Strict: PostgreSQL does not read every form that the format "uuid" allows. */
export const Uuid = Type.String({ pattern: "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$" });

/**
 * The one form of an email. What any mail program could read as another address, or as two, is
 * refused here, before it is looked up or counted.
 *
 * @throws Problem invalid_request.
 */
export function requireEmail(typed: string): string {
  const email = normaliseEmail(typed);
  if (email === null) {
    throw new Problem("invalid_request", {
      errors: [{ pointer: "/email", message: "must be one plain email address" }],
    });
  }
  return email;
}

/**
 * A number as E.164.
 *
 * @throws Problem invalid_request.
 */
export function requirePhone(typed: string): string {
  const phone = normalisePhone(typed);
  if (phone === null) {
    throw new Problem("invalid_request", {
      errors: [{ pointer: "/phone", message: "must be a phone number with its country code" }],
    });
  }
  return phone;
}

/**
 * A password that the hasher will take: some characters grow in the form that is hashed.
 *
 * @throws Problem invalid_request.
 */
export function requirePassword(typed: string, field = "password"): string {
  if (Buffer.byteLength(typed.normalize("NFC")) > PASSWORD_BYTES_MAX) {
    throw new Problem("invalid_request", {
      errors: [{ pointer: `/${field}`, message: `must have at most ${PASSWORD_BYTES_MAX} bytes` }],
    });
  }
  return typed;
}
