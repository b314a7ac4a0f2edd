-- Takes work for one consumer: stale work of others first, then new work. Never waits.
-- KEYS: streams, in the order to look. ARGV: group, consumer, how many, idle ms that makes work stale
-- Answers {number of the stream, id, which delivery this is, fields} each
local group, consumer, idle = ARGV[1], ARGV[2], ARGV[4]
local left = tonumber(ARGV[3])
local taken = {}
for i, stream in ipairs(KEYS) do
  if left > 0 then
    local stale = redis.call('XPENDING', stream, group, 'IDLE', idle, '-', '+', left)
    if #stale > 0 then
      local ids, deliveries = {}, {}
      for n, pending in ipairs(stale) do
        ids[n] = pending[1]
        deliveries[pending[1]] = pending[4]
      end
      for _, e in ipairs(redis.call('XCLAIM', stream, group, consumer, idle, unpack(ids))) do
        taken[#taken + 1] = {i, e[1], deliveries[e[1]] + 1, e[2]}
        left = left - 1
      end
    end
  end
end
for i, stream in ipairs(KEYS) do
  if left > 0 then
    local new = redis.call('XREADGROUP', 'GROUP', group, consumer, 'COUNT', left, 'STREAMS', stream, '>')
    if new then
      for _, e in ipairs(new[1][2]) do
        taken[#taken + 1] = {i, e[1], 1, e[2]}
        left = left - 1
      end
    end
  end
end
return taken
