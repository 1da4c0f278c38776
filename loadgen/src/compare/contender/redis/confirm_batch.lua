-- Many confirmations, decided in their order. KEYS as of one. ARGV: now in ms, accounts.
-- Returns a character for each: ! sold, = sold already, ? nothing held any more.
local offer, holds, now = KEYS[1], KEYS[2], tonumber(ARGV[1])
local held = redis.call('HMGET', holds, unpack(ARGV, 2))
local answers, set, sold = {}, {}, {}
for i = 1, #ARGV - 1 do
  local account, own = ARGV[i + 1], held[i]
  if sold[account] or own == 'sold' then
    answers[i] = '='
  elseif not own or tonumber(own) <= now then
    answers[i] = '?'
  else
    sold[account] = true
    set[#set + 1] = account
    set[#set + 1] = 'sold'
    answers[i] = '!'
  end
end
if #set > 0 then
  redis.call('HSET', holds, unpack(set))
  redis.call('HINCRBY', offer, 'sold', #set / 2)
end
return table.concat(answers)
