-- One claim. KEYS: the offer, who holds what, the line of holds by expiry. ARGV: account, now in ms.
-- Returns + reserved, = held already, - sold out, 0 not open.
local offer, holds, line = KEYS[1], KEYS[2], KEYS[3]
local account, now = ARGV[1], tonumber(ARGV[2])
local o = redis.call('HMGET', offer, 'opens', 'closes', 'left', 'hold', 'next')
if now < tonumber(o[1]) or now >= tonumber(o[2]) then return '0' end
local held = redis.call('HGET', holds, account)
if held == 'sold' or (held and tonumber(held) > now) then return '=' end
local left = tonumber(o[3])
-- A hold of the account's own that is over is simply begun anew: its unit never went back.
if not held then
  -- Only the time of the oldest hold is asked for, unless that is over.
  if left <= 0 and now < tonumber(o[5]) then return '-' end
  while left <= 0 do
    local oldest = redis.call('LINDEX', line, 0)
    if not oldest then
      redis.call('HSET', offer, 'next', 'inf')
      return '-'
    end
    local expiry, whose = string.match(oldest, '^(%d+):(.*)$')
    if now < tonumber(expiry) then
      redis.call('HSET', offer, 'next', expiry)
      return '-'
    end
    redis.call('LPOP', line)
    -- What was sold or held anew since stays.
    if redis.call('HGET', holds, whose) == expiry then
      redis.call('HDEL', holds, whose)
      left = redis.call('HINCRBY', offer, 'left', 1)
    end
  end
  redis.call('HINCRBY', offer, 'left', -1)
end
local expiry = string.format('%d', now + tonumber(o[4]))
redis.call('HSET', holds, account, expiry)
if redis.call('RPUSH', line, expiry .. ':' .. account) == 1 then
  redis.call('HSET', offer, 'next', expiry)
end
return '+'
