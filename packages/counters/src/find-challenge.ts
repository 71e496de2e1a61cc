import { tagOf } from "./challenge-key.ts";
import type { Counters } from "./connection.ts";
import { requireDigest, requireLabel } from "./digest.ts";
import type { CodeLane } from "./open-challenge.ts";
import { defineScript } from "./script.ts";

// KEYS: the recipient's live challenges of a purpose, by their end. ARGV[3] is the key of a challenge
// but for its id; all of them share the slot.
const FIND = defineScript(`
  local binding, prefix = ARGV[2], ARGV[3]
  for _, id in ipairs(redis.call("ZREVRANGE", KEYS[1], 0, -1)) do
    if redis.call("HGET", prefix .. id, "binding") == binding then return { id } end
  end
  return {}
`);

export type ChallengeTrace = {
  /** Any challenge id of this recipient: it names the slot. */
  slotOf: string;
  recipientDigest: string;
  lane: CodeLane;
  purpose: string;
  bindingDigest: string;
};

/**
 * The newest live challenge of a recipient and purpose that was opened with this binding; null where
 * there is none. For a caller that knows who asked and not the challenge.
 */
export async function findChallenge(
  counters: Counters,
  { slotOf, recipientDigest, lane, purpose, bindingDigest }: ChallengeTrace,
): Promise<string | null> {
  const tag = tagOf(slotOf);
  if (tag === null) throw new TypeError("slotOf must be <tag>.<random>");
  const recipient = requireDigest(recipientDigest, "recipientDigest");
  const [found] = await counters.decide(FIND, {
    keys: [counters.key("code-live", tag, recipient, lane, requireLabel(purpose, "purpose"))],
    args: [requireDigest(bindingDigest, "bindingDigest"), counters.key("code", tag, "")],
  });
  return found === undefined ? null : String(found);
}
