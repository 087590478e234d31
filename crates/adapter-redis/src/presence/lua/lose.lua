#!lua flags=allow-oom
-- A connection broke: it is counted out, but its user stays until the owner says that the grace is over.
-- KEYS: users, seats of one room. ARGV: owner, user, connection.
local user = ARGV[2]
local seat = 'c:' .. user .. ':' .. ARGV[3]
if redis.call('HGET', KEYS[2], seat) ~= ARGV[1] then
  return 0
end
-- First, as a key that is emptied meanwhile would lose its end.
redis.call('HSET', KEYS[2], 'g:' .. user, ARGV[1] .. '|' .. ARGV[3])
redis.call('HDEL', KEYS[2], seat)
if redis.call('HINCRBY', KEYS[2], 'n:' .. user, -1) <= 0 then
  redis.call('HDEL', KEYS[2], 'n:' .. user)
end
return 1
