#!lua flags=allow-oom
-- KEYS: live nodes, lapsed nodes. ARGV: owner, lease in milliseconds, whether it is a new one (1 or 0), how long to keep
-- the keys (milliseconds). Returns 0 if the lease is not there any more.
-- A server that is full must not take every node for dead: this adds nothing that was not there when it was not.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
if ARGV[3] == '0' and not redis.call('ZSCORE', KEYS[1], ARGV[1]) then
  return 0
end
redis.call('ZADD', KEYS[1], now + ARGV[2], ARGV[1])
redis.call('PEXPIRE', KEYS[1], ARGV[4])
return 1
