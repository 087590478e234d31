-- A device speaks through a connection no more.
-- KEYS: hash of the user's devices. ARGV: device, connection with its node.
-- Returns 1 if the device is gone, 0 if it speaks through another connection.
local known = redis.call('HGET', KEYS[1], ARGV[1])
if known and known ~= ARGV[2] then
  return 0
end
redis.call('HDEL', KEYS[1], ARGV[1])
return 1
