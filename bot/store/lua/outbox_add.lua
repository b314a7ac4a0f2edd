-- KEYS: 1 outbox, 2 redraw, 3 fence. ARGV: when, case id
-- One entry a card: an earlier time wins; each asking gets a number of its own, so that none is taken for another
redis.call('ZADD', KEYS[1], 'LT', ARGV[1], ARGV[2])
redis.call('HSET', KEYS[2], ARGV[2], redis.call('INCR', KEYS[3]))
return 1
