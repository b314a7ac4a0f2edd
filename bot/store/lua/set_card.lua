-- KEYS: 1 card, 2 case. ARGV: 1 where it is, 2 seconds for a card whose case is gone. Lives as long as its case
redis.call('SET', KEYS[1], ARGV[1])
local left = redis.call('TTL', KEYS[2])
if left == -2 then
  left = tonumber(ARGV[2])
end
if left >= 0 then
  redis.call('EXPIRE', KEYS[1], left)
end
return 1
