-- Appends one event, at most once a name.
-- KEYS: 1 stream, 2 the once-only key (absent: no such limit). ARGV: kind, version, body, seconds
if KEYS[2] and redis.call('EXISTS', KEYS[2]) == 1 then
  return 0
end
redis.call('XADD', KEYS[1], '*', 'kind', ARGV[1], 'version', ARGV[2], 'body', ARGV[3])
if KEYS[2] then
  redis.call('SET', KEYS[2], '1', 'EX', ARGV[4])
end
return 1
