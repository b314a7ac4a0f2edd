"""In: any order of changes, repeated signals, restarts, and a Slack that loses calls and answers or says "too many".
Promise: one card a case; its thread tells each moment exactly once and in order, and never more than Slack takes.
"""

import asyncio
from dataclasses import replace
from itertools import pairwise
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.lab.slack import Message, contoso
from bot.lab.slack.people import OPS
from bot.model import Case, Moment, Say
from tests.builders import NOW
from tests.contract.slack.direct import DirectClient
from tests.contract.slack.fakes import Clock, Store
from tests.contract.slack.sender import Sender, many
from tests.sizes import examples

CASES = many(3)
HAPPENS = st.one_of(
    st.tuples(st.just("grow"), st.integers(0, 2), st.integers(1, 4)),
    st.tuples(st.just("signal"), st.integers(0, 2), st.integers(1, 3)),
    st.tuples(st.just("send"), st.integers(0, 2), st.integers(1, 6)),
    st.tuples(st.just("restart"), st.just(0), st.just(0)),
    st.tuples(st.sampled_from(["lost", "unheard", "busy"]), st.integers(0, 2), st.integers(1, 2)),
)
METHODS = ("chat.postMessage", "chat.update", "conversations.replies")


class World:
    def __init__(self) -> None:
        self.clock, self.store = Clock(), Store()
        self.workspace = contoso()
        self.workspace.now = lambda: self.clock.now().timestamp()
        self.cases = [replace(case, timeline=()) for case in CASES]
        self.restart()

    def restart(self) -> None:
        """A new process: what the one before had in memory is gone, and its lease has ended."""
        self.store.leases.clear()
        self.client = DirectClient(self.workspace)
        self.sender = Sender(self.client, self.store, self.clock)

    async def happens(self, what: str, which: int, count: int) -> None:
        faults = self.workspace.faults
        if what == "grow":
            for _ in range(count):
                self.cases[which] = grown(self.cases[which])
            await self.sender.show(self.cases[which])
        elif what == "signal":
            for _ in range(count):
                await self.sender.show(self.cases[which])
        elif what == "send":
            self.sender.stop_after = count
            await self.sender.send()
        elif what == "lost":
            faults.drop_answer_after(METHODS[which], times=count)
        elif what == "unheard":
            self.client.lose_before += count
        elif what == "busy":
            faults.fail_next(METHODS[which], status=429, times=count, after=[None, 3, 40][which])
        else:
            self.restart()

    async def settle(self) -> None:
        """All trouble is over, and each case is asked for once more."""
        self.restart()
        self.workspace.faults.planted.clear()
        self.workspace.faults.dropped.clear()
        self.sender.stop_after = 5_000
        await self.sender.send(*self.cases)

    def messages(self) -> list[Message]:
        return self.workspace.messages.get(OPS.id, [])


def grown(case: Case) -> Case:
    said = Say("Step {count}.", {"count": str(len(case.timeline) + 1)})
    moment = Moment(NOW, "Ingrid Berg", said)
    return replace(case, timeline=(*case.timeline, moment), version=case.version + 1)


def payload(message: Message) -> dict[str, Any]:
    assert message.metadata is not None
    return dict(message.metadata["event_payload"])


@settings(max_examples=examples(60))
@given(st.lists(HAPPENS, max_size=40))
def test_each_moment_is_told_exactly_once_and_in_order(story: list[tuple[str, int, int]]) -> None:
    async def live() -> World:
        world = World()
        for happening in story:
            await world.happens(*happening)
        await world.settle()
        return world

    world = asyncio.run(live())
    for case in world.cases:
        about = [m for m in world.messages() if payload(m)["case_id"] == case.id]
        [card] = [m for m in about if m.thread_ts is None]
        told = [payload(m) for m in about if m.thread_ts == card.ts]
        known = world.store.cards[case.id]

        assert len(told) == len(about) - 1
        assert [t["from"] for t in told] == [0, *(t["upto"] for t in told)][: len(told)]
        assert len(case.timeline) in {known.told, known.opened}
        assert (told[-1]["upto"] if told else 0) == known.told
        assert card.ts == known.stamp
    posts = [c.at for c in world.workspace.faults.log if c.method == "chat.postMessage"]
    assert all(later - sooner >= 1 - 1e-5 for sooner, later in pairwise(posts))
    assert world.store.nothing_waits()
