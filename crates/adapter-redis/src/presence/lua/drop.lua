#!lua flags=allow-oom
-- Counts connections out, and ends the graces that they left. KEYS: users, seats of one room. ARGV: for each connection
-- user, connection, owner, and whether an earlier answer may have been lost (1 or 0): then nothing left to do counts as
-- done.
-- Returns for each user whom nothing keeps any more: the place in ARGV, and the name if it is known here.
local gone = {}
for i = 1, #ARGV, 4 do
  local user, connection, owner = ARGV[i], ARGV[i + 1], ARGV[i + 2]
  local seat, count, grace = 'c:' .. user .. ':' .. connection, 'n:' .. user, 'g:' .. user
  if redis.call('HGET', KEYS[2], seat) == owner then
    redis.call('HDEL', KEYS[2], seat)
    if redis.call('HINCRBY', KEYS[2], count, -1) <= 0 then
      redis.call('HDEL', KEYS[2], count)
    end
  end
  if redis.call('HGET', KEYS[2], grace) == owner .. '|' .. connection then
    redis.call('HDEL', KEYS[2], grace)
  end
  if redis.call('HEXISTS', KEYS[2], count) == 0 and redis.call('HEXISTS', KEYS[2], grace) == 0 then
    local name = redis.call('HGET', KEYS[1], user)
    if name then
      redis.call('HDEL', KEYS[1], user)
    end
    if name or ARGV[i + 3] == '1' then
      gone[#gone + 1] = tostring((i - 1) / 4)
      gone[#gone + 1] = name or ''
    end
  end
end
return gone
