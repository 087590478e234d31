-- KEYS: live nodes, lapsed nodes. ARGV: owner, lease in milliseconds, whether it is a new one (1 or 0).
-- Returns 0 if the lease is not there any more.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
if ARGV[3] == '0' and not redis.call('ZSCORE', KEYS[1], ARGV[1]) then
  return 0
end
redis.call('ZADD', KEYS[1], now + ARGV[2], ARGV[1])
return 1
