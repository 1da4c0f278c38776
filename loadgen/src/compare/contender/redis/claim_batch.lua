-- Many claims, decided in their order. KEYS as of one. ARGV: now in ms, accounts.
-- Returns a character for each: + reserved, = held already, - sold out, 0 not open.
local offer, holds, line = KEYS[1], KEYS[2], KEYS[3]
local now, count = tonumber(ARGV[1]), #ARGV - 1
local o = redis.call('HMGET', offer, 'opens', 'closes', 'left', 'hold', 'next')
if now < tonumber(o[1]) or now >= tonumber(o[2]) then return string.rep('0', count) end
local left, due = tonumber(o[3]), tonumber(o[5])
local before = left
local expiry = string.format('%d', now + tonumber(o[4]))
local held = redis.call('HMGET', holds, unpack(ARGV, 2))
local answers, set, queued, taken = {}, {}, {}, {}

-- Brings units back whose time is over; whether one came.
local function come_back()
  if now < due then return false end
  while true do
    local oldest = redis.call('LINDEX', line, 0)
    if not oldest then
      due = math.huge
      redis.call('HSET', offer, 'next', 'inf')
      return false
    end
    local until_, whose = string.match(oldest, '^(%d+):(.*)$')
    if now < tonumber(until_) then
      due = tonumber(until_)
      redis.call('HSET', offer, 'next', until_)
      return false
    end
    redis.call('LPOP', line)
    if not taken[whose] and redis.call('HGET', holds, whose) == until_ then
      redis.call('HDEL', holds, whose)
      left = left + 1
      return true
    end
  end
end

for i = 1, count do
  local account, own = ARGV[i + 1], held[i]
  if taken[account] or own == 'sold' or (own and tonumber(own) > now) then
    answers[i] = '='
  else
    -- A hold of the account's own that is over is begun anew: its unit never went back, unless within this batch.
    local anew = own and redis.call('HGET', holds, account) == own
    if anew or left > 0 or come_back() then
      if not anew then left = left - 1 end
      taken[account] = true
      set[#set + 1] = account
      set[#set + 1] = expiry
      queued[#queued + 1] = expiry .. ':' .. account
      answers[i] = '+'
    else
      answers[i] = '-'
    end
  end
end
if left ~= before then redis.call('HINCRBY', offer, 'left', left - before) end
if #set > 0 then
  redis.call('HSET', holds, unpack(set))
  if redis.call('RPUSH', line, unpack(queued)) == #queued then redis.call('HSET', offer, 'next', expiry) end
end
return table.concat(answers)
