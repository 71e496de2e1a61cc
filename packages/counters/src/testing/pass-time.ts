import type { Redis } from "ioredis";

// Moves every time under a key, and its end, into the past: lists hold times, sorted sets have them
// for scores, and the names of a hash's times end in _at or _until.
const AGE = `
  local ms = tonumber(ARGV[1])
  for _, key in ipairs(redis.call("KEYS", ARGV[2] .. "*")) do
    local kind = redis.call("TYPE", key).ok
    local ttl = redis.call("PTTL", key)
    if kind == "list" then
      for i, time in ipairs(redis.call("LRANGE", key, 0, -1)) do
        redis.call("LSET", key, i - 1, time - ms)
      end
    elseif kind == "zset" then
      for _, member in ipairs(redis.call("ZRANGE", key, 0, -1)) do
        redis.call("ZINCRBY", key, -ms, member)
      end
    elseif kind == "hash" then
      for _, field in ipairs(redis.call("HKEYS", key)) do
        if string.match(field, "_at$") or string.match(field, "_until$") then
          redis.call("HINCRBY", key, field, -ms)
        end
      end
    end
    if ttl < 0 then error(key .. " has no end") end
    redis.call("PEXPIRE", key, ttl - ms)
  end
`;

/** Makes what is stored under a prefix older. Fails when a key was stored without an end. */
export async function passTime(redis: Redis, keyPrefix: string, seconds: number): Promise<void> {
  await redis.eval(AGE, 0, seconds * 1000, keyPrefix);
}
