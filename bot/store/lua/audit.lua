-- Appends audit lines that belong to no message.
-- KEYS: 1 audit, 2 audit:head. ARGV: 1 the head they were made on, 2 the new head, then the lines
local head = redis.call('GET', KEYS[2]) or ''
if head ~= ARGV[1] then
  return {'HEAD', head}
end
for i = 3, #ARGV do
  redis.call('XADD', KEYS[1], '*', 'line', ARGV[i])
end
redis.call('SET', KEYS[2], ARGV[2])
return {'OK'}
