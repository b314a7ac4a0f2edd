"""In: cases that go on, and a Slack that loses answers, says "too many", or whose people delete messages.
Promise: the thread of a card tells each step once and in order; no trouble makes a second line or loses one.
"""

import asyncio
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.lab.slack import LabSlack
from bot.lab.slack.people import INGRID, OPS
from bot.model import Case, Moment, ReplyTo, Say, SlackUser, State
from bot.ports import Shown
from bot.slack.channel import LEASE_SECONDS
from tests.builders import NOW, case
from tests.contract.slack.fakes import Clock, Store
from tests.contract.slack.sender import Sender, case_of, lines_of, many, shown, thread


@pytest.fixture
def sender(lab: LabSlack, client: AsyncWebClient, store: Store, clock: Clock) -> Sender:
    lab.workspace.now = lambda: clock.now().timestamp()
    return Sender(client, store, clock)


def after(count: int, of: Case | None = None, *, broadcast: bool = False) -> Case:
    """The case once so many things have happened to it."""
    story = tuple(
        Moment(NOW + timedelta(minutes=n), "", Say("Step {count}.", {"count": str(n)}))
        for n in range(1, count + 1)
    )
    last = replace(story[-1], broadcast=broadcast)
    return replace(of or case(), timeline=(*story[:-1], last), version=count)


def numbered(first: int, last: int) -> list[str]:
    return [f"Step {n}." for n in range(first, last + 1)]


async def test_a_new_card_is_one_message(lab: LabSlack, sender: Sender) -> None:
    await sender.send(after(1))

    assert (len(shown(lab)), thread(lab)) == (1, [])


async def test_each_step_is_told_once_under_its_card(lab: LabSlack, sender: Sender) -> None:
    for count in (1, 2, 2, 5, 5):
        await sender.send(after(count))

    [card] = shown(lab)
    assert [len(lines_of([m])) for m in thread(lab)] == [2, 3]
    assert lines_of(thread(lab)) == numbered(1, 5)
    assert {m.thread_ts for m in thread(lab)} == {card.ts}


async def test_the_channel_hears_only_what_somebody_has_to_hear(
    lab: LabSlack, client: AsyncWebClient, sender: Sender
) -> None:
    await sender.send(after(1))
    await sender.send(after(2))
    await sender.send(after(3, broadcast=True))

    assert [m.reply_broadcast for m in thread(lab)] == [False, True]
    history = (await client.conversations_history(channel=OPS.id))["messages"]
    assert [m.get("subtype") for m in history] == ["thread_broadcast", None]


@pytest.mark.parametrize("arrived", [True, False], ids=["it had arrived", "it had not"])
async def test_a_lost_answer_makes_no_second_line(
    lab: LabSlack, sender: Sender, *, arrived: bool
) -> None:
    await sender.send(after(1))
    if arrived:
        lab.workspace.faults.drop_answer_after("chat.postMessage")
    else:
        lab.workspace.faults.fail_next("chat.postMessage", status=503)
    await sender.send(after(2))
    await sender.send(after(3))

    assert lines_of(thread(lab)) == numbered(1, 3)
    assert lab.workspace.faults.calls["conversations.replies"] == 1
    assert sender.store.cards[case().id].told == 3


async def test_a_restart_after_a_lost_answer_makes_no_second_line(
    lab: LabSlack, client: AsyncWebClient, store: Store, clock: Clock, sender: Sender
) -> None:
    """And what has happened meanwhile is told with the next message."""
    await sender.send(after(1))
    lab.workspace.faults.drop_answer_after("chat.postMessage")
    sender.until = lambda: bool(thread(lab))
    await sender.send(after(2))
    assert store.cards[case().id].telling == 2
    await Sender(client, store, clock).send(after(4))

    assert lines_of(thread(lab)) == numbered(1, 4)


async def test_a_lost_answer_in_a_busy_thread_is_found(lab: LabSlack, sender: Sender) -> None:
    """People talk there too: more than one page of it."""
    await sender.send(after(1))
    [card] = shown(lab)
    for n in range(450):
        card_thread = replace(card, ts=lab.workspace.new_ts(), thread_ts=card.ts, text=f"{n}")
        lab.workspace.add_message(replace(card_thread, metadata=None, blocks=None, bot_id=None))
    lab.workspace.faults.drop_answer_after("chat.postMessage")
    await sender.send(after(2))

    assert lines_of([m for m in thread(lab) if m.blocks]) == numbered(1, 2)
    assert lab.workspace.faults.calls["conversations.replies"] == 3


async def test_a_lost_answer_in_a_busy_channel_makes_no_second_card(
    lab: LabSlack, sender: Sender
) -> None:
    lab.workspace.faults.drop_answer_after("chat.postMessage")
    sender.until = lambda: bool(shown(lab))
    await sender.send(after(1))
    [card] = shown(lab)
    for n in range(450):
        said = replace(card, ts=lab.workspace.new_ts(), text=f"{n}", metadata=None)
        lab.workspace.add_message(said)
    sender.until = sender.store.nothing_waits
    await sender.send(after(1))

    assert [m.ts for m in shown(lab) if m.metadata] == [card.ts]
    assert sender.store.cards[case().id].stamp == card.ts


async def test_a_card_that_was_deleted_comes_back_and_says_so(
    lab: LabSlack, sender: Sender
) -> None:
    for count in (1, 3):
        await sender.send(after(count))
    lab.workspace.remove_message(shown(lab)[0])
    await sender.send(after(4))

    [card] = shown(lab)
    assert "posted anew: the message before it is gone" in str(card.blocks)
    assert lines_of([m for m in thread(lab) if m.thread_ts == card.ts]) == [
        "This card was posted anew: the message before it is gone from Slack.",
        "Steps told in the thread before: 3. The last one: Step 3.",
        "Step 4.",
    ]
    await sender.send(after(5))
    assert lines_of(thread(lab)[-1:]) == ["Step 5."]


async def test_a_card_deleted_just_before_its_thread_goes_on(lab: LabSlack, sender: Sender) -> None:
    await sender.send(after(1))
    lab.workspace.faults.fail_next("chat.postMessage", "thread_not_found")
    await sender.send(after(2))

    assert len(shown(lab)) == 2  # the lab still has the first
    assert lines_of(thread(lab)) == [
        "This card was posted anew: the message before it is gone from Slack.",
        *numbered(1, 2),
    ]


async def test_a_closed_case_whose_card_was_deleted_stays_away(
    lab: LabSlack, sender: Sender
) -> None:
    await sender.send(after(1))
    lab.workspace.remove_message(shown(lab)[0])
    await sender.send(replace(after(2), state=State.CLOSED))

    assert shown(lab) == []
    assert sender.store.nothing_waits()


async def test_a_line_deleted_by_hand_is_not_told_again(lab: LabSlack, sender: Sender) -> None:
    for count in (1, 2):
        await sender.send(after(count))
    lab.workspace.remove_message(thread(lab)[0])
    await sender.send(after(3))

    assert lines_of(thread(lab)) == ["Step 3."]


async def test_a_line_that_slack_refuses_keeps_no_other_back(lab: LabSlack, sender: Sender) -> None:
    await sender.send(after(1))
    lab.workspace.faults.fail_next("chat.postMessage", "invalid_blocks")
    await sender.send(after(2))
    await sender.send(after(3))

    assert lines_of(thread(lab)) == ["Step 3."]


@pytest.mark.parametrize(
    ("after_seconds", "waits"), [(7, [7.0, 7.0, 7.0]), (None, [1.0, 2.0, 4.0])]
)
async def test_too_many_requests_stop_the_whole_channel(
    lab: LabSlack, sender: Sender, after_seconds: int | None, waits: list[float]
) -> None:
    """Cards, redraws and lines alike: nothing is asked before the time is over, and nothing is looked up."""
    await sender.send(after(1))
    calls_before = lab.workspace.faults.calls.total()
    lab.workspace.faults.fail_next(
        "chat.postMessage", "ratelimited", status=429, times=3, after=after_seconds
    )
    await sender.send(after(2), *many(1))

    assert [p for p in sender.pauses if p >= 1] == waits
    assert lines_of(thread(lab)) == numbered(1, 2)
    assert len(shown(lab)) == 2
    # one redraw, three times "too many", one line, one card
    assert lab.workspace.faults.calls.total() - calls_before == 6


async def test_a_long_wait_is_waited_under_the_lease(lab: LabSlack, sender: Sender) -> None:
    """Or another sender would ask Slack in its stead."""
    lab.workspace.faults.fail_next("chat.postMessage", "ratelimited", status=429, after=95)
    await sender.send(after(1))

    assert max(sender.pauses) <= LEASE_SECONDS / 2
    assert sum(sender.pauses) >= 95
    assert len(shown(lab)) == 1


async def test_who_lost_the_lease_while_waiting_waits_on(
    lab: LabSlack, client: AsyncWebClient, store: Store, clock: Clock
) -> None:
    sleepy = Sleepy(client, store, clock)
    lab.workspace.faults.fail_next("chat.postMessage", "ratelimited", status=429, after=95)
    await sleepy.send(after(1))

    assert sum(sleepy.pauses) >= 95
    assert [c.answer for c in lab.workspace.faults.log] == ["ratelimited", "ok"]


@pytest.mark.parametrize("reason", ["not_in_channel", "token_revoked", "is_archived"])
async def test_a_channel_that_is_shut_loses_nothing(
    lab: LabSlack, sender: Sender, reason: str
) -> None:
    lab.workspace.faults.fail_next("chat.postMessage", reason, times=2)
    await sender.send(after(1), *many(2))

    assert len(shown(lab)) == 3


async def test_a_card_in_a_channel_that_was_ours_before_is_posted_in_the_one_of_now(
    lab: LabSlack, sender: Sender
) -> None:
    sender.store.cards[case().id] = Shown(channel="C0BEFORE01", stamp="1.000001", told=1)
    await sender.send(after(2))

    assert [case_of(m) for m in shown(lab)] == [case().id]
    assert lines_of(thread(lab))[-1] == "Step 2."


class Sleepy(Sender):
    """Now and then it sleeps longer than its lease."""

    lease = f"sender:{OPS.id}"

    async def _pause(self, seconds: float) -> None:
        await super()._pause(seconds)
        ours = self.store.leases.get(self.lease) == self.channel._token
        if len(self.pauses) % 7 == 0 and ours:
            del self.store.leases[self.lease]


async def test_two_senders_tell_a_line_once(
    lab: LabSlack, client: AsyncWebClient, store: Store, clock: Clock
) -> None:
    """The lease goes to and fro between them, answers are lost on the way."""
    lab.workspace.now = lambda: clock.now().timestamp()
    both = [Sleepy(client, store, clock) for _ in range(2)]
    for count in range(1, 12):
        if count % 3 == 0:
            lab.workspace.faults.drop_answer_after("chat.postMessage")
        await both[count % 2].show(after(count))
        for each in both:
            each.stop.clear()
            each.pauses.clear()
        await asyncio.gather(*(each.channel.run(each.stop) for each in both))

    assert len(shown(lab)) == 1
    assert lines_of(thread(lab)) == numbered(1, 11)


async def test_who_pressed_a_button_waits_for_no_new_card(lab: LabSlack, sender: Sender) -> None:
    """Thirty new cards are half a minute; the one that was clicked is redrawn and told first."""
    await sender.send(after(1))
    new = many(30)
    await sender.show(*new)
    await sender.send(after(2))

    order = [called.method for called in lab.workspace.faults.log]
    assert order[:3] == ["chat.postMessage", "chat.update", "chat.postMessage"]
    posted = lab.workspace.messages[OPS.id]
    assert [m.thread_ts is not None for m in posted] == [False, True, *([False] * 30)]
    assert [case_of(m) for m in shown(lab)[1:]] == [c.id for c in new]


async def test_posts_and_redraws_keep_to_what_slack_takes(lab: LabSlack, sender: Sender) -> None:
    """Slack's own rates are on: not one call is refused."""
    lab.workspace.rates.enabled = True
    cases = many(70)
    sender.stop_after = 4000
    await sender.send(*cases)
    for count in (2, 3):
        await sender.send(*(after(count, of=each) for each in cases))

    log = [c for c in lab.workspace.faults.log if c.method.startswith("chat.")]
    posts = [c.at for c in log if c.method == "chat.postMessage"]
    redrawn = [c.at for c in log if c.method == "chat.update"]
    assert {c.answer for c in log} == {"ok"}
    assert (len(posts), len(redrawn)) == (3 * 70, 2 * 70)
    assert min(b - a for a, b in pairwise(posts)) >= 1 - 1e-5
    assert min(b - a for a, b in zip(redrawn, redrawn[50:], strict=False)) >= 60 - 1e-5


async def test_an_answer_waits_for_no_card(lab: LabSlack, sender: Sender) -> None:
    """The channel is told to wait for ten minutes; whoever asked hears at once."""
    lab.workspace.faults.fail_next("chat.postMessage", "ratelimited", status=429, after=600)
    sender.stop_after = 5
    await sender.send(*many(3))

    to = ReplyTo(OPS.id, SlackUser(lab.workspace.team_id, INGRID.id))
    await sender.channel.answer("say", '{"msgid":"Approved."}', to, full=False)

    said = lab.workspace.messages[OPS.id]
    assert [(m.only_for, m.text) for m in said] == [(INGRID.id, "Approved.")]
