"""In: who is asked about, and by whom. Out: what softmatch tells, how much it read for it, and when the watch speaks.
Promise: the asker hears how it ended once; who may not see roles and recycle bins gets no yes made of them.
"""

from dataclasses import replace
from typing import Any

import msgspec
import pytest

from bot.answers import Foretold, Prospect
from bot.errors import Unreachable
from bot.events import AnchorDue, QuestionAllowed
from bot.model import Flags
from bot.slack.answers import draw_answer
from bot.triage.policy import Policy
from handlers.commands.softmatch import softmatch
from tests.builders import TENANT, ad_object, cloud_object
from tests.fakes.bot import Bot
from tests.fakes.people import INGRID, OLA, Told, reply_to
from tests.fakes.world import World

ANNA = "anna.lind@contoso.com"
STATED = Flags(
    soft_match_blocked=False,
    hard_match_blocked=False,
    soft_match_on_upn=True,
    upn_changes_follow=True,
)
POLICY = Policy(sync_ous=("OU=People,DC=contoso,DC=com",))


def pair(**over: Any) -> Bot:
    """Anna has an account made in the cloud, and a new one in AD with the same main address."""
    world = World(flags=STATED)
    ad = ad_object("Anna Lind", proxy_addresses=(f"SMTP:{ANNA}",))
    cloud = cloud_object(
        "Anna Lind",
        **({"synced": None, "anchor": None, "proxy_addresses": (f"SMTP:{ANNA}",)} | over),
    )
    world.ad[ad.guid] = ad
    world.entra[cloud.id] = cloud
    return Bot(world=world, policy=POLICY)


def joined(bot: Bot) -> None:
    """What the sync makes of it."""
    ad, cloud = bot.world.person("Anna Lind"), bot.world.account("Anna Lind")
    bot.world.entra[cloud.id] = replace(cloud, anchor=ad.anchor, synced=True)


async def told(bot: Bot, who: str = ANNA, *, full: bool = True) -> Foretold:
    return await softmatch(who, ad=bot.ad, cloud=bot.cloud, policy=bot.policy, full=full)


@pytest.mark.parametrize("form", [ANNA, f"SMTP:{ANNA}", f"<mailto:{ANNA}|{ANNA}>"])
async def test_an_address_means_the_ad_object_that_has_it(form: str) -> None:
    bot = pair()

    assert (await told(bot, form)).prospect is Prospect.JOINS


async def test_an_object_guid_an_anchor_and_an_entra_id_mean_the_same() -> None:
    bot = pair()
    ad, cloud = bot.world.person("Anna Lind"), bot.world.account("Anna Lind")
    answers = [await told(bot, who) for who in (ad.guid, ad.anchor, cloud.id)]

    ids = [(a.prospect, a.cloud.id if a.cloud else "") for a in answers]

    assert ids == [(Prospect.JOINS, cloud.id)] * 3


async def test_an_extra_address_of_the_cloud_account_leads_to_its_ad_object() -> None:
    bot = pair(proxy_addresses=(f"SMTP:{ANNA}", "smtp:a@fabrikam.com"))

    assert (await told(bot, "a@fabrikam.com")).prospect is Prospect.JOINS


@pytest.mark.parametrize("who", [ANNA, ad_object("Anna Lind").guid])
async def test_a_question_is_a_handful_of_reads(who: str) -> None:
    bot = pair()
    bot.world.reads = 0
    await told(bot, who)

    assert bot.world.reads <= 8


async def test_somebody_who_is_only_in_the_cloud_gets_the_steps_to_make_the_ad_account() -> None:
    bot = pair()
    bot.world.ad.clear()
    answer = await told(bot)

    assert (answer.prospect, [bar.code for bar in answer.bars]) == (Prospect.APART, ["not-in-ad"])
    assert any("New-ADUser" in step.command for step in answer.steps)


async def test_a_value_that_nobody_has() -> None:
    answer = await told(pair(), "nobody@contoso.com")

    assert answer.title.english() == (
        "Neither AD nor a living object in Entra answers to nobody@contoso.com."
    )


async def test_two_ad_objects_of_one_address_are_asked_back() -> None:
    bot = pair()
    twin = ad_object("Anna Lund", proxy_addresses=(f"SMTP:{ANNA}",))
    bot.world.ad[twin.guid] = twin
    answer = await told(bot)

    assert answer.trouble
    assert {step.command for step in answer.steps} == set(bot.world.ad)
    assert [bar.code for bar in (await told(bot, twin.guid)).bars] == ["rival"]


@pytest.mark.parametrize("who", ["", "two words", "@contoso.com"])
async def test_what_cannot_be_understood_is_said_and_nothing_is_read(who: str) -> None:
    bot = pair()
    bot.world.reads = 0
    answer = await told(bot, who)

    assert (answer.trouble, bot.world.reads) == (True, 0)


async def test_a_server_that_does_not_answer_is_no_answer() -> None:
    bot = pair()
    bot.world.entra_away = True

    with pytest.raises(Unreachable):
        await told(bot)


async def test_who_may_not_see_roles_and_recycle_bins_is_told_that_it_is_not_known() -> None:
    bot = pair()
    bot.world.roles[bot.world.account("Anna Lind").id] = ("Global Administrator",)
    full, plain = await told(bot), await told(bot, full=False)

    assert (full.prospect, plain.prospect) == (Prospect.APART, Prospect.UNKNOWN)
    assert "Administrator" not in repr(plain.bars)
    assert plain.ad is not None
    assert plain.ad.dn == ""
    assert "DC=contoso" not in repr(plain)


# ---------------------------------------------------------------- the watch


async def ask(bot: Bot, *, full: bool = True) -> Told:
    who = INGRID if full else OLA
    await bot.tell(
        QuestionAllowed(
            tenant=TENANT, id="q-1", command="softmatch", text=ANNA,
            reply_to=reply_to(who), full=full,
        )
    )  # fmt: skip
    await bot.work()
    return bot.channel.told[-1]


def titles(bot: Bot) -> list[str]:
    return [
        msgspec.json.decode(told.body, type=Foretold).title.english() for told in bot.channel.told
    ]


async def test_the_asker_is_told_when_the_two_are_joined() -> None:
    bot = pair()
    await ask(bot)
    await bot.wait(minutes=10)
    before = len(titles(bot))
    joined(bot)
    await bot.wait(minutes=10)
    await bot.wait(hours=3)

    assert before == 1
    anchor = bot.world.person("Anna Lind").anchor
    assert titles(bot)[1:] == [
        f"Joined: Anna Lind and Anna Lind are one now, with the anchor {anchor}."
    ]
    assert not [event for event in bot.cases.due if isinstance(event, AnchorDue)]


async def test_the_asker_is_told_when_the_sync_made_a_second_account_instead() -> None:
    bot = pair()
    await ask(bot)
    twin = cloud_object("Anna Lind", id="a" * 8 + "-0000-4000-8000-000000000000")
    bot.world.entra[twin.id] = twin
    await bot.wait(minutes=10)
    last = msgspec.json.decode(bot.channel.told[-1].body, type=Foretold)

    assert (last.prospect, [bar.code for bar in last.bars]) == (Prospect.APART, ["already-synced"])
    assert len(bot.channel.told) == 2


async def test_the_watch_ends_with_what_is_known_when_nothing_happens() -> None:
    bot = pair()
    await ask(bot)
    await bot.wait(hours=5)

    assert len(titles(bot)) == 2
    assert titles(bot)[1].startswith("I have stopped watching, and the two are not joined.")


async def test_what_is_kept_apart_is_not_watched_for_its_rule_is_named_at_once() -> None:
    bot = pair(guest=True)
    answer = await ask(bot)

    assert msgspec.json.decode(answer.body, type=Foretold).bars[0].code == "guest"
    assert not bot.cases.due


async def test_the_watch_waits_while_a_server_is_away() -> None:
    bot = pair()
    await ask(bot)
    bot.world.entra_away = True
    await bot.wait(minutes=10)
    bot.world.entra_away = False
    joined(bot)
    await bot.work()

    assert len(titles(bot)) == 2


@pytest.mark.parametrize("full", [True, False])
async def test_the_answer_can_be_drawn_in_slack(full: bool) -> None:  # noqa: FBT001 - a parameter of the test
    answer = await ask(pair(), full=full)
    text, blocks = draw_answer(answer.shape, answer.body, full=full)

    assert text.startswith("Yes: " if full else "Perhaps: ")
    assert {"title", "rules", "steps", "then"} <= {block["block_id"] for block in blocks}
    assert ("dns" in {block["block_id"] for block in blocks}) is full
