import type { Counters } from "./connection.ts";
import { requireDigest, requireLabel } from "./digest.ts";
import { defineScript } from "./script.ts";

const MINUTE_MS = 60_000;

// KEYS: this send, the unverified numbers of its range (a sorted set of digests by their time), and
// one hash for each group. A hash counts by the minute: `s:<minute>` what was sent, `v:<minute>` what
// of it was verified, `q:<minute>` how often a number followed its neighbour.
const JUDGE = defineScript(`
  local isDenied, minutes, sequenceMax = ARGV[2] == "1", tonumber(ARGV[3]), tonumber(ARGV[4])
  local number, before, after = ARGV[5], ARGV[6], ARGV[7]
  local minute, span = math.floor(now / ${MINUTE_MS}), minutes * ${MINUTE_MS}
  if redis.call("EXISTS", KEYS[1]) == 1 then return { "known" } end

  -- The sums of a group, and what is past the window forgotten.
  local function sums(key, grace)
    local sum = { s = 0, v = 0, q = 0 }
    local fields = redis.call("HGETALL", key)
    for i = 1, #fields, 2 do
      local kind, at = string.sub(fields[i], 1, 1), tonumber(string.sub(fields[i], 3))
      if at <= minute - minutes then redis.call("HDEL", key, fields[i])
      elseif at <= minute - grace then sum[kind] = sum[kind] + fields[i + 1] end
    end
    return sum
  end

  redis.call("ZREMRANGEBYSCORE", KEYS[2], "-inf", now - span)
  local follows = redis.call("ZSCORE", KEYS[2], before) or redis.call("ZSCORE", KEYS[2], after)
  local found
  for g = 3, #KEYS do
    local at = 8 + (g - 3) * 3
    local most, percent, grace = tonumber(ARGV[at]), tonumber(ARGV[at + 1]), tonumber(ARGV[at + 2])
    local sum = sums(KEYS[g], grace)
    local unverified = sum.s - sum.v
    if not found and unverified >= most and sum.v * 100 < percent * sum.s then
      found = { "unverified", g - 3, unverified, sum.v }
    end
    if not found and g == 3 and follows and sum.q + 1 >= sequenceMax then
      found = { "sequential", 0, sum.q + 1, sum.v }
    end
  end
  if found and isDenied then return found end

  local record = { "minute", minute, "number", number, "numbers", KEYS[2] }
  for g = 3, #KEYS do
    redis.call("HINCRBY", KEYS[g], "s:" .. minute, 1)
    redis.call("PEXPIRE", KEYS[g], span)
    table.insert(record, "group" .. g)
    table.insert(record, KEYS[g])
  end
  if follows then redis.call("HINCRBY", KEYS[3], "q:" .. minute, 1) end
  redis.call("ZADD", KEYS[2], now, number)
  redis.call("PEXPIRE", KEYS[2], span)
  redis.call("HSET", KEYS[1], unpack(record))
  redis.call("PEXPIRE", KEYS[1], span)
  return found or { "fine" }
`);

const VERIFIED = defineScript(`
  local send = redis.call("HGETALL", KEYS[1])
  if #send == 0 then return { 0 } end
  redis.call("DEL", KEYS[1])
  local of = {}
  for i = 1, #send, 2 do of[send[i]] = send[i + 1] end
  redis.call("ZREM", of.numbers, of.number)
  for name, key in pairs(of) do
    if string.sub(name, 1, 5) == "group" and redis.call("EXISTS", key) == 1 then
      redis.call("HINCRBY", key, "v:" .. of.minute, 1)
    end
  end
  return { 1 }
`);

/** From how many unverified sends on too small a part of verified ones is suspicious. */
export type SendGroup = Readonly<{
  name: string;
  /** A digest, or an opaque name. */
  subject: string;
  unverifiedMax: number;
  verifiedPercentMin: number;
  /** The last minutes are left out: whoever just got a code has not typed it yet. */
  graceMinutes: number;
}>;

export type WatchedSend = Readonly<{
  /** Repeating a message is no second send. */
  id: string;
  /** Digests of the number and of those one below and above it. */
  number: string;
  neighbours: readonly [string, string];
  /** Numbers of the first group's subject that follow one another are counted too. */
  sequenceMax: number;
  groups: readonly [SendGroup, ...SendGroup[]];
  windowMinutes: number;
  /** A suspicious send is not made, so it is not counted. */
  isDenied: boolean;
}>;

export type SuspiciousSend = Readonly<{
  by: "unverified" | "sequential";
  /** The group's name. */
  group: string;
  /** In the window: sends that stayed unverified, or numbers that followed one another. */
  count: number;
  verified: number;
}>;

// One tag: all that is watched lies in one slot of a cluster.
const keyOf = (counters: Counters, ...parts: string[]) =>
  counters.key("sends", "watched", ...parts);

const sendKey = (counters: Counters, id: string) => keyOf(counters, "send", requireLabel(id, "id"));

/**
 * Counts a send in each of its groups, and answers where one of them looks like pumping: many sends
 * that nobody verified beside few that somebody did, or numbers in a row. Null where nothing
 * does. What is denied counts nowhere, so a group is open again when its window has passed.
 */
export async function watchSend(
  counters: Counters,
  send: WatchedSend,
): Promise<SuspiciousSend | null> {
  const { groups, number, neighbours } = send;
  const [first] = groups;
  const [verdict, at, count, verified] = await counters.decide(JUDGE, {
    keys: [
      sendKey(counters, send.id),
      keyOf(counters, "numbers", requireLabel(first.subject, "subject")),
      ...groups.map(({ name, subject }) =>
        keyOf(counters, "group", requireLabel(name, "name"), requireLabel(subject, "subject")),
      ),
    ],
    args: [
      send.isDenied ? 1 : 0,
      send.windowMinutes,
      send.sequenceMax,
      ...[number, ...neighbours].map((digest) => requireDigest(digest, "number")),
      ...groups.flatMap((it) => [it.unverifiedMax, it.verifiedPercentMin, it.graceMinutes]),
    ],
  });
  if (verdict !== "unverified" && verdict !== "sequential") return null;
  const group = groups[Number(at)]?.name ?? first.name;
  return { by: verdict, group, count: Number(count), verified: Number(verified) };
}

/** The code of a send was verified. Counts once; false where it is known or too long ago. */
export async function noteVerifiedSend(counters: Counters, id: string): Promise<boolean> {
  const [isNoted] = await counters.decide(VERIFIED, { keys: [sendKey(counters, id)], args: [] });
  return isNoted === 1;
}
