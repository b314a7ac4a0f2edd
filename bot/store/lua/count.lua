-- KEYS: 1 counter. ARGV: 1 seconds, from the first use on. Answers the uses in this window
local uses = redis.call('INCR', KEYS[1])
if uses == 1 then
  redis.call('EXPIRE', KEYS[1], ARGV[1])
end
return uses
