-- The first bytes of many stored cases: enough for version and state, without moving the whole of each.
-- KEYS: the cases   ARGV: 1 how many bytes of each
-- Answers a text for each key; empty where there is none
local heads = {}
for n, key in ipairs(KEYS) do
  heads[n] = redis.call('GETRANGE', key, 0, ARGV[1])
end
return heads
