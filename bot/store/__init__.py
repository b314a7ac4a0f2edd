"""In: events, results, questions about cases. Out: the same, from Redis, each commit whole or not at all.
`Store` is what the composer makes; `connect` and `check` say which Redis it may stand on.
Promise: see README.md for the keys, and for how one message is committed.
"""

from bot.store.connect import check, connect
from bot.store.store import Store

__all__ = ["Store", "check", "connect"]
