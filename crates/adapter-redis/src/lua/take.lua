-- A token bucket as the moment at which it is full again (the generic cell rate algorithm), in microseconds.
-- KEYS: bucket. ARGV: now, from one token to the next, burst, whether a bucket may be made (1 or 0).
-- Returns 0, or in how many microseconds to come back; -1 if there is no bucket and none may be made, -2 if one was.
local now, interval, burst = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local known = redis.call('GET', KEYS[1])
if not known and ARGV[4] == '0' then
  return -1
end
local full = math.max(tonumber(known or '0'), now) + interval
local excess = full - now - interval * burst
if excess > 0 then
  return math.min(math.ceil(excess), 1e15)
end
-- Forgotten when it is full. A clock that goes back must not find it gone too early, hence the minute.
local keep = math.min(math.ceil((full - now) / 1000) + 60000, 8.64e9)
redis.call('SET', KEYS[1], string.format('%.0f', full), 'PX', string.format('%.0f', keep))
return known and 0 or -2
