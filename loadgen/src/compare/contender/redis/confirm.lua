-- One confirmation. KEYS: the offer, who holds what. ARGV: account, now in ms.
-- Returns ! sold, = sold already, ? nothing held any more.
local held = redis.call('HGET', KEYS[2], ARGV[1])
if held == 'sold' then return '=' end
if not held or tonumber(held) <= tonumber(ARGV[2]) then return '?' end
redis.call('HSET', KEYS[2], ARGV[1], 'sold')
redis.call('HINCRBY', KEYS[1], 'sold', 1)
return '!'
