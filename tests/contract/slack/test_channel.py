"""In: cases that want to be shown, answers that want to be given. Out: messages in the lab's Slack.
Promise: one message a card whatever is lost on the way; a card that is refused stops no other.
"""

import asyncio
from dataclasses import replace
from itertools import pairwise
from typing import Any

import msgspec
import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.answers import WhoHas
from bot.errors import Unreachable
from bot.lab.slack import LabSlack
from bot.lab.slack.people import INGRID, OPS, TEAM
from bot.model import Kind, ReplyTo, Say, SlackUser, State
from bot.ports import Shown
from bot.slack.channel import _is_slacks
from tests.builders import case
from tests.contract.slack.fakes import Clock, Store
from tests.contract.slack.sender import Sender, case_of, many, shown

TO = ReplyTo(OPS.id, SlackUser(TEAM, INGRID.id))


@pytest.fixture
def sender(lab: LabSlack, client: AsyncWebClient, store: Store, clock: Clock) -> Sender:
    lab.workspace.now = lambda: clock.now().timestamp()
    return Sender(client, store, clock)


async def test_a_case_is_one_message_that_follows_it(lab: LabSlack, sender: Sender) -> None:
    await sender.send(case())
    await sender.send(case(state=State.APPROVED, version=2))
    await sender.send(case(state=State.VERIFIED, version=3))

    [message] = shown(lab)
    assert message.text.startswith("Fixed and verified")
    assert case_of(message) == case().id
    assert sender.store.cards == {case().id: Shown(channel=OPS.id, stamp=message.ts, opened=1)}


async def test_asked_for_often_it_is_drawn_once_from_the_latest_state(
    lab: LabSlack, sender: Sender
) -> None:
    for state in (State.PENDING, State.APPROVED):
        sender.store.stored[case().id] = case(state=state)
        await sender.channel.show(case().id)
    await sender.send(case(state=State.WRITTEN))

    assert [m.text.split(":")[0] for m in shown(lab)] == ["Written to AD, waiting for sync"]
    assert lab.workspace.faults.calls["chat.postMessage"] == 1


async def test_a_message_that_somebody_deleted_is_posted_anew(
    lab: LabSlack, sender: Sender
) -> None:
    await sender.send(case())
    lab.workspace.remove_message(shown(lab)[0])
    await sender.send(case(version=2))

    assert [case_of(m) for m in shown(lab)] == [case().id]
    assert sender.store.cards[case().id].stamp == shown(lab)[0].ts


async def test_a_lost_answer_makes_no_second_card(lab: LabSlack, sender: Sender) -> None:
    lab.workspace.faults.drop_answer_after("chat.postMessage")
    await sender.send(case())

    [message] = shown(lab)
    assert sender.store.cards[case().id].stamp == message.ts
    assert lab.workspace.faults.calls["conversations.history"] == 1


async def test_a_restart_after_a_lost_answer_makes_no_second_card(
    lab: LabSlack, client: AsyncWebClient, store: Store, clock: Clock
) -> None:
    """What the first process knew of its post was lost with it."""
    lab.workspace.faults.drop_answer_after("chat.postMessage")
    first = Sender(client, store, clock)
    first.until = lambda: bool(shown(lab))
    await first.send(case())
    assert store.cards[case().id].stamp == ""
    second = Sender(client, store, clock)
    await second.send(case(version=2))

    assert len(shown(lab)) == 1
    assert store.cards[case().id].stamp == shown(lab)[0].ts


async def test_a_post_that_never_arrived_is_made_again(lab: LabSlack, sender: Sender) -> None:
    lab.workspace.faults.fail_next("chat.postMessage", status=503)
    await sender.send(case())

    assert [case_of(m) for m in shown(lab)] == [case().id]


async def test_too_many_requests_wait_as_long_as_slack_says(lab: LabSlack, sender: Sender) -> None:
    lab.workspace.faults.fail_next("chat.postMessage", "ratelimited", status=429, after=7)
    await sender.send(case())

    assert 7.0 in sender.pauses
    assert [case_of(m) for m in shown(lab)] == [case().id]


async def test_a_card_that_is_refused_stops_no_other(lab: LabSlack, sender: Sender) -> None:
    bad, good = many(2)
    lab.workspace.faults.fail_next("chat.postMessage", "invalid_blocks")
    await sender.send(bad, good)

    assert [case_of(m) for m in shown(lab)] == [good.id]
    assert sender.store.nothing_waits()


async def test_there_is_a_second_between_two_messages(lab: LabSlack, sender: Sender) -> None:
    await sender.send(*many(5))

    at = [called.at for called in lab.workspace.faults.log if called.method == "chat.postMessage"]
    assert len(shown(lab)) == len(at) == 5
    assert min(later - sooner for sooner, later in pairwise(at)) >= 1


async def test_cards_come_in_the_order_they_were_asked_for(lab: LabSlack, sender: Sender) -> None:
    wanted = many(4)
    await sender.send(*wanted)

    assert [case_of(m) for m in shown(lab)] == [c.id for c in wanted]


async def test_never_two_senders(
    lab: LabSlack, client: AsyncWebClient, store: Store, clock: Clock
) -> None:
    one, other = (Sender(client, store, clock, idle_seconds=idle) for idle in (0.3, 0.7))
    for each in many(6):
        store.stored[each.id] = each
        await one.channel.show(each.id)
    await asyncio.gather(one.channel.run(one.stop), other.channel.run(other.stop))

    assert len(shown(lab)) == 6
    # who has no lease waits five times as long before it asks for it again
    assert set(one.pauses) == {0.3}
    assert set(other.pauses[:-1]) == {3.5}
    assert store.leases == {}


async def test_who_has_lost_the_lease_sends_nothing_more(lab: LabSlack, sender: Sender) -> None:
    sender.store.leases[f"sender:{OPS.id}"] = "somebody else"
    await sender.send(case())

    assert shown(lab) == []
    assert sender.store.waiting[OPS.id] != []


async def test_a_store_that_is_away_is_waited_for(lab: LabSlack, sender: Sender) -> None:
    sender.store.away = True
    sender.stop_after = 3
    await sender.send(case())
    assert shown(lab) == []

    sender.store.away = False
    sender.stop_after = 40
    await sender.send()

    assert len(shown(lab)) == 1


@pytest.mark.parametrize(
    "over",
    [{"held": Say("Held.")}, {"state": State.CLOSED}, {"diagnosis": None, "proposals": ()}],
    ids=["held", "closed", "not looked at yet"],
)
async def test_what_was_never_shown_and_says_nothing_is_not_shown(
    lab: LabSlack, sender: Sender, over: dict[str, Any]
) -> None:
    await sender.send(case(**over))

    assert shown(lab) == []
    assert sender.store.nothing_waits()


async def test_a_card_that_is_shown_tells_that_its_case_is_held(
    lab: LabSlack, sender: Sender
) -> None:
    await sender.send(case())
    await sender.send(case(held=Say("Held: sync has stopped."), version=2))

    assert [m.text.split(":")[0] for m in shown(lab)] == ["Held"]


async def test_a_case_that_has_gone_waits_no_longer(lab: LabSlack, sender: Sender) -> None:
    await sender.channel.show("c-gone")
    await sender.send()

    assert shown(lab) == []
    assert sender.store.nothing_waits()


# ---------------------------------------------------------------- answers


def whohas(**over: Any) -> str:
    usual: dict[str, Any] = {"asked": "x", "value": "x@contoso.com", "kind": Kind.ADDRESS}
    return msgspec.json.encode(WhoHas(**(usual | over))).decode()


async def test_an_answer_is_for_one_person(lab: LabSlack, sender: Sender) -> None:
    await sender.channel.answer("whohas", whohas(), TO, full=True)

    [message] = lab.workspace.messages[OPS.id]
    assert (message.only_for, message.text) == (
        INGRID.id,
        "Nobody holds x@contoso.com, as far as this bot can see.",
    )


async def test_a_refusal_is_a_sentence(lab: LabSlack, sender: Sender) -> None:
    body = msgspec.json.encode(Say("Not you, {name}.", {"name": "<!channel>"})).decode()
    await sender.channel.answer("say", body, TO, full=False)

    assert [m.text for m in lab.workspace.messages[OPS.id]] == ["Not you, &lt;!channel&gt;."]


async def test_a_used_up_response_url_is_no_lost_answer(lab: LabSlack, sender: Sender) -> None:
    to = replace(TO, response_url=f"{lab.base_url}/commands/{TEAM}/unknown")
    await sender.channel.answer("whohas", whohas(), to, full=True)

    assert [m.only_for for m in lab.workspace.messages[OPS.id]] == [INGRID.id]


@pytest.mark.parametrize("status", [429, 503])
async def test_slack_in_trouble_keeps_the_answer_for_later(
    lab: LabSlack, sender: Sender, status: int
) -> None:
    lab.workspace.faults.fail_next("chat.postEphemeral", "ratelimited", status=status)

    with pytest.raises(Unreachable) as raised:
        await sender.channel.answer("whohas", whohas(), TO, full=True)
    assert raised.value.what == "Slack"


async def test_an_answer_to_a_channel_that_is_gone_goes_nowhere(
    lab: LabSlack, sender: Sender
) -> None:
    await sender.channel.answer("whohas", whohas(), replace(TO, channel="C0GONE"), full=True)

    assert lab.workspace.messages == {}


@pytest.mark.parametrize(
    ("hook", "api", "ours"),
    [
        ("https://hooks.slack.com/commands/T1/2/x", "https://slack.com/api/", True),
        ("http://127.0.0.1:8/commands/T1/2/x", "http://127.0.0.1:8/api/", True),
        ("", "https://slack.com/api/", False),
        ("https://hooks.slack.com.evil.example/x", "https://slack.com/api/", False),
        ("http://hooks.slack.com/commands/T1/2/x", "https://slack.com/api/", False),
        ("https://user@hooks.slack.com/x", "https://slack.com/api/", False),
        ("http://127.0.0.1:9/commands/T1/2/x", "http://127.0.0.1:8/api/", False),
        ("http://169.254.169.254/latest", "https://slack.com/api/", False),
    ],
)
def test_an_answer_goes_to_slack_whatever_address_redis_holds(
    hook: str, api: str, *, ours: bool
) -> None:
    assert ours is _is_slacks(hook, api)
