import { createHash } from "node:crypto";

/** One decision in Redis: its Lua text and the SHA-1 by which Redis knows it once loaded. */
export type Script = Readonly<{ lua: string; sha: string }>;

/** What a script answers when its deadline had passed before it began. It changed nothing. */
export const TOO_LATE = "too_late";

// Every script begins here. ARGV[1] is the deadline in milliseconds of this server's own clock, so a
// command that waited in a socket while Redis was frozen finds its caller gone and does nothing.
// Lists of times are ascending: the newest is at the tail.
const PRELUDE = `
  local clock = redis.call("TIME")
  local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
  if now > tonumber(ARGV[1]) then return { "${TOO_LATE}" } end

  -- Drops the times up to and including this one.
  local function prune(times, upTo)
    while (tonumber(redis.call("LINDEX", times, 0)) or upTo + 1) <= upTo do
      redis.call("LPOP", times)
    end
  end

  -- Milliseconds until fewer than "most" of these times lie within the last "span"; 0 when so now.
  local function wait(times, span, most)
    local due = redis.call("LINDEX", times, -most)
    return due and math.max(0, due + span - now) or 0
  end

  -- Adds the present to these times, of which no more than "most" can matter and none after "span".
  local function note(times, span, most)
    redis.call("RPUSH", times, now)
    redis.call("LTRIM", times, -most, -1)
    redis.call("PEXPIRE", times, span)
  end
`;

/**
 * Makes a script of the Lua body. The body may use `now` (milliseconds), `prune`, `wait` and `note`;
 * its own arguments begin at ARGV[2].
 */
export function defineScript(body: string): Script {
  const lua = PRELUDE + body;
  // SHA-1 is a name here, given by Redis's EVALSHA, and protects nothing.
  return Object.freeze({ lua, sha: createHash("sha1").update(lua).digest("hex") });
}
