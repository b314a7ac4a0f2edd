"""In: clicks and questions of all sorts of people, in the lab's workspace. Out: the person, or why not.
Promise: fail closed; nobody is let through on a doubt, and a doubt is asked anew the next time.
"""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest
import pytest_asyncio
from slack_sdk.web.async_client import AsyncWebClient

from bot.lab.slack import LabSlack, contoso, serve
from bot.lab.slack.people import (
    BOT,
    INGRID,
    JAAN,
    KARI,
    LEE,
    MART,
    OPS,
    OTHER_TEAM,
    SAM,
    TEAM,
)
from bot.model import Person, Refusal, SlackUser
from bot.slack.people import Lists, SlackPeople
from bot.triage.routing import Row, Table
from tests.builders import case

LISTS = Lists(
    approvers={u.id: f"entra-{u.name}" for u in (INGRID, SAM, LEE, BOT)} | {"USLACKBOT": "e"},
    readers={KARI.id: "entra-kari", MART.id: "entra-mart"},
    full_readers=frozenset([MART.id]),
)
SAFE = case().proposals[0]


@pytest_asyncio.fixture
async def lab() -> AsyncIterator[LabSlack]:
    running = await serve(contoso(), page_token="page-token")
    yield running
    await running.aclose()


@pytest.fixture
def people(lab: LabSlack) -> SlackPeople:
    client = AsyncWebClient(lab.workspace.bot_token, base_url=lab.api_url)
    return SlackPeople(client, team=TEAM, lists=LISTS)


def code(answer: Person | Refusal) -> str:
    return answer.code if isinstance(answer, Refusal) else "person"


STRANGERS: dict[str, tuple[SlackUser, str, str]] = {
    "an approver": (SlackUser(TEAM, INGRID.id), "person", "person"),
    "a reader": (SlackUser(TEAM, KARI.id), "not-an-approver", "person"),
    "a colleague": (SlackUser(TEAM, JAAN.id), "not-an-approver", "not-a-reader"),
    "a guest on the list": (SlackUser(TEAM, SAM.id), "guest", "guest"),
    "another company, on the list": (
        SlackUser(OTHER_TEAM, LEE.id),
        "other-workspace",
        "other-workspace",
    ),
    "another company as one of ours": (SlackUser(TEAM, LEE.id), "stranger", "stranger"),
    "one of ours as another company": (
        SlackUser(OTHER_TEAM, INGRID.id),
        "other-workspace",
        "other-workspace",
    ),
    "no workspace": (SlackUser("", INGRID.id), "other-workspace", "other-workspace"),
    "a bot on the list": (SlackUser(TEAM, BOT.id), "bot", "bot"),
    "Slackbot": (SlackUser(TEAM, "USLACKBOT"), "slack-error", "slack-error"),
    "nobody": (SlackUser(TEAM, "U0NOBODY01"), "slack-error", "slack-error"),
    "an empty id": (SlackUser(TEAM, ""), "slack-error", "slack-error"),
}


@pytest.mark.parametrize(("who", "approve", "ask"), STRANGERS.values(), ids=STRANGERS)
async def test_who_may_do_what(people: SlackPeople, who: SlackUser, approve: str, ask: str) -> None:
    answers = (code(await people.may_approve(who, SAFE)), code(await people.may_ask(who)))

    assert answers == (approve, ask)


@pytest.mark.parametrize(
    ("mark", "expected"),
    [
        ("deleted", "deleted"),
        ("is_bot", "bot"),
        ("is_restricted", "guest"),
        ("is_stranger", "stranger"),
    ],
)
async def test_being_on_the_list_is_not_enough(
    lab: LabSlack, people: SlackPeople, mark: str, expected: str
) -> None:
    changed: dict[str, Any] = {mark: True}
    lab.workspace.users[INGRID.id] = replace(INGRID, **changed)

    assert code(await people.may_approve(SlackUser(TEAM, INGRID.id), SAFE)) == expected


async def test_who_holds_the_value_does_not_decide_about_it(people: SlackPeople) -> None:
    own = replace(SAFE, affected=("entra-ingrid",))

    assert code(await people.may_approve(SlackUser(TEAM, INGRID.id), own)) == "affected"


@pytest.mark.parametrize("trouble", ["ratelimited", "internal_error", "invalid_auth"])
async def test_slack_in_trouble_is_a_refusal_that_is_not_remembered(
    lab: LabSlack, people: SlackPeople, trouble: str
) -> None:
    lab.workspace.faults.fail_next("users.info", trouble)
    ingrid = SlackUser(TEAM, INGRID.id)

    answers = [code(await people.may_approve(ingrid, SAFE)) for _ in range(2)]

    assert answers == ["slack-error", "person"]


async def test_a_lost_answer_is_a_refusal(lab: LabSlack, people: SlackPeople) -> None:
    lab.workspace.faults.drop_answer_after("users.info", times=9)

    assert code(await people.may_ask(SlackUser(TEAM, INGRID.id))) == "slack-error"


async def test_slack_is_asked_once_a_minute_about_one_person(
    lab: LabSlack, people: SlackPeople
) -> None:
    for _ in range(3):
        await people.may_ask(SlackUser(TEAM, INGRID.id))

    assert lab.workspace.faults.calls["users.info"] == 1


async def test_a_person_is_known_to_both_sides(people: SlackPeople) -> None:
    who = SlackUser(TEAM, INGRID.id)

    assert await people.may_approve(who, SAFE) == Person(
        slack=who, entra_id="entra-ingrid", name="Ingrid Berg", full_reader=True
    )


@pytest.mark.parametrize(("user", "full"), [(INGRID, True), (MART, True), (KARI, False)])
async def test_recycle_bins_and_dn_are_for_full_readers(
    people: SlackPeople,
    user: Any,
    full: bool,  # noqa: FBT001 - a column of the table
) -> None:
    person = await people.may_ask(SlackUser(TEAM, user.id))

    assert isinstance(person, Person)
    assert person.full_reader is full


async def test_every_refusal_says_something(people: SlackPeople) -> None:
    for who, _, _ in STRANGERS.values():
        answer = await people.may_approve(who, SAFE)
        assert isinstance(answer, Person) or answer.say.english().endswith(".")


# ---------------------------------------------------------------- by route, and by channel

TWO = Lists(approvers={INGRID.id: "entra-ingrid", MART.id: "entra-mart"})
TABLE = Table(
    rows=(Row(number=1, cases=("C01",), channel="C0ROW00001", approvers=frozenset({MART.id})),),
    rest=Row(number=2, channel=OPS.id),
    approvers=(INGRID.id, MART.id),
)


@pytest.fixture
def routed(lab: LabSlack) -> SlackPeople:
    client = AsyncWebClient(lab.workspace.bot_token, base_url=lab.api_url)
    return SlackPeople(client, team=TEAM, lists=TWO, table=TABLE)


async def test_a_route_names_who_of_the_approvers_decides(routed: SlackPeople) -> None:
    ingrid, mart = SlackUser(TEAM, INGRID.id), SlackUser(TEAM, MART.id)
    other = replace(case(), diagnosis=None)

    assert code(await routed.may_approve(ingrid, SAFE, case())) == "other-route"
    assert code(await routed.may_approve(mart, SAFE, case())) == "person"
    assert code(await routed.may_approve(ingrid, SAFE, other)) == "person"


async def test_a_change_of_an_unknown_case_is_decided_by_those_who_may_everything(
    routed: SlackPeople,
) -> None:
    answers = [
        code(await routed.may_approve(SlackUser(TEAM, user.id), change))
        for user in (INGRID, MART)
        for change in (SAFE, None)
    ]

    assert answers == ["other-route", "person", "person", "person"]


@pytest.mark.parametrize(
    ("channel", "said"),
    [
        (OPS.id, None),
        ("C0FABRIKAM", "shared-channel"),
        ("C0UNKNOWN1", "slack-error"),
        ("", None),
        ("D0INGRID01", None),
    ],
)
async def test_where_another_organisation_reads_nothing_is_decided(
    people: SlackPeople, channel: str, said: str | None
) -> None:
    answer = await people.open_to_others(channel)

    assert (answer.code if answer else None) == said


async def test_a_channel_is_asked_about_once_a_minute_and_again_after_a_doubt(
    lab: LabSlack, people: SlackPeople
) -> None:
    lab.workspace.faults.fail_next("conversations.info", "internal_error", status=500)
    answers = [await people.open_to_others(OPS.id) for _ in range(4)]

    assert [answer.code if answer else "ours" for answer in answers] == [
        "slack-error",
        *["ours"] * 3,
    ]
    assert lab.workspace.faults.calls["conversations.info"] == 2
