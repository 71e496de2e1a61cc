import { blindIndex, type DigestKeys, maskEmail, maskPhone } from "@postern/crypto";

/** What login_attempts keeps of what was typed: a mask for people, a keyed digest to count by. */
export const describeIdentifier = (digestKeys: DigestKeys, identifier: string) => ({
  identifierHint: identifier.includes("@") ? maskEmail(identifier) : maskPhone(identifier),
  identifierIndex: blindIndex(digestKeys, "login_attempts.identifier_index", identifier),
});
