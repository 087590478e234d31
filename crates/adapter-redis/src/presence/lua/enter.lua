-- Counts connections in. KEYS: users, seats of one room. ARGV: owner, whether to list (1 or 0), how long to keep the keys
-- (milliseconds), then for each connection the user's id and name, and the connection.
-- seats holds c:user:connection = owner, n:user = how many of those, g:user = who waits for the user to come back.
-- Returns how many users came, their ids, and everybody as id, name, id, name ...
local came = {}
for i = 4, #ARGV, 3 do
  local user, name, connection = ARGV[i], ARGV[i + 1], ARGV[i + 2]
  local seat = 'c:' .. user .. ':' .. connection
  if redis.call('HEXISTS', KEYS[2], seat) == 0 then
    redis.call('HINCRBY', KEYS[2], 'n:' .. user, 1)
  end
  redis.call('HSET', KEYS[2], seat, ARGV[1])
  redis.call('HDEL', KEYS[2], 'g:' .. user)
  if redis.call('HSET', KEYS[1], user, name) == 1 then
    came[#came + 1] = user
  end
end
redis.call('PEXPIRE', KEYS[1], ARGV[3])
redis.call('PEXPIRE', KEYS[2], ARGV[3])
local answer = { tostring(#came) }
for _, user in ipairs(came) do
  answer[#answer + 1] = user
end
if ARGV[2] == '1' then
  for _, part in ipairs(redis.call('HGETALL', KEYS[1])) do
    answer[#answer + 1] = part
  end
end
return answer
