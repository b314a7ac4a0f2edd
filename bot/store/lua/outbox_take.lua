-- KEYS: 1 outbox, 2 redraw. ARGV: now. Answers {case id, number of the last asking}; takes nothing away
local first = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', ARGV[1], 'LIMIT', 0, 1)[1]
if not first then
  return {}
end
return {first, redis.call('HGET', KEYS[2], first) or '0'}
