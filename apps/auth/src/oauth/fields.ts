import { Type } from "typebox";

/** As in OIDC_<NAME>_ISSUER, in small letters with hyphens; `google` for GOOGLE_CLIENT_ID. */
export const ProviderId = Type.String({ pattern: "^[a-z][a-z0-9-]{0,31}$" });

/** What oauth/:provider/start led to. */
export const codeProof = {
  code: Type.String({
    minLength: 1,
    maxLength: 128,
    description: "From returnTo's address.",
    examples: ["wL5eA7uGiKoPqTyMzNdh1Yk0n2Jm4fZ8sQvX6tB3cR9"],
  }),
  codeVerifier: Type.String({
    pattern: "^[A-Za-z0-9._~-]{43,128}$",
    description: "Whose SHA-256 was the codeChallenge at the start (RFC 7636).",
  }),
};

/** What a provider gave to the app itself. */
export const credentialProof = {
  credential: Type.String({
    pattern: "^[A-Za-z0-9_-]+\\.[A-Za-z0-9_-]+\\.[A-Za-z0-9_-]*$",
    maxLength: 8_192,
    description: "An ID token.",
  }),
  nonce: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 256,
      description: "What the app asked the provider with; without it the token must have none.",
    }),
  ),
};
