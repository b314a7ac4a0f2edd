"""In: a digest and the lists of a storm that want to be in Slack. Out: a message with its chart, files in the right threads.
Promise: once each whatever is lost on the way; without a file the message stays; new cards go first.
"""

import csv
from dataclasses import replace
from datetime import timedelta
from io import BytesIO, StringIO

import pytest
from PIL import Image
from slack_sdk.web.async_client import AsyncWebClient

from bot.lab.slack import LabSlack, Message
from bot.lab.slack.people import OPS
from bot.model import Approval, Case, Grant, Run, State, Storm
from bot.slack.chart import HEIGHT, WIDTH
from bot.triage.causes import member_of
from bot.triage.digest import MARK, Memory, after
from bot.triage.lists import item_of
from bot.triage.routing import Row
from bot.triage.sheet import Sheet
from bot.words import Language, Languages
from tests.builders import NOW, case, key
from tests.contract.slack.fakes import Clock, Store
from tests.contract.slack.house import SALES, House, alarming
from tests.contract.slack.sender import Sender, shown, thread
from tests.contract.slack.test_storm import stormy_cases
from tests.unit.slack.samples import DIGEST

GET, COMPLETE = "files.getUploadURLExternal", "files.completeUploadExternal"
HISTORY, REPLIES, POST = "conversations.history", "conversations.replies", "chat.postMessage"


@pytest.fixture
def sender(lab: LabSlack, client: AsyncWebClient, store: Store, clock: Clock) -> Sender:
    lab.workspace.now = lambda: clock.now().timestamp()
    store.noted[MARK] = after(Memory(), DIGEST)
    return Sender(client, store, clock)


async def put(sender: Sender, *papers: str) -> None:
    for paper in papers or (DIGEST.id,):
        await sender.channel.put(paper)
    await sender.send()


def files(lab: LabSlack, messages: list[Message]) -> dict[str, bytes]:
    held = [file for message in messages for file in message.files]
    return {file["name"]: lab.workspace.uploads[file["id"]]["data"] for file in held}


def rows(data: bytes) -> list[list[str]]:
    return list(csv.reader(StringIO(data.decode("utf-8-sig"), newline="")))


# ---------------------------------------------------------------- the digest


async def test_a_digest_is_one_message_with_its_chart_in_the_thread(
    lab: LabSlack, sender: Sender
) -> None:
    await put(sender)

    [digest], [picture] = shown(lab), thread(lab)
    [(name, data)] = files(lab, [picture]).items()
    image = Image.open(BytesIO(data))
    assert digest.text == "Sync errors: 33 open, 4 new, 2 fixed"
    assert (picture.thread_ts, name) == (digest.ts, "digest-2026-11-30.png")
    assert (image.format, image.size) == ("PNG", (2 * WIDTH, 2 * HEIGHT))


async def test_asked_for_again_it_is_there_once(lab: LabSlack, sender: Sender) -> None:
    for _ in range(3):
        await put(sender)

    assert (len(shown(lab)), len(thread(lab))) == (1, 1)


async def test_it_is_in_the_language_of_the_channel(
    lab: LabSlack, client: AsyncWebClient, store: Store, clock: Clock
) -> None:
    store.noted[MARK] = after(Memory(), DIGEST)
    await put(Sender(client, store, clock, languages=Languages(channel=Language.ET)))

    assert shown(lab)[0].text.startswith("Sünkroonimisvead: lahti 33")


async def test_a_lost_answer_makes_no_second_digest(lab: LabSlack, sender: Sender) -> None:
    lab.workspace.faults.drop_answer_after(POST)
    await put(sender)

    assert (len(shown(lab)), len(thread(lab))) == (1, 1)


async def test_a_redis_that_was_set_back_makes_no_second_digest(
    lab: LabSlack, sender: Sender
) -> None:
    await put(sender)
    sender.store.cards.clear()
    await put(sender)

    assert len(shown(lab)) == 1


async def test_a_bot_that_may_not_look_posts_all_the_same(lab: LabSlack, sender: Sender) -> None:
    lab.workspace.faults.fail_next(HISTORY, "missing_scope")
    await put(sender)

    assert len(shown(lab)) == 1


async def test_slack_away_for_a_day_is_one_digest(lab: LabSlack, sender: Sender) -> None:
    """That of the day before waits still; the one of today tells of both."""
    today = replace(DIGEST, id="digest:2026-12-01")
    await sender.channel.put(DIGEST.id)
    sender.store.noted[MARK] = after(Memory(), today)
    await put(sender, today.id)

    [digest] = shown(lab)
    assert (digest.metadata or {})["event_payload"] == {"digest": today.id}


@pytest.mark.parametrize(
    ("method", "error"),
    [(GET, "missing_scope"), (COMPLETE, "file_not_found"), (COMPLETE, "not_in_channel")],
)
async def test_without_its_chart_the_digest_stays(
    lab: LabSlack, sender: Sender, method: str, error: str
) -> None:
    lab.workspace.faults.fail_next(method, error)
    await put(sender)
    await put(sender)

    assert (len(shown(lab)), len(thread(lab))) == (1, 0)


@pytest.mark.parametrize("method", [GET, COMPLETE])
async def test_a_lost_answer_of_the_upload_makes_no_second_picture(
    lab: LabSlack, sender: Sender, method: str
) -> None:
    lab.workspace.faults.drop_answer_after(method)
    await put(sender)

    assert (len(shown(lab)), len(thread(lab))) == (1, 1)


async def test_where_nobody_can_look_rather_no_picture_than_the_same_one_twice(
    lab: LabSlack, sender: Sender
) -> None:
    lab.workspace.faults.drop_answer_after(COMPLETE)
    lab.workspace.faults.fail_next(REPLIES, "missing_scope")
    await put(sender)

    assert len(thread(lab)) == 1


async def test_who_has_to_wait_before_looking_whether_a_file_is_there_looks_later(
    lab: LabSlack, sender: Sender
) -> None:
    lab.workspace.faults.fail_next(GET, status=503)
    lab.workspace.faults.fail_next(REPLIES, "ratelimited", status=429, after=7)
    await put(sender)

    assert len(thread(lab)) == 1
    assert 7.0 in sender.pauses


async def test_it_is_not_tried_for_ever(lab: LabSlack, sender: Sender) -> None:
    lab.workspace.faults.fail_next(GET, status=503, times=20)
    await put(sender)

    assert (len(shown(lab)), len(thread(lab))) == (1, 0)
    assert lab.workspace.faults.calls[GET] == 3
    assert sender.store.nothing_waits()


async def test_too_many_requests_are_waited_out(lab: LabSlack, sender: Sender) -> None:
    lab.workspace.faults.fail_next(GET, "ratelimited", status=429, after=7)
    await put(sender)

    assert len(thread(lab)) == 1
    assert 7.0 in sender.pauses


async def test_a_picture_that_cannot_be_painted_is_left_out(
    lab: LabSlack, client: AsyncWebClient, store: Store, clock: Clock
) -> None:
    async def nothing(_: object) -> None:
        return None

    store.noted[MARK] = after(Memory(), DIGEST)
    await put(Sender(client, store, clock, painter=nothing))

    assert (len(shown(lab)), len(thread(lab))) == (1, 0)


async def test_cards_go_before_the_digest(lab: LabSlack, sender: Sender) -> None:
    await sender.channel.put(DIGEST.id)
    await sender.send(*(case(key=key(value=f"n{n}@contoso.com")) for n in range(3)))

    assert [m.text.startswith("Sync errors") for m in shown(lab)] == [False, False, False, True]


# ---------------------------------------------------------------- the lists of a storm


def with_storm(sender: Sender, count: int = 3) -> tuple[Case, list[Case]]:
    storm, found = stormy_cases(count)
    members = tuple(replace(member_of(c), version=1) for c in found)
    storm = replace(storm, storm=Storm(members=members), first_seen=NOW)
    sender.store.stored |= {c.id: c for c in found}
    return storm, found


async def test_every_case_of_a_storm_is_in_a_list_in_its_thread(
    lab: LabSlack, sender: Sender
) -> None:
    storm, found = with_storm(sender)
    await sender.channel.put(Sheet(storm.id).name)
    await sender.send(storm)
    await put(sender, Sheet(storm.id).name)

    [card] = shown(lab)
    [listed] = [m for m in thread(lab) if m.files]
    [data] = files(lab, [listed]).values()
    assert listed.thread_ts == card.ts
    assert [row[0] for row in rows(data)[1:]] == [c.id for c in found]
    assert listed.text == "All of them as a list: 3 cases."


async def test_the_list_waits_until_all_were_looked_at(lab: LabSlack, sender: Sender) -> None:
    storm, _ = with_storm(sender)
    assert storm.storm
    first, *rest = storm.storm.members
    unread = replace(storm, storm=Storm(members=(replace(first, version=0), *rest)))
    await sender.send(unread)
    sender.stop_after = 30
    await put(sender, Sheet(storm.id).name)
    assert not any(m.files for m in thread(lab))

    sender.clock.moment += timedelta(minutes=20)
    await put(sender, Sheet(storm.id).name)

    assert len([m for m in thread(lab) if m.files]) == 1


async def test_a_list_that_was_approved_is_put_there_as_it_was_approved(
    lab: LabSlack, sender: Sender
) -> None:
    storm, found = with_storm(sender)
    assert storm.storm
    items = tuple(item for c in found[:2] if (item := item_of(c)))
    given = Approval(slack_team="T", slack_user="U", entra_id="e", name="Kari Holm", at=NOW)
    run = Run(items=items, grant=Grant(upto=2, approvals=(given,), at=NOW))
    await sender.send(replace(storm, storm=replace(storm.storm, run=run)))
    await put(sender, Sheet(storm.id, "20261130").name)

    [(name, data)] = files(lab, thread(lab)).items()
    assert name.endswith("-approved-20261130.csv")
    assert [row[0] for row in rows(data)[1:]] == [c.id for c in found[:2]]


async def test_a_storm_that_is_over_gets_no_list(lab: LabSlack, sender: Sender) -> None:
    storm, _ = with_storm(sender)
    await sender.send(storm)
    await sender.send(replace(storm, state=State.CLOSED, storm=Storm(ended=3)))
    await put(sender, Sheet(storm.id).name)

    assert not any(m.files for m in thread(lab))
    assert sender.store.nothing_waits()


async def test_what_is_told_elsewhere_is_in_no_list(
    lab: LabSlack, client: AsyncWebClient, store: Store, clock: Clock
) -> None:
    """Neither a possible attack nor a case of another channel; they are counted."""
    house = House(
        lab, client, store, clock, rows=(Row(number=1, domains=("sales.example",), channel=SALES),)
    )
    storm, found = stormy_cases(1)
    sold = replace(case(), key=key(value="deal@sales.example"), batch=storm.id)
    attack = replace(alarming(), key=key(value="bad@contoso.com"), batch=storm.id)
    members = tuple(replace(member_of(c), version=1) for c in (*found, sold, attack))
    storm = replace(storm, storm=Storm(members=members), first_seen=NOW)
    store.stored |= {c.id: c for c in (*found, sold, attack)}
    await house.send(storm)
    await house.channels.put(Sheet(storm.id).name)
    await house.send()

    [listed] = [m for m in lab.workspace.messages[OPS.id] if m.files]
    [data] = files(lab, [listed]).values()
    assert [row[0] for row in rows(data)[1:]] == [c.id for c in found]
    assert "not in it: 2" in listed.text
