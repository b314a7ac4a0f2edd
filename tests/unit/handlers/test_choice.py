"""In: a case with several possible changes, and people who want another one than the bot. Out: it is on the card.
Promise: whoever chose a change does not approve it, on either side; what was approved before does not count for it.
"""

from dataclasses import replace

import pytest

from bot.model import Case, Proposal, Risk, State
from bot.triage.choice import first_choice, shown
from tests import builders
from tests.builders import cloud_id_of
from tests.fakes.bot import Bot
from tests.fakes.people import INGRID, JOHN, KARI, LIV

WHY = "Johanna moved to another address in May."


def two_ways() -> Case:
    """Two people list john@contoso.com as their main address: either of them can get another one."""
    return builders.case(builders.evidence(builders.keeper(), builders.both_primary()))


def room() -> tuple[Bot, Proposal, Proposal]:
    bot = Bot()
    case = bot.cases.put(two_ways())
    bots_own, other = case.proposals

    assert shown(case) == first_choice(case) == bots_own
    return bot, bots_own, other


async def test_a_chosen_change_is_on_the_card_and_is_approved_by_two_others() -> None:
    bot, _, other = room()
    await bot.aside(LIV, "choose", about=other)

    assert shown(bot.case) == other
    assert (bot.state(), bot.actions()[-1]) == (State.PENDING, "case.chosen")
    assert bot.case.timeline[-1].say.english().startswith("Wants this change instead:")

    await bot.tell(bot.clicked(INGRID, about=other, reason=WHY))
    await bot.tell(bot.clicked(KARI, about=other, reason="I asked her."))

    assert bot.state() is State.APPROVED
    # what the second had to add was kept in the audit and shown to nobody
    assert bot.case.timeline[-1].say.english() == "Approved. Reason: I asked her."
    assert bot.case.decision is not None
    assert bot.case.decision.proposal_id == other.id
    assert bot.case.decision.chosen_by == cloud_id_of("Liv Dahl")


async def test_whoever_chose_it_approves_it_neither_first_nor_second_nor_alone() -> None:
    bot, _, other = room()
    bot.break_glass = True
    await bot.aside(LIV, "choose", about=other)
    await bot.click(LIV, about=other, reason=WHY)
    await bot.click(LIV, "break_glass", about=other, reason=WHY)
    await bot.click(INGRID, about=other, reason=WHY)
    await bot.click(LIV, about=other, reason=WHY)

    assert (bot.state(), len(bot.case.agreed)) == (State.PENDING, 1)
    assert (
        bot.answers(LIV)
        == ["You chose this change, so somebody else has to approve it. Ask another approver."] * 3
    )


async def test_a_second_account_of_whoever_chose_it_is_the_same_person() -> None:
    bot, _, other = room()
    bot.people.same[INGRID] = "Liv Dahl"
    await bot.aside(LIV, "choose", about=other)
    await bot.click(INGRID, about=other, reason=WHY)

    assert bot.case.agreed == ()
    assert "You chose this change" in bot.answers(INGRID)[-1]


async def test_a_first_approval_does_not_count_for_another_change_and_that_is_said() -> None:
    bot, bots_own, other = room()
    await bot.click(INGRID, about=bots_own, reason=WHY)

    assert [a.proposal_id for a in bot.case.agreed] == [bots_own.id]

    await bot.aside(LIV, "choose", about=other)

    assert not bot.case.agreed
    assert (
        "What Ingrid Berg approved before does not count any more."
        in bot.case.timeline[-1].say.english()
    )

    await bot.click(KARI, about=bots_own, reason=WHY)

    assert "The card is about another change now." in bot.answers(KARI)[-1]
    assert bot.case.agreed == ()


async def test_a_card_drawn_before_the_choice_approves_nothing() -> None:
    bot, bots_own, other = room()
    old = bot.clicked(KARI, about=bots_own, reason=WHY)
    await bot.aside(LIV, "choose", about=other)
    await bot.tell(old)
    await bot.work()

    assert bot.case.agreed == ()
    assert "The card is about another change now." in bot.answers(KARI)[-1]


async def test_back_to_the_bots_own_is_nobodys_choice() -> None:
    bot, bots_own, other = room()
    await bot.aside(LIV, "choose", about=other)
    await bot.aside(LIV, "choose", about=bots_own)

    assert (bot.case.chosen, shown(bot.case)) == (None, bots_own)

    await bot.click(LIV, about=bots_own, reason=WHY)

    assert [a.approval.name for a in bot.case.agreed] == ["Liv Dahl"]


async def test_what_the_card_shows_already_is_not_chosen_again() -> None:
    bot, bots_own, _ = room()
    await bot.aside(LIV, "choose", about=bots_own)

    assert bot.case.chosen is None
    assert bot.answers(LIV) == ["The card is about this change already."]


@pytest.mark.parametrize("how", ["another chooser", "no seal", "no chooser"])
async def test_redis_does_not_say_who_chose(how: str) -> None:
    """Whoever may write to Redis cannot take the chooser's name off a change to let them approve it."""
    bot, _, other = room()
    await bot.aside(LIV, "choose", about=other)
    chosen = bot.case.chosen
    assert chosen is not None
    forged = {
        "another chooser": replace(
            chosen, by=replace(chosen.by, slack=KARI, entra_id="e-kari", name="Kari Holm")
        ),
        "no seal": replace(chosen, seal=""),
        "no chooser": None,
    }[how]
    bot.cases.put(replace(bot.case, chosen=forged))
    await bot.click(LIV, about=other, reason=WHY)

    assert (bot.state(), bot.case.agreed) == (State.PENDING, ())
    assert (
        "another change now" in bot.answers(LIV)[-1] or "not written down" in bot.answers(LIV)[-1]
    )


async def test_a_fresh_look_begins_with_the_bots_own_choice_again() -> None:
    bot, _, other = room()
    await bot.aside(LIV, "choose", about=other)
    case = bot.case
    chosen = case.chosen
    bot.cases.put(replace(case, revision=2))
    await bot.click(INGRID, about=other, reason=WHY)

    assert chosen is not None
    assert chosen.revision == 1
    assert bot.case.agreed == ()


async def test_what_is_never_made_from_slack_is_not_chosen() -> None:
    bot, bots_own, other = room()
    destroys = replace(other, risk=Risk.DESTRUCTIVE)
    bot.cases.put(replace(bot.case, proposals=(bots_own, destroys)))
    await bot.aside(LIV, "choose", about=destroys)

    assert bot.case.chosen is None
    assert "never made from Slack" in bot.answers(LIV)[-1]


@pytest.mark.parametrize("state", sorted(set(State) - {State.PENDING}))
async def test_nothing_is_chosen_once_it_is_decided(state: State) -> None:
    bot, _, other = room()
    case = bot.cases.put(replace(bot.case, state=state, decision=builders.decision(bot.case)))
    result = await bot.handle(bot.clicked_aside(LIV, "choose", on=case, about=other))

    assert result.case is None


async def test_who_gains_or_loses_the_value_does_not_choose() -> None:
    bot, _, other = room()
    await bot.aside(JOHN, "choose", about=other)

    assert bot.case.chosen is None
    assert "You hold, gain or lose this value yourself" in bot.answers(JOHN)[-1]
