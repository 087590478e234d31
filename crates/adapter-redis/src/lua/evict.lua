-- Notes a ticket of a user, and gives up those that would end first when there are too many; what is over is among them.
-- KEYS: the user's tickets by their end. ARGV: ticket, when it ends (milliseconds), most of them.
-- Returns the tickets that are given up. The list goes a minute after the last of them by this server's clock.
redis.call('ZREM', KEYS[1], ARGV[1])
local given_up = {}
while redis.call('ZCARD', KEYS[1]) >= tonumber(ARGV[3]) do
  given_up[#given_up + 1] = redis.call('ZPOPMIN', KEYS[1])[1]
end
redis.call('ZADD', KEYS[1], ARGV[2], ARGV[1])
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local last = tonumber(redis.call('ZRANGE', KEYS[1], -1, -1, 'WITHSCORES')[2])
local left = math.min(math.max(last - now, 0), 3600000)
redis.call('PEXPIRE', KEYS[1], string.format('%.0f', left + 60000))
return given_up
