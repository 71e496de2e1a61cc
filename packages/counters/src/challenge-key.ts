import type { Counters } from "./connection.ts";

const CHALLENGE_ID = /^(?<tag>0|[1-9]\d{0,3})\.[A-Za-z0-9_-]{16,86}$/;
const TAGS = 1024;

/**
 * The slot tag of a challenge id, or null where the text cannot be one.
 *
 * An id is `<tag>.<random>` with tag = HMAC(recipient) mod 1024, so whatever belongs to a recipient
 * shares the slot with the recipient's challenges, and one script may touch it all (D13).
 */
export function tagOf(challengeId: string): string | null {
  const tag = CHALLENGE_ID.exec(challengeId)?.groups?.tag;
  return tag !== undefined && Number(tag) < TAGS ? tag : null;
}

/** The key of a challenge, or null where the id is malformed and so names none. */
export function challengeKey(counters: Counters, challengeId: string): string | null {
  const tag = tagOf(challengeId);
  return tag === null ? null : counters.key("code", tag, challengeId);
}
