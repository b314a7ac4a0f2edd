"""The tour: what the bot is about, one idea a test, from top to bottom. Read it in a quarter of an hour.

Everything here is real but the two directories: `tests/fakes/world.py` is a small AD and a small Entra that behave as
the big ones do. `Bot` is the whole machine around them, `click` is a person in Slack, `wait` lets time go by.
"""

from dataclasses import replace

import pytest

from bot.errors import ListBroken
from bot.model import Case, Mode, Risk, State
from bot.triage.plan import hash_of
from handlers.commands.whohas import whohas
from tests import builders
from tests.builders import TENANT, VALUE
from tests.fakes.bot import Bot
from tests.fakes.people import INGRID, JOHN, KARI, PEER
from tests.fakes.world import World
from tests.fakes.writer import Fault

JOHN_DOE, SCANNER = "John Doe", "Svc Scanner"
EXTRA = f"smtp:{VALUE}"


async def with_a_card() -> Bot:
    """A bot that has polled once: the one problem of this small Contoso has its card."""
    bot = Bot()
    await bot.poll()
    return bot


def test_what_a_sync_error_is() -> None:
    # In AD two people list one address. AD does not mind; Entra does.
    world = World()
    world.add(builders.user(JOHN_DOE, proxies=(f"SMTP:{VALUE}",)))
    world.add(builders.user(SCANNER, proxies=(EXTRA,)))
    world.sync()

    # Who was synced first keeps it. The other one silently goes without, and is marked with an error ...
    assert world.account(JOHN_DOE).proxy_addresses == (f"SMTP:{VALUE}",)
    assert world.account(SCANNER).proxy_addresses == ()
    (error,) = world.errors()
    assert (error.object_name, error.category) == (SCANNER, "PropertyConflict")

    # ... that names the value but not who has it. Finding that out is the work this bot saves.
    assert JOHN_DOE not in error.raw


async def test_one_address_is_one_case() -> None:
    # A third account wants the same address, and writes it differently.
    bot = Bot()
    bot.world.add(builders.user("Old Scanner", proxies=("smtp:John@Contoso.com",)))
    bot.world.sync()
    await bot.poll()

    # Two errors, one problem, one card: a case is a value, not an object.
    assert len(bot.world.errors()) == 2
    assert len(bot.case.errors) == 2
    assert bot.case.key.value == VALUE


async def test_a_card_says_only_what_was_read() -> None:
    bot = await with_a_card()
    assert bot.case.evidence is not None
    assert bot.case.diagnosis is not None

    # Evidence is everything that was read about the value in one pass over both sides ...
    assert {h.name for h in bot.case.evidence.holders} == {JOHN_DOE, SCANNER}

    # ... and each sentence of the diagnosis cites the parts of it that it rests on.
    said = (*bot.case.diagnosis.what, *bot.case.diagnosis.why, *bot.case.diagnosis.then)
    assert all(say.cites and set(say.cites) <= bot.case.evidence.keys() for say in said)


async def test_the_smallest_safe_change() -> None:
    bot = await with_a_card()
    (proposal,) = bot.case.proposals
    (step,) = proposal.steps
    (change,) = step.changes

    # One value of one attribute of one object goes; it can be put back; nobody's mail or sign-in changes.
    assert (step.name, change.attribute, change.delete, change.add) == (
        SCANNER,
        "proxyAddresses",
        (EXTRA,),
        (),
    )
    assert proposal.risk is Risk.SAFE

    # Any doubt makes it more than that: here the account holds a role, so one click is not enough.
    careful = Bot()
    careful.world.roles[careful.world.person(SCANNER).anchor] = ("Global Reader",)
    await careful.poll()

    assert careful.case.proposals[0].risk is Risk.JUDGE
    await careful.click(INGRID)

    assert (careful.state(), careful.writer.modifies) == (State.PENDING, [])


async def test_where_there_is_doubt_two_people_decide_and_say_why() -> None:
    bot = Bot()
    bot.world.roles[bot.world.person(SCANNER).anchor] = ("Global Reader",)
    await bot.poll()

    # The first one gives a reason. Nothing is written yet, and the same person cannot be the second one too.
    await bot.click(INGRID, reason="The scanner left that address years ago.")
    await bot.click(INGRID, reason="I am quite sure.")

    assert (bot.state(), bot.writer.modifies) == (State.PENDING, [])

    # The second one reads that reason, agrees, and both stand in the decision that the writer checks.
    await bot.click(KARI)

    assert bot.case.decision is not None
    assert [a.name for a in bot.case.decision.approvals] == ["Ingrid Berg", "Kari Holm"]
    assert bot.case.decision.reason == "The scanner left that address years ago."
    assert len(bot.writer.modifies) == 1


async def test_every_write_can_be_taken_back() -> None:
    bot = await with_a_card()
    before = bot.world.person(SCANNER)
    await bot.click(INGRID)
    await bot.click(KARI, "undo")

    # What we took away is there again, exactly as it was spelled, and the problem is looked at like any other.
    assert bot.world.person(SCANNER) == before
    assert (bot.state(), bot.case.revision) == (State.PENDING, 2)

    # But never over somebody: here the address went to a third person in the meantime.
    taken = await with_a_card()
    await taken.click(INGRID)
    taken.world.add(builders.user("A Third", proxies=(EXTRA,)))
    await taken.click(KARI, "undo")

    assert taken.world.person(SCANNER).proxy_addresses == ("SMTP:svc.scanner@contoso.com",)
    assert taken.state() is State.WRITTEN


async def test_what_is_approved_is_what_is_written() -> None:
    bot = await with_a_card()
    (proposal,) = bot.case.proposals

    # The hash covers the change and all that it relies on; the button carries the hash, never an instruction.
    assert proposal.plan_hash == hash_of(TENANT, proposal)
    await bot.click(INGRID)

    assert bot.writer.modifies == list(proposal.steps)
    assert bot.world.person(SCANNER).proxy_addresses == ("SMTP:svc.scanner@contoso.com",)

    # A button of an older card approves nothing any more, and its presser is told why.
    late = await with_a_card()
    old_card = late.case
    late.world.edit(SCANNER, enabled=False)
    await late.click(KARI, "recheck")
    await late.click(INGRID, on=old_card)

    assert late.writer.modifies == []
    assert late.answers(INGRID)[-1].startswith("The evidence has changed")


async def test_only_people_who_may_and_who_are_not_part_of_it() -> None:
    bot = await with_a_card()
    await bot.click(PEER)
    await bot.click(JOHN)  # an approver, but it is his own address

    # Nobody's click is left without an answer, and a refused one changes nothing.
    assert [len(bot.answers(PEER)), len(bot.answers(JOHN))] == [1, 1]
    assert bot.state() is State.PENDING


async def test_ad_is_its_own_fence() -> None:
    bot = await with_a_card()

    # Somebody is quicker, in the moment between the bot's last look and its write.
    taken = ("SMTP:svc.scanner@contoso.com", "smtp:scans@contoso.com")
    bot.writer.just_before = lambda: bot.world.edit(SCANNER, proxy_addresses=taken)
    await bot.click(INGRID)

    # The write says "delete exactly this value". It has gone, so AD refuses all of it: no lock, no overwriting.
    assert bot.writer.modifies == []
    assert bot.world.person(SCANNER).proxy_addresses == taken


async def test_a_change_behind_our_back_sends_the_case_back_to_people() -> None:
    bot = await with_a_card()
    await bot.tell(bot.clicked(INGRID))
    bot.world.edit(SCANNER, mail="somebody.else@contoso.com")
    await bot.work()

    # The diagnosis is made anew before each write. Another plan than the approved one is not written.
    assert bot.writer.modifies == []
    assert (bot.state(), bot.case.revision, bot.case.decision) == (State.PENDING, 2, None)


async def test_the_answer_that_was_lost() -> None:
    bot = await with_a_card()
    bot.writer.fault = Fault.LOST_AFTER
    await bot.click(INGRID)

    # Written or not? Nobody knows, and trying again would be a guess.
    assert bot.state() is State.UNKNOWN

    # So the bot reads, and finds that it was.
    bot.writer.fault = Fault.NONE
    await bot.wait(minutes=2)

    assert bot.state() is State.WRITTEN
    assert len(bot.writer.modifies) == 1


async def test_green_only_when_entra_is_clean() -> None:
    bot = await with_a_card()
    await bot.click(INGRID)
    states = [bot.state()]

    # AD is right at once. Entra hears of it with the next sync, and forgets its error an hour later.
    for happens in (bot.world.sync, bot.world.sweep):
        bot.clock.forward(minutes=30)
        happens()
        await bot.wait(minutes=3)
        states.append(bot.state())

    assert states == [State.WRITTEN, State.EXPORTED, State.VERIFIED]


async def test_in_propose_the_bot_never_writes() -> None:
    bot = Bot(mode=Mode.PROPOSE)
    await bot.poll()
    await bot.click(INGRID)

    assert (bot.state(), bot.writer.modifies) == (State.APPROVED, [])

    # A person makes the approved change, and from there on it is watched like one of our own.
    bot.world.edit(SCANNER, proxy_addresses=("SMTP:svc.scanner@contoso.com",))
    await bot.wait(minutes=3)

    assert bot.state() is State.WRITTEN


async def test_asking_who_holds_a_value() -> None:
    bot = Bot()
    found = await whohas(f"<mailto:{VALUE}|{VALUE}>", ad=bot.ad, cloud=bot.cloud, full=True)

    # Both sides of a person are one holder; Entra's answer alone would not have shown the scanner.
    assert {h.name: bool(h.cloud_claims) for h in found.holders} == {JOHN_DOE: True, SCANNER: False}


async def test_what_could_not_be_read_is_said() -> None:
    bot = Bot()
    bot.world.forest_away = True
    found = await whohas(VALUE, ad=bot.ad, cloud=bot.cloud, full=True)

    # Never just a shorter answer: "I did not find it" and "I could not look" are different things.
    assert [(gap.where, gap.what) for gap in found.gaps] == [("AD corp", "everything")]

    # On a card the same holds: without the other side there is nothing to approve.
    await bot.poll()

    assert bot.case.proposals == ()


async def test_a_stopped_sync_holds_everything() -> None:
    bot = await with_a_card()
    bot.world.stop_sync()
    await bot.poll()
    waiting, sync = sorted(bot.cases.all(), key=_is_about_sync)

    # One card says what is wrong with the sync; the others wait, for nothing could be verified.
    assert sync.diagnosis is not None
    assert sync.diagnosis.code == "C59"
    assert (waiting.state, waiting.held is None) == (State.OPEN, False)


async def test_half_a_list_concludes_nothing() -> None:
    bot = await with_a_card()
    before = bot.case
    bot.source.broken = True

    # The error is not on the pages that came. That proves nothing, so nothing is closed.
    with pytest.raises(ListBroken):
        await bot.poll()
    assert bot.case == before


async def test_a_doubt_is_a_no() -> None:
    bot = await with_a_card()

    # Whoever can write to Redis can change a decision there, but cannot sign it.
    await bot.tell(bot.clicked(INGRID))
    assert bot.case.decision is not None
    longer = replace(bot.case.decision, reason="approved for ever")
    bot.cases.put(replace(bot.case, decision=longer))
    await bot.work()

    assert (bot.state(), bot.writer.modifies) == (State.REFUSED, [])


def _is_about_sync(case: Case) -> bool:
    return case.key.kind == "tenant"
