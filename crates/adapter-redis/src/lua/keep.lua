-- Keeps a payload of a device in a call.
-- KEYS: hash of the call. ARGV: device, what, payload, most fields of a device, time to live in milliseconds.
local own = ARGV[1] .. ':'
local fields = {}
for _, field in ipairs(redis.call('HKEYS', KEYS[1])) do
  if string.sub(field, 1, #own) == own then
    fields[#fields + 1] = field
  end
end
local what = ARGV[2]
if what == 'offer' then
  for _, field in ipairs(fields) do
    redis.call('HDEL', KEYS[1], field)
  end
  fields = {}
end
local field = own .. what
if what == 'candidate' then
  -- Nothing of a device but all of it is ever removed, so that this number is free.
  field = string.format('%s:%04d', field, #fields)
end
if #fields < tonumber(ARGV[4]) or redis.call('HEXISTS', KEYS[1], field) == 1 then
  redis.call('HSET', KEYS[1], field, ARGV[3])
end
redis.call('PEXPIRE', KEYS[1], ARGV[5])
return 0
