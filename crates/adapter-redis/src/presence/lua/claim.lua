#!lua flags=allow-oom
-- Moves owners whose lease is over, and claims some for the caller to sweep. KEYS: live nodes, lapsed nodes.
-- ARGV: most to claim, for how many milliseconds, how long to keep the keys (milliseconds).
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
for _, owner in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now, 'LIMIT', 0, 100)) do
  redis.call('ZREM', KEYS[1], owner)
  redis.call('ZADD', KEYS[2], 'NX', 0, owner)
end
local claimed = redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', now, 'LIMIT', 0, ARGV[1])
for _, owner in ipairs(claimed) do
  redis.call('ZADD', KEYS[2], now + ARGV[2], owner)
end
redis.call('PEXPIRE', KEYS[2], ARGV[3])
return claimed
