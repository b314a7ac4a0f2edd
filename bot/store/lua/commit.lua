-- Finishes one message: everything its handling leaves behind, or nothing.
-- Lua is atomic but not transactional (an error midway keeps earlier writes), so: check first, write last.
-- KEYS: 1 stream of the message, 2 audit, 3 audit:head, 4 due, 5 flying, 6 marks, 7 live, 8 closed,
--       9 poison, 10-15 the six streams, then, if there is a case: 16 case, 17 card
-- ARGV: 1 the plan (JSON of flat texts), 2 the case as it will be stored
-- Answers {"OK"}, {"GONE"}, {"MOVED"} or {"HEAD", the head of now}
local plan = cjson.decode(ARGV[1])

if #redis.call('XPENDING', KEYS[1], plan.group, plan.id, plan.id, 1) == 0 then
  return {'GONE'}
end
if plan.case then
  local stored = redis.call('GETRANGE', KEYS[16], 0, plan.case.head_bytes)
  local version = '0'
  if stored ~= '' then
    version = string.match(stored, '^{"schema":%d+,"version":(%d+),')
  end
  if version ~= plan.case.version then
    return {'MOVED'}
  end
end
for _, mark in ipairs(plan.relied) do
  local stored = redis.call('HGET', KEYS[6], mark[1])
  if (stored and 'there' or 'gone') ~= mark[3] or (stored or '') ~= mark[2] then
    return {'MOVED'}
  end
end
if #plan.audit > 0 then
  local head = redis.call('GET', KEYS[3]) or ''
  if head ~= plan.head then
    return {'HEAD', head}
  end
end

if plan.case then
  local case = plan.case
  if case.closed then
    redis.call('SET', KEYS[16], ARGV[2], 'EX', case.keep)
    redis.call('EXPIRE', KEYS[17], case.keep)
    redis.call('SREM', KEYS[7], case.id)
    redis.call('ZADD', KEYS[8], case.closed, case.id)
    redis.call('ZREMRANGEBYSCORE', KEYS[8], '-inf', '(' .. case.forgotten)
  else
    redis.call('SET', KEYS[16], ARGV[2])
    redis.call('PERSIST', KEYS[17])
    redis.call('SADD', KEYS[7], case.id)
    redis.call('ZREM', KEYS[8], case.id)
  end
end
for _, mark in ipairs(plan.marks) do
  redis.call('HSET', KEYS[6], mark[1], mark[2])
end
for _, name in ipairs(plan.unmarks) do
  redis.call('HDEL', KEYS[6], name)
end
for _, e in ipairs(plan.follow) do
  redis.call('XADD', KEYS[9 + e[1]], '*', 'kind', e[2], 'version', e[3], 'body', e[4])
end
redis.call('SREM', KEYS[5], plan.member)
for _, due in ipairs(plan.later) do
  redis.call('ZADD', KEYS[4], due[1], due[2])
end
for _, line in ipairs(plan.audit) do
  redis.call('XADD', KEYS[2], '*', 'line', line)
end
if #plan.audit > 0 then
  redis.call('SET', KEYS[3], plan.new_head)
end
if plan.poison then
  local p = plan.poison
  redis.call('XADD', KEYS[9], '*', 'stream', p[1], 'kind', p[2], 'version', p[3], 'body', p[4], 'error', p[5])
end
redis.call('XACK', KEYS[1], plan.group, plan.id)
redis.call('XDEL', KEYS[1], plan.id)
return {'OK'}
