import { normaliseEmail } from "@postern/crypto";
import type { JWTPayload } from "jose";
import { Type } from "typebox";
import { cleanHeader } from "../http/origin.ts";

const NAME_CHARS_MAX = 200;
/** OpenID Connect Core 1.0, 2: at most 255 ASCII characters, compared exactly. */
const SUBJECT = /^[\x20-\x7e]{1,255}$/;

const nullable = Type.Union([Type.String(), Type.Null()]);

export const IdentitySchema = Type.Object({
  provider: Type.String(),
  issuer: Type.String(),
  /** With the issuer, who this is: never the email. */
  subject: Type.String(),
  /** Normalised; null where the provider names none that one mail program and another read alike. */
  email: nullable,
  emailVerified: Type.Boolean(),
  name: nullable,
});

/** Whom a provider vouches for. */
export type Identity = Type.Static<typeof IdentitySchema>;

/** Reads the claims of an ID token that was verified. Null where it names nobody. */
export function readIdentity(
  { id, issuer }: { id: string; issuer: string },
  claims: JWTPayload,
): Identity | null {
  const { sub, email, email_verified: emailVerified, name } = claims;
  if (typeof sub !== "string" || !SUBJECT.test(sub)) {
    return null;
  }
  return {
    provider: id,
    issuer,
    subject: sub,
    email: typeof email === "string" ? normaliseEmail(email) : null,
    // The text "true" is not true: some providers pass on what a user typed.
    emailVerified: emailVerified === true,
    name: typeof name === "string" ? cleanHeader(name, NAME_CHARS_MAX) : null,
  };
}
