-- KEYS: ticket. ARGV: when it ends (microseconds), value.
-- Kept a minute longer than it is good for by this server's clock: whether it is over is decided by the taker's.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local left = math.min(math.max(math.ceil(tonumber(ARGV[1]) / 1000) - now, 0), 3600000)
redis.call('SET', KEYS[1], ARGV[1] .. ':' .. ARGV[2], 'PX', string.format('%.0f', left + 60000))
return 1
