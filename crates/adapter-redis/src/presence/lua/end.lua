#!lua flags=allow-oom
-- Ends leases at once. KEYS: live nodes, lapsed nodes. ARGV: how long to keep the keys (milliseconds), owners.
for i = 2, #ARGV do
  redis.call('ZREM', KEYS[1], ARGV[i])
  redis.call('ZADD', KEYS[2], 'NX', 0, ARGV[i])
end
redis.call('PEXPIRE', KEYS[2], ARGV[1])
return #ARGV
