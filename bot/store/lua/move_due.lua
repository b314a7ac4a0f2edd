-- Moves what is due from the schedule, and what was left for a newer version, into the streams.
-- KEYS: 1 due, 2 flying, 3 parked, 4-9 the six streams
-- ARGV: 1 now, 2 how many at most, 3 JSON of the kinds known here and their versions, 4-9 names of the streams
local function stream(name)
  for i = 4, 9 do
    if ARGV[i] == name then
      return KEYS[i]
    end
  end
end

local moved = 0
for _, member in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', ARGV[1], 'LIMIT', 0, ARGV[2])) do
  local to, kind, version, body = string.match(member, '^([^|]*)|([^|]*)|([^|]*)|(.*)$')
  local key = to and stream(to)
  -- what cannot be placed stays where it is, for a newer version
  if key then
    redis.call('XADD', key, '*', 'kind', kind, 'version', version, 'body', body)
    redis.call('ZREM', KEYS[1], member)
    redis.call('SADD', KEYS[2], member)
    moved = moved + 1
  end
end

if redis.call('XLEN', KEYS[3]) > 0 then
  local known = cjson.decode(ARGV[3])
  for _, entry in ipairs(redis.call('XRANGE', KEYS[3], '-', '+')) do
    local f = {}
    for i = 1, #entry[2], 2 do
      f[entry[2][i]] = entry[2][i + 1]
    end
    local key = stream(f.stream)
    if key and known[f.kind] and known[f.kind] >= (tonumber(f.version) or math.huge) then
      redis.call('XADD', key, '*', 'kind', f.kind, 'version', f.version, 'body', f.body)
      redis.call('XDEL', KEYS[3], entry[1])
      moved = moved + 1
    end
  end
end
return moved
