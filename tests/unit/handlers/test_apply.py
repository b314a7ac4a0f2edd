"""In: an approval, and everything that can happen between it and the write. Out: one modify at most, or the reason."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.errors import Unreachable
from bot.events import FixApproved, WriteDue
from bot.model import Change, Mode, State, Step, WriteResult
from bot.triage.plan import hash_of
from tests import builders
from tests.builders import TENANT, VALUE
from tests.fakes.bot import Bot
from tests.fakes.people import INGRID, KARI
from tests.fakes.world import World
from tests.fakes.writer import Fault

SCANNER = "Svc Scanner"
LEFT = ("SMTP:svc.scanner@contoso.com",)


async def approved() -> tuple[Bot, WriteDue]:
    """Approved and announced in the audit; the write itself is next."""
    bot = Bot()
    await bot.poll()
    await bot.tell(bot.clicked(INGRID))
    (approval,) = [e for e in bot.cases.waiting if isinstance(e, FixApproved)]
    await bot.tell(approval)
    (due,) = [e for e in bot.cases.waiting if isinstance(e, WriteDue)]
    bot.cases.waiting.remove(approval)
    bot.cases.waiting.remove(due)
    return bot, due


async def test_the_intent_is_in_the_audit_before_anything_is_written() -> None:
    bot, due = await approved()

    assert bot.actions() == ["case.reviewed", "decision.approved", "write.intent"]
    assert bot.state() is State.APPLYING
    assert bot.writer.modifies == []

    await bot.tell(due)

    assert bot.state() is State.WRITTEN
    assert bot.world.person(SCANNER).proxy_addresses == LEFT
    assert [r.result for r in bot.case.receipts] == [WriteResult.WRITTEN]
    assert bot.actions()[-1] == "write.receipt"


async def test_both_events_again_and_again_are_one_modify() -> None:
    bot, due = await approved()
    first = FixApproved(
        tenant=TENANT, id="late", case_id=due.case_id, proposal_id=due.proposal_id, revision=1
    )
    for event in (due, first, due, due, first):
        await bot.tell(event)
    await bot.work()

    assert len(bot.writer.modifies) == 1
    assert bot.state() is State.WRITTEN


def rival_renamed(bot: Bot) -> None:
    bot.world.edit("John Doe", proxy_addresses=("SMTP:other@contoso.com",))


def third_holder(bot: Bot) -> None:
    bot.world.add(builders.user("A Third", proxies=(f"smtp:{VALUE}",)))


def cloud_delivers(bot: Bot) -> None:
    account = bot.world.account(SCANNER)
    bot.world.entra[account.id] = replace(
        account, proxy_addresses=(*account.proxy_addresses, f"smtp:{VALUE}")
    )


def moved_to_cloud(bot: Bot) -> None:
    account = bot.world.account(SCANNER)
    bot.world.entra[account.id] = replace(account, synced=False)


def managed_in_the_cloud(bot: Bot) -> None:
    bot.world.cloud_managed.add(bot.world.account(SCANNER).id)


def other_anchor(bot: Bot) -> None:
    account = bot.world.account("John Doe")
    bot.world.entra[account.id] = replace(account, anchor="AAAAAAAAAAAAAAAAAAAAAA==")


def has_role(bot: Bot) -> None:
    bot.world.roles[bot.world.person(SCANNER).anchor] = ("User Administrator",)


def second_error(bot: Bot) -> None:
    account = bot.world.account(SCANNER)
    another = builders.error(object_id=account.id, attribute="UserPrincipalName")
    bot.world.entra[account.id] = replace(account, errors=(*account.errors, another))


CHANGES: dict[str, Callable[[Bot], None]] = {
    "addresses": lambda b: b.world.edit(
        SCANNER, proxy_addresses=(*LEFT, f"smtp:{VALUE}", "x500:a")
    ),
    "mail": lambda b: b.world.edit(SCANNER, mail="new@contoso.com"),
    "sign-in name": lambda b: b.world.edit(SCANNER, user_principal_name="new@contoso.com"),
    "dn": lambda b: b.world.edit(SCANNER, dn="CN=Svc Scanner,OU=Left,DC=contoso,DC=com"),
    "disabled": lambda b: b.world.edit(SCANNER, enabled=False),
    "mailbox": lambda b: b.world.edit(SCANNER, mailbox=True),
    "value gone": lambda b: b.world.edit(SCANNER, proxy_addresses=LEFT),
    "promoted": lambda b: b.world.edit(SCANNER, proxy_addresses=(f"SMTP:{VALUE}",)),
    "rival": rival_renamed,
    "third holder": third_holder,
    "cloud delivers": cloud_delivers,
    "moved to the cloud": moved_to_cloud,
    "managed in the cloud": managed_in_the_cloud,
    "other anchor": other_anchor,
    "role": has_role,
    "second error": second_error,
}


@pytest.mark.parametrize("what", sorted(CHANGES))
async def test_whatever_the_approval_relied_on_stops_the_write_when_it_changed(what: str) -> None:
    bot, due = await approved()
    CHANGES[what](bot)
    before = bot.world.person(SCANNER)
    await bot.tell(due)

    assert bot.writer.modifies == []
    assert bot.world.person(SCANNER) == before
    assert bot.state() in {State.PENDING, State.OPEN}
    assert bot.case.revision == 2
    assert bot.case.decision is None
    assert bot.case.timeline[-1].say.msgid.startswith("Nothing was written: what the approval")
    assert bot.case.timeline[-1].broadcast
    assert await bot.journal.receipts(due.proposal_id) is None


async def test_what_does_not_matter_does_not_stop_it() -> None:
    bot, due = await approved()
    bot.world.edit(
        SCANNER, usn_changed=99, last_logon_at=bot.clock.now(), changed_at=bot.clock.now()
    )
    await bot.tell(due)

    assert bot.state() is State.WRITTEN


async def test_an_error_that_is_gone_by_then_closes_the_case_and_writes_nothing() -> None:
    """The card said "a sync error the bot does not recognise yet", about no error at all."""
    bot, due = await approved()
    account = bot.world.account(SCANNER)
    bot.world.entra[account.id] = replace(account, errors=())
    await bot.tell(due)

    assert bot.writer.modifies == []
    assert bot.state() is State.CLOSED
    assert bot.case.timeline[-1].say.english() == (
        "Nothing was written: Entra no longer reports this error."
    )


async def test_a_stopped_sync_stops_the_write() -> None:
    bot, due = await approved()
    bot.world.stop_sync()
    await bot.tell(due)

    assert bot.writer.modifies == []
    assert bot.state() is State.OPEN
    assert bot.case.held is not None


async def test_an_approval_is_good_for_fifteen_minutes() -> None:
    bot, due = await approved()
    bot.clock.forward(minutes=15)
    await bot.tell(due)

    assert bot.writer.modifies == []
    assert bot.state() is State.REFUSED
    assert "Approve again" in bot.case.timeline[-1].say.english()


async def test_who_is_no_approver_any_more_has_approved_nothing() -> None:
    bot, due = await approved()
    bot.people.approvers.remove(INGRID)
    await bot.tell(due)

    assert (bot.writer.modifies, bot.state()) == ([], State.REFUSED)


@pytest.mark.parametrize("mode", [Mode.OBSERVE, Mode.PROPOSE])
async def test_a_bot_restarted_in_another_mode_does_not_write(mode: Mode) -> None:
    bot, due = await approved()
    bot.mode = mode
    await bot.tell(due)

    assert (bot.writer.modifies, bot.state()) == ([], State.REFUSED)


async def test_a_decision_that_somebody_made_in_redis_writes_nothing() -> None:
    bot, due = await approved()
    assert bot.case.decision is not None
    forged = replace(bot.case.decision, expires_at=bot.clock.now() + timedelta(days=365))
    bot.cases.put(replace(bot.case, decision=forged))
    await bot.tell(due)

    assert (bot.writer.modifies, bot.state()) == ([], State.REFUSED)


async def test_a_protected_account_is_refused_by_the_writer() -> None:
    bot, due = await approved()
    bot.writer.protected = {bot.world.person(SCANNER).guid}
    await bot.tell(due)

    assert (bot.writer.modifies, bot.state()) == ([], State.REFUSED)
    assert bot.case.timeline[-1].say.english() == "Svc Scanner is protected."
    assert bot.case.timeline[-1].broadcast


async def test_a_journal_that_has_the_receipt_ends_it_without_a_look_or_a_write() -> None:
    bot, due = await approved()
    case = bot.case
    assert case.decision is not None
    await bot.journal.intend(case.decision, case.proposals[0])
    await bot.journal.record(builders.receipt(case))
    await bot.tell(due)

    assert (bot.state(), bot.writer.modifies, bot.writer.settles) == (State.WRITTEN, [], 0)


@pytest.mark.parametrize(("landed", "expected"), [(True, State.WRITTEN), (False, State.FAILED)])
async def test_a_crash_between_intent_and_receipt_is_settled_by_reading(
    landed: bool,  # noqa: FBT001 - a table of two
    expected: State,
) -> None:
    bot, due = await approved()
    case = bot.case
    assert case.decision is not None
    await bot.journal.intend(case.decision, case.proposals[0])
    if landed:
        bot.world.edit(SCANNER, proxy_addresses=LEFT)
    await bot.tell(due)

    assert (bot.state(), bot.writer.modifies, bot.writer.settles) == (expected, [], 1)


async def test_an_answer_lost_after_the_write_is_found_by_reading() -> None:
    bot, due = await approved()
    bot.writer.fault = Fault.LOST_AFTER
    await bot.tell(due)

    assert bot.state() is State.UNKNOWN

    bot.writer.fault = Fault.NONE
    await bot.wait(minutes=2)

    assert bot.state() is State.WRITTEN
    assert len(bot.writer.modifies) == 1
    assert [r.result for r in bot.journal.known] == [WriteResult.UNKNOWN, WriteResult.WRITTEN]


async def test_a_request_lost_before_the_write_comes_back_to_people() -> None:
    bot, due = await approved()
    bot.writer.fault = Fault.LOST_BEFORE
    await bot.tell(due)

    assert bot.state() is State.UNKNOWN

    bot.writer.fault = Fault.NONE
    await bot.wait(minutes=2)

    assert bot.writer.modifies == []
    assert (bot.state(), bot.case.revision) == (State.PENDING, 2)

    await bot.click(INGRID)

    assert (len(bot.writer.modifies), bot.state()) == (1, State.WRITTEN)


async def test_a_write_that_the_journal_has_forgotten_is_still_never_repeated() -> None:
    """With a new disk under the journal the lost answer led to a second modify."""
    bot, due = await approved()
    bot.writer.fault = Fault.LOST_BEFORE
    await bot.tell(due)
    bot.journal.intents.clear()
    bot.journal.known.clear()
    bot.writer.fault = Fault.NONE
    await bot.tell(due)

    assert bot.writer.modifies == []
    assert bot.state() is State.FAILED


async def test_somebody_who_was_quicker_wins_and_the_bot_looks_again() -> None:
    bot, due = await approved()
    bot.writer.just_before = lambda: bot.world.edit(
        SCANNER, proxy_addresses=(*LEFT, "smtp:new@contoso.com")
    )
    await bot.tell(due)

    assert bot.state() is State.FAILED

    await bot.work()

    assert bot.writer.modifies == []
    assert bot.world.person(SCANNER).proxy_addresses == (*LEFT, "smtp:new@contoso.com")
    assert bot.case.diagnosis is not None
    assert bot.case.diagnosis.code == "C54"


async def test_a_domain_controller_that_is_away_is_waited_for_without_an_intent() -> None:
    bot, due = await approved()
    bot.writer.fault = Fault.AWAY
    with pytest.raises(Unreachable):
        await bot.tell(due)

    assert bot.state() is State.APPLYING
    assert bot.journal.intents == {}

    bot.writer.fault = Fault.NONE
    await bot.tell(due)

    assert bot.state() is State.WRITTEN


async def two_steps() -> tuple[Bot, WriteDue]:
    """No case of today makes two steps; the machine must be right before one does."""
    bot, due = await approved()
    case = bot.case
    one = case.proposals[0]
    assert case.decision is not None
    other = bot.world.person("Ingrid Berg")
    more = Step(
        forest=other.forest,
        guid=other.guid,
        dn=other.dn,
        name=other.name,
        changes=(Change("proxyAddresses", delete=("SMTP:ingrid.berg@contoso.com",)),),
    )
    two = replace(one, steps=(*one.steps, more))
    two = replace(two, plan_hash=hash_of(TENANT, two))
    signed = bot.signer.sign(replace(case.decision, plan_hash=two.plan_hash))
    bot.cases.put(replace(case, proposals=(two,), decision=signed))
    await bot.journal.intend(signed, two)
    return bot, due


async def test_a_stop_in_the_middle_is_partly_written_and_says_how_much() -> None:
    bot, due = await two_steps()
    await bot.journal.record(builders.receipt(bot.case))
    await bot.tell(due)

    assert bot.state() is State.PARTIAL
    assert [r.result for r in bot.case.receipts] == [WriteResult.WRITTEN, WriteResult.STALE]
    assert bot.case.timeline[-1].say.english().startswith("1 of 2 changes were written")
    assert bot.case.timeline[-1].broadcast
    assert bot.writer.modifies == []


async def test_a_first_step_that_did_not_land_leaves_the_second_untried() -> None:
    bot, due = await two_steps()
    await bot.tell(due)

    assert bot.state() is State.FAILED
    assert (bot.writer.settles, bot.writer.modifies) == (1, [])


async def test_late_events_of_an_older_proposal_are_nothing() -> None:
    bot, due = await approved()
    old = replace(due, proposal_id="p-0000000000")
    result = await bot.tell(old)

    assert (result.case, result.follow) == (None, ())


async def test_an_address_that_somebody_took_meanwhile_is_given_to_nobody() -> None:
    """What was free when it was shown is looked for again before it is written."""
    world = World()
    world.add(
        builders.keeper(cloud_proxies=()),
        builders.both_primary(proxies=(f"SMTP:{VALUE}",)),
        builders.user("Ingrid Berg", proxies=("SMTP:ingrid.berg@contoso.com",)),
    )
    world.clock.forward(minutes=-12)
    world.sync()
    world.clock.forward(minutes=12)
    bot = Bot(world=world)
    await bot.poll()
    new = next(v for c in bot.case.proposals[0].steps[0].changes for v in c.add)
    await bot.click(INGRID, reason="She has moved on from that address.")
    await bot.tell(bot.clicked(KARI))
    bot.world.add(builders.user("Quicker One", proxies=(new,)))
    before = bot.world.person("Johanna Dow")
    await bot.work()

    assert (bot.writer.modifies, bot.world.person("Johanna Dow")) == ([], before)
    assert bot.case.timeline[-1].say.msgid.startswith("Nothing was written: what the approval")
