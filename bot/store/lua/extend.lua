-- Keeps (ms > 0) or ends (ms = 0) a lease, if the token is still the right one. KEYS: 1 lease. ARGV: token, ms
if redis.call('GET', KEYS[1]) ~= ARGV[1] then
  return 0
end
return redis.call('PEXPIRE', KEYS[1], ARGV[2])
