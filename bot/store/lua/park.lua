-- Sets an event aside for a newer version of the bot.
-- KEYS: 1 stream, 2 parked. ARGV: group, id, name of the stream, kind, version, body
if #redis.call('XPENDING', KEYS[1], ARGV[1], ARGV[2], ARGV[2], 1) == 0 then
  return 0
end
redis.call('XADD', KEYS[2], '*', 'stream', ARGV[3], 'kind', ARGV[4], 'version', ARGV[5], 'body', ARGV[6])
redis.call('XACK', KEYS[1], ARGV[1], ARGV[2])
redis.call('XDEL', KEYS[1], ARGV[2])
return 1
