import { blindIndex, type DigestKeys, maskEmail } from "@postern/crypto";

/** What login_attempts keeps of what was typed: a mask for people, a keyed digest to count by. */
export const describeIdentifier = (digestKeys: DigestKeys, email: string) => ({
  identifierHint: maskEmail(email),
  identifierIndex: blindIndex(digestKeys, "login_attempts.identifier_index", email),
});
