-- Makes streams and groups that are missing, and forgets consumers of processes that are long gone. One that
-- still owns a message is kept: forgetting it would lose the message.
-- KEYS: the streams. ARGV: 1 group, 2 idle ms
local function fields(flat)
  local f = {}
  for i = 1, #flat, 2 do
    f[flat[i]] = flat[i + 1]
  end
  return f
end

for _, stream in ipairs(KEYS) do
  local there = false
  if redis.call('EXISTS', stream) == 1 then
    for _, group in ipairs(redis.call('XINFO', 'GROUPS', stream)) do
      there = there or fields(group).name == ARGV[1]
    end
  end
  if there then
    for _, flat in ipairs(redis.call('XINFO', 'CONSUMERS', stream, ARGV[1])) do
      local c = fields(flat)
      if c.pending == 0 and c.idle > tonumber(ARGV[2]) then
        redis.call('XGROUP', 'DELCONSUMER', stream, ARGV[1], c.name)
      end
    end
  else
    redis.call('XGROUP', 'CREATE', stream, ARGV[1], '0', 'MKSTREAM')
  end
end
return 1
