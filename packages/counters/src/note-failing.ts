import type { Counters } from "./connection.ts";
import { requireDigest, requireLabel } from "./digest.ts";
import { defineScript } from "./script.ts";

// KEYS: the different members (a HyperLogLog: 12 kB at most, exact to 1 % and better for few), how
// often one failed, and whether that was told. All end with the window that the first failure began.
const NOTE_FAILING = defineScript(`
  local member, most, each, span = ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
  redis.call("PFADD", KEYS[1], member)
  local failures = redis.call("INCR", KEYS[2])
  if failures == 1 then
    redis.call("PEXPIRE", KEYS[2], span)
    redis.call("PEXPIRE", KEYS[1], span)
    redis.call("DEL", KEYS[3])
  end
  local members = redis.call("PFCOUNT", KEYS[1])
  if members < most or failures > members * each then return { 0 } end
  local isNew = redis.call("SET", KEYS[3], 1, "PX", span, "NX")
  return { isNew and 1 or 0, members, failures }
`);

export type FailingGroup = {
  /** What is watched, e.g. "stuffing". */
  name: string;
  /** A digest of a client's network, or an opaque name. */
  subject: string;
  /** Who failed: a digest. */
  member: string;
  /** So many different members in a window are worth telling. */
  membersMax: number;
  /** Only where each failed no more often than this on average; without it, however often. */
  failuresEachMax?: number;
  windowSeconds: number;
};

export type Failing = { members: number; failures: number };

const EVERY_NUMBER = 1_000_000;

/**
 * Notes that one member of a group failed. Answers what to tell at the one failure of a window that
 * makes too many members fail, and null at every other.
 */
export async function noteFailing(
  counters: Counters,
  group: FailingGroup,
): Promise<Failing | null> {
  const { failuresEachMax = EVERY_NUMBER, membersMax, windowSeconds } = group;
  const subject = requireLabel(group.subject, "subject");
  const name = requireLabel(group.name, "name");
  const key = (part: string) => counters.key("failing", subject, name, part);
  const [isNew, members, failures] = await counters.decide(NOTE_FAILING, {
    keys: [key("members"), key("failures"), key("told")],
    args: [
      requireDigest(group.member, "member"),
      membersMax,
      failuresEachMax,
      windowSeconds * 1000,
    ],
  });
  return isNew === 1 ? { members: Number(members), failures: Number(failures) } : null;
}
