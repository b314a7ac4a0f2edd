"""In: nothing. Out: a running bot, a redis-server of its own, and the lab inside this process, where faults are made.
All tests of a run share it: each brings a problem of its own, about people that no other test touches.
Promise: what is counted is counted by the domain controller, and only from the moment a test says.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from redis import Redis

from bot.lab.contoso.entries import accounts, address
from bot.lab.lab import Options
from tests.scenario import ad
from tests.scenario.crowd import crowd_in
from tests.servers.bot import Bot, bot_of
from tests.servers.lab import Hands, LabInside, lab_inside, state_of, until, words
from tests.servers.redis import RedisServer, redis_server

Json = dict[str, Any]


@dataclass(frozen=True)
class World:
    lab: LabInside
    redis: RedisServer
    bot: Bot
    hands: Hands

    @property
    def ad(self) -> Json:
        found: Json = self.hands.line["ad"]
        return found

    @property
    def tenant(self) -> str:
        return self.lab.lab.entra.tenant_id

    def dn(self, alias: str) -> str:
        dn = next(each.dn for each in accounts() if each.alias == alias)
        return f"{dn},{self.ad['base_dn']}"

    def addresses(self, alias: str) -> list[str]:
        return ad.values(self.ad, self.dn(alias))

    def modifies(self) -> int:
        """All that was ever written to AD, by whomever."""
        return self.lab.ad.counters.modifies

    def plant(self, loser: str, keeper: str) -> str:
        """Somebody enters the keeper's address on the loser, and it is synchronized: a C01, with its card."""
        contested = address(keeper)
        ad.add(self.ad, self.dn(loser), f"smtp:{contested}")
        assert self.hands.act("cycle")["ok"]
        self.hands.until_state(contested, "pending")
        return contested

    def approve(self, contested: str, who: str = "ingrid") -> None:
        card = self.hands.until_state(contested, "pending")
        assert self.hands.click(who, card, "fix_approve")["ok"]

    def until_verified(self, contested: str) -> None:
        """With as many cycles and sweeps as it takes."""

        def verified() -> bool:
            self.hands.act("cycle")
            self.hands.act("sweep")
            return self.hands.state(contested) == "verified"

        try:
            until(verified, f"{contested} verified")
        except AssertionError as never:
            card = self.hands.card(contested)
            raise AssertionError(words(card) if card else f"no card for {contested}") from never

    def states(self) -> dict[str, str]:
        return {case: state_of(card) for case, card in self.hands.cards().items()}

    def leases_run_out(self) -> None:
        """As if a minute had passed since a process that is gone took its work and its locks."""
        with Redis.from_url(self.redis.url) as redis:
            for lock in redis.scan_iter(f"{{dirsync:{self.tenant}}}:lease:*"):
                redis.delete(lock)
            for name in redis.scan_iter(f"{{dirsync:{self.tenant}}}:*:*", _type="stream"):
                for held in redis.xpending_range(name, "workers", "-", "+", 100):
                    ids = [held["message_id"]]
                    redis.xclaim(
                        name, "workers", held["consumer"], 0, ids, idle=120_000, justid=True
                    )

    def due_now(self, kind: str) -> None:
        """As if the time had come for what was put off."""
        assert self.hasten(kind), f"no {kind} was put off"

    def hasten(self, kind: str) -> int:
        """The same for as many as there are."""
        with Redis.from_url(self.redis.url, decode_responses=True) as redis:
            name = f"{{dirsync:{self.tenant}}}:due"
            waiting = [m for m in redis.zrange(name, 0, -1) if f"|{kind}|" in m]
            if waiting:
                redis.zadd(name, dict.fromkeys(waiting, 0.0), xx=True)
            return len(waiting)


@contextmanager
def running_world(pairs: int = 0, each: int = 1) -> Iterator[World]:
    """With a crowd (`crowd_in`): its errors and Contoso's own are all in the first poll."""
    options = Options(cycle_seconds=600, sweep_seconds=600, seed=11)
    quick = {
        "DIRSYNC_TIMING__POLL_SECONDS": "1",
        "DIRSYNC_TIMING__LOOK_SECONDS": "1",
        # tests cycle when they want; the demo's 72 seconds without one would be a sync that stopped (C59)
        "DIRSYNC_TIMING__SYNC_STOPPED_AFTER_HOURS": "3",
        # each test brings a problem of its own: together they are no storm; a crowd is one, as it would be in life
        "DIRSYNC_TIMING__STORM_ABOVE": "10" if pairs else "100",
    }
    with (
        lab_inside(options) as lab,
        redis_server("redis-server") as redis,
        bot_of(lab.line, DIRSYNC_REDIS__URL=redis.url, **quick) as bot,
    ):
        if pairs:
            crowd_in(lab, pairs, each)
        bot.start()
        yield World(lab, redis, bot, Hands(lab.line))
