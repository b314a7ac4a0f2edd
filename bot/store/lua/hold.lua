-- Renews or gives back messages, but only those that still are this consumer's.
-- KEYS: 1 stream. ARGV: group, consumer, new owner, idle ms, then id and delivery count in turn
-- Answers the ids that were this consumer's
local mine = {}
for k = 5, #ARGV, 2 do
  local pending = redis.call('XPENDING', KEYS[1], ARGV[1], ARGV[k], ARGV[k], 1)[1]
  if pending and pending[2] == ARGV[2] then
    redis.call('XCLAIM', KEYS[1], ARGV[1], ARGV[3], 0, ARGV[k], 'IDLE', ARGV[4], 'RETRYCOUNT', ARGV[k + 1], 'JUSTID')
    mine[#mine + 1] = ARGV[k]
  end
end
return mine
