-- Forgets what is kept of a device in a call.
-- KEYS: hash of the call. ARGV: device.
local own = ARGV[1] .. ':'
for _, field in ipairs(redis.call('HKEYS', KEYS[1])) do
  if string.sub(field, 1, #own) == own then
    redis.call('HDEL', KEYS[1], field)
  end
end
return 0
