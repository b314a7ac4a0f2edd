-- Schedules an event unless it is already waiting or on its way.
-- KEYS: 1 due, 2 flying. ARGV: 1 when, 2 the event
if redis.call('ZSCORE', KEYS[1], ARGV[2]) or redis.call('SISMEMBER', KEYS[2], ARGV[2]) == 1 then
  return 0
end
redis.call('ZADD', KEYS[1], ARGV[1], ARGV[2])
return 1
