-- Ends leases at once. KEYS: live nodes, lapsed nodes. ARGV: owners.
for _, owner in ipairs(ARGV) do
  redis.call('ZREM', KEYS[1], owner)
  redis.call('ZADD', KEYS[2], 'NX', 0, owner)
end
return #ARGV
