"""In: every click anybody could make on a card in every state. Out: approved once, or a sentence to that person."""

import itertools
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import msgspec
import pytest

from bot.events import Answered, CaseChanged, FixApproved, SyncErrorChanged, VerifyDue
from bot.model import Case, Mode, Risk, Say, SlackUser, State
from bot.ports import Result
from bot.triage.plan import agreement_bytes, check_signature
from tests import builders
from tests.fakes.bot import Bot
from tests.fakes.people import (
    EVERYBODY,
    INGRID,
    JOHN,
    KARI,
    NAMES,
    OLA,
    PEER,
    RESPONSE_URL,
    KeySigner,
    reply_to,
)

WHY = "The scanner left that address years ago."
SHOWN = ("as drawn", "older revision", "other hash", "unknown proposal")


def risky(case: Case, risk: Risk) -> Case:
    return replace(case, proposals=(replace(case.proposals[0], risk=risk),))


def seen_as(case: Case, shown: str) -> Case:
    proposal = case.proposals[0]
    match shown:
        case "older revision":
            return replace(case, revision=case.revision - 1)
        case "other hash":
            return replace(case, proposals=(replace(proposal, plan_hash="0" * 64),))
        case "unknown proposal":
            return replace(case, proposals=(replace(proposal, id="p-other"),))
    return case


def outcome(result: Result) -> str:
    """The one thing that came of the click."""
    kinds = {type(event) for event in result.follow}
    state = result.case.state if result.case else None
    if result.case and result.case.agreed:
        assert Answered in kinds
        return "one of two"
    if state is State.APPROVED:
        assert Answered not in kinds
        return "approved"
    if state is State.REJECTED:
        assert Answered not in kinds
        return "rejected"
    assert Answered in kinds
    return "looked at again" if SyncErrorChanged in kinds else "refused"


def expected(
    state: State, shown: str, risk: Risk, mode: Mode, who: SlackUser, action: str, reason: str
) -> str:
    """The rules, told once more and differently than in the handler."""
    if action == "recheck":
        return "refused" if who is PEER else "looked at again"
    decides = state is State.PENDING and shown == "as drawn" and who in {INGRID, KARI}
    if decides and action == "reject":
        return "rejected"
    if not decides or action != "approve" or mode is Mode.OBSERVE:
        return "refused"
    return {
        Risk.SAFE: "approved",
        Risk.JUDGE: "one of two" if reason else "refused",
        Risk.DESTRUCTIVE: "refused",
    }[risk]


@pytest.mark.parametrize("state", list(State))
async def test_every_click_has_exactly_one_outcome(state: State) -> None:
    """States x what the card showed x risks x modes x people x buttons: 17 x 4 x 3 x 3 x 5 x 6 clicks.

    No step of these cases was written, so there is nothing to undo; half of the approvals come with a reason.
    """
    actions = [(a, "") for a in ("approve", "reject", "recheck", "explode")]
    actions += [("approve", WHY), ("undo", WHY)]
    for shown, risk, mode in itertools.product(SHOWN, Risk, Mode):
        bot = Bot(mode=mode)
        made = builders.case(state=state, revision=3, version=6)
        approved = builders.decision(made) if state is not State.PENDING else None
        case = bot.cases.put(risky(replace(made, decision=approved), risk))
        for who, (action, reason) in itertools.product(EVERYBODY, actions):
            event = bot.clicked(who, action, on=seen_as(case, shown), reason=reason)
            result = await bot.handle(event)

            assert (action, expected(state, shown, risk, mode, who, action, reason)) == (
                action,
                outcome(result),
            )
            _holds(bot, case, result, who)


def _holds(bot: Bot, case: Case, result: Result, who: SlackUser) -> None:
    """What is true of every click, whatever came of it."""
    came = outcome(result)
    answers = [e for e in result.follow if isinstance(e, Answered)]
    assert all(a.reply_to.user == who and msgspec.json.decode(a.body, type=Say) for a in answers)
    assert len(result.audit) == 1
    assert result.audit[0].actor == f"{who.team}/{who.user}"
    assert RESPONSE_URL not in repr(result.audit)
    if came == "refused":
        assert result.case is None
        assert CaseChanged in {type(e) for e in result.follow}
        assert result.audit[0].action == "decision.refused"
    if came == "approved":
        assert result.case is not None
        assert result.case.decision is not None
        check_signature(result.case.decision, bot.signer.key.public_key())
        decision = result.case.decision
        assert [a.name for a in decision.approvals] == [NAMES[who]]
        assert (decision.plan_hash, decision.revision) == (
            case.proposals[0].plan_hash,
            case.revision,
        )
        by_hand = decision.mode is Mode.PROPOSE
        assert by_hand == (FixApproved not in {type(e) for e in result.follow})
        assert by_hand == (VerifyDue in {type(d.event) for d in result.later})
    spoiled = bot.cases.stored[case.id]
    bot.cases.commit(result)  # raises for a transition that the table does not know
    bot.cases.stored[case.id] = spoiled


async def test_a_double_click_is_one_approval() -> None:
    bot = Bot()
    await bot.poll()
    card = bot.case
    clicks = [bot.clicked(INGRID, on=card), bot.clicked(INGRID, on=card)]
    results = [await bot.handle(click) for click in clicks]
    bot.cases.commit(results[0])
    second = await bot.tell(clicks[1])
    await bot.work()

    assert outcome(second) == "refused"
    assert bot.answers(INGRID) == [
        "This was already approved by Ingrid Berg. The card follows what happens."
    ]
    assert len(bot.writer.modifies) == 1


async def test_two_people_at_the_same_moment_are_one_winner_and_one_answer() -> None:
    bot = Bot()
    await bot.poll()
    approve, reject = bot.clicked(INGRID), bot.clicked(KARI, "reject")
    both = [await bot.handle(approve), await bot.handle(reject)]
    bot.cases.commit(both[1])
    await bot.tell(approve)
    await bot.work()

    assert bot.state() is State.REJECTED
    assert bot.answers(INGRID) == ["This was rejected. Use Re-check to bring it back."]
    assert bot.writer.modifies == []


async def test_who_gains_from_it_does_not_decide_it() -> None:
    bot = Bot()
    await bot.poll()
    await bot.click(JOHN)

    assert bot.state() is State.PENDING
    assert "somebody else has to decide" in bot.answers(JOHN)[0]


async def test_a_proposal_that_is_too_old_is_not_approved() -> None:
    bot = Bot()
    await bot.poll()
    bot.clock.forward(hours=24)
    await bot.click(INGRID)

    assert bot.state() is State.PENDING
    assert bot.answers(INGRID) == ["This proposal has expired. Use Re-check for a fresh one."]


async def test_a_held_case_is_not_approved() -> None:
    bot = Bot()
    await bot.poll()
    bot.cases.put(replace(bot.case, held=Say("Held: sync has not run.")))
    await bot.click(INGRID)

    assert bot.state() is State.PENDING
    assert bot.answers(INGRID) == ["Held: sync has not run."]


async def test_a_card_of_a_case_nobody_knows_is_answered() -> None:
    bot = Bot()
    await bot.click(INGRID, on=builders.case())

    assert bot.answers(INGRID) == ["This case is not known any more."]


@pytest.mark.parametrize("state", [State.REJECTED, State.EXPIRED, State.REFUSED, State.FAILED])
async def test_a_re_check_brings_a_settled_case_back_to_people(state: State) -> None:
    bot = Bot()
    await bot.poll()
    case = bot.cases.put(replace(bot.case, state=state, expires_at=None))
    bot.channel.shown.clear()
    await bot.click(OLA, "recheck", on=case)

    assert (bot.state(), bot.case.revision) == (State.PENDING, 2)
    assert bot.case.expires_at is not None
    assert bot.channel.shown[-1] == case.id
    assert [said.split(".")[0] for said in bot.answers(OLA)] == ["Looking again"]


async def test_a_re_check_that_finds_nothing_new_still_shows_when_it_was_read() -> None:
    """The card said "read 07:22" for ever: whoever pressed the button could not tell that anything was done."""
    bot = Bot()
    await bot.poll()
    bot.channel.shown.clear()
    bot.clock.forward(minutes=5)
    await bot.click(OLA, "recheck")

    assert bot.case.revision == 1
    assert bot.channel.shown == [bot.case.id]
    assert bot.case.evidence is not None
    assert bot.case.evidence.read_at == bot.clock.now()


async def test_a_re_check_shows_at_once_that_a_rejection_is_lifted() -> None:
    """The card said "rejected" on, while the case was open again and nothing new was found."""
    bot = Bot()
    await bot.poll()
    case = bot.cases.put(replace(bot.case, state=State.REJECTED))
    result = await bot.handle(bot.clicked(OLA, "recheck", on=case))

    assert result.case is not None
    assert result.case.state is State.OPEN
    assert CaseChanged in {type(event) for event in result.follow}


@pytest.mark.parametrize(
    "changes",
    [
        {"seal": ""},
        {"seal": KeySigner().seal(b"a click")},
        {"reply_to": reply_to(KARI)},
        {"clicked_at": "9999999999.000001"},
    ],
    ids=["no seal", "a seal of somebody else", "another person", "another time"],
)
async def test_a_click_made_up_in_redis_is_nobodys(changes: Mapping[str, Any]) -> None:
    """Whoever could write to Redis clicked in the name of an approver, and the bot signed and wrote it."""
    bot = Bot()
    await bot.poll()
    await bot.tell(replace(bot.clicked(INGRID), **changes))
    await bot.work()

    assert (bot.state(), bot.writer.modifies) == (State.PENDING, [])
    assert (bot.cases.audit[-1].facts or {})["why"] == "not-from-slack"
    assert "click again" in "".join(bot.answers(INGRID) + bot.answers(KARI))


async def test_a_click_that_is_put_into_redis_again_later_approves_nothing() -> None:
    bot = Bot()
    await bot.poll()
    heard = bot.clicked(INGRID)
    await bot.wait(minutes=16)
    await bot.tell(heard)
    await bot.work()

    assert (bot.state(), bot.writer.modifies) == (State.PENDING, [])
    assert bot.answers(INGRID) == [
        "This click reached the bot too late. Read the card and click again."
    ]


# ---------------------------------------------------------------- two people


async def doubtful(**more: Any) -> Bot:
    """The account holds a role: its fix needs two people and a reason."""
    bot = Bot(**more)
    bot.world.roles[bot.world.person("Svc Scanner").anchor] = ("Global Reader",)
    await bot.poll()

    assert (bot.state(), bot.case.proposals[0].risk) == (State.PENDING, Risk.JUDGE)
    return bot


async def test_two_people_and_a_reason_are_one_signed_decision() -> None:
    bot = await doubtful()
    await bot.click(INGRID, reason=f"  {WHY} ")

    assert bot.state() is State.PENDING
    assert bot.writer.modifies == []
    assert bot.answers(INGRID) == [
        "Noted, with your reason. One more person has to approve before anything is written."
    ]

    bot.clock.forward(hours=20)
    bot.world.last_sync_at = bot.clock.now()
    await bot.click(KARI, reason="Asked the team, they agree.")
    decision = bot.case.decision

    assert decision is not None
    assert [a.name for a in decision.approvals] == [NAMES[INGRID], NAMES[KARI]]
    assert decision.reason == f"{WHY}\nAsked the team, they agree."
    assert decision.expires_at - decision.decided_at == bot.timing.approval_good_for
    assert (bot.state(), len(bot.writer.modifies), bot.case.agreed) == (State.WRITTEN, 1, ())


async def test_both_and_their_reasons_are_in_the_audit() -> None:
    bot = await doubtful()
    await bot.click(INGRID, reason=WHY)
    await bot.click(KARI)
    first, both = (line for line in bot.cases.audit if line.action.startswith("decision."))
    ids = [builders.cloud_id_of(NAMES[who]) for who in (INGRID, KARI)]

    assert (first.action, both.action) == ("decision.agreed", "decision.approved")
    assert (first.facts or {})["entra_id"] == ids[0]
    assert (both.facts or {})["entra_id"] == ",".join(ids)
    assert (first.facts or {})["reason"] == (both.facts or {})["reason"] == WHY


async def test_the_same_person_is_not_two() -> None:
    bot = await doubtful()
    await bot.click(INGRID, reason=WHY)
    await bot.click(INGRID, reason="I am sure, really.")

    assert (bot.state(), bot.writer.modifies) == (State.PENDING, [])
    assert "Somebody else has to approve it too" in bot.answers(INGRID)[-1]


async def test_one_entra_account_behind_two_slack_accounts_is_one_person() -> None:
    bot = await doubtful()
    await bot.click(INGRID, reason=WHY)
    first = bot.case.agreed[0]
    other = replace(first.approval, entra_id=builders.cloud_id_of(NAMES[KARI]))
    given = replace(first, approval=other)
    seal = bot.signer.seal(agreement_bytes(builders.TENANT, bot.case.id, given))
    bot.cases.put(replace(bot.case, agreed=(replace(given, seal=seal),)))
    bot.people.same = {INGRID: NAMES[KARI]}
    await bot.click(KARI)

    assert (bot.state(), bot.writer.modifies) == (State.PENDING, [])
    assert "Somebody else has to approve it too" in bot.answers(KARI)[-1]


@pytest.mark.parametrize("reason", ["   ", "ok", " because "])
async def test_a_first_approval_without_a_reason_is_none(reason: str) -> None:
    bot = await doubtful()
    await bot.click(INGRID, reason=reason)

    assert bot.case.agreed == ()
    assert "two people and a reason" in bot.answers(INGRID)[0]


async def test_whoever_gains_from_it_is_neither_the_first_nor_the_second() -> None:
    bot = await doubtful()
    await bot.click(JOHN, reason=WHY)
    first = bot.case.agreed
    await bot.click(INGRID, reason=WHY)
    await bot.click(JOHN, reason=WHY)

    assert (first, bot.state()) == ((), State.PENDING)
    assert ["somebody else has to decide" in said for said in bot.answers(JOHN)] == [True, True]


async def test_a_rejection_takes_the_first_approval_with_it() -> None:
    bot = await doubtful()
    await bot.click(INGRID, reason=WHY)
    await bot.click(KARI, "reject")
    await bot.click(OLA, "recheck")

    assert (bot.state(), bot.case.agreed) == (State.PENDING, ())


async def test_another_revision_starts_anew() -> None:
    bot = await doubtful()
    await bot.click(INGRID, reason=WHY)
    before = bot.case
    bot.world.edit("Svc Scanner", enabled=False)
    await bot.click(OLA, "recheck")

    assert (bot.case.revision, bot.case.agreed) == (2, ())
    assert bot.case.timeline[-1].broadcast  # she thinks that one more person is all it takes

    bot.cases.put(replace(bot.case, agreed=before.agreed))
    await bot.click(KARI, reason=WHY)

    assert (bot.state(), bot.writer.modifies) == (State.PENDING, [])


async def test_a_look_that_finds_nothing_new_keeps_the_first_approval() -> None:
    bot = await doubtful()
    await bot.click(INGRID, reason=WHY)
    await bot.click(OLA, "recheck")
    await bot.click(KARI)

    assert bot.state() is State.WRITTEN


async def test_a_first_approval_is_good_for_as_long_as_the_proposal() -> None:
    bot = await doubtful()
    await bot.click(INGRID, reason=WHY)
    await bot.wait(hours=25)

    assert (bot.state(), bot.case.agreed) == (State.EXPIRED, ())


@pytest.mark.parametrize(
    "changes",
    [
        {"seal": ""},
        {"seal": KeySigner().seal(b"agreed:{}")},
        {"reason": "Somebody else's words."},
        {"plan_hash": "0" * 64},
        {"proposal_id": "p-other"},
    ],
    ids=[
        "no seal",
        "a seal of somebody else",
        "another reason",
        "another plan",
        "another proposal",
    ],
)
async def test_a_first_approval_made_up_in_redis_is_nobodys(changes: Mapping[str, Any]) -> None:
    """Whoever could write to Redis was the first approver, and one real click was enough."""
    bot = await doubtful()
    await bot.click(INGRID, reason=WHY)
    bot.cases.put(replace(bot.case, agreed=(replace(bot.case.agreed[0], **changes),)))
    await bot.click(KARI, reason=WHY)

    assert (bot.state(), bot.writer.modifies) == (State.PENDING, [])


async def test_a_first_approver_who_is_taken_off_the_list_does_not_count() -> None:
    bot = await doubtful()
    await bot.click(INGRID, reason=WHY)
    bot.people.approvers.remove(INGRID)
    await bot.click(KARI, reason="It is right all the same.")

    assert (bot.state(), bot.writer.modifies) == (State.PENDING, [])
    assert [a.approval.name for a in bot.case.agreed] == [NAMES[KARI]]


async def test_in_propose_two_people_agree_on_what_a_person_will_do() -> None:
    bot = await doubtful(mode=Mode.PROPOSE)
    await bot.click(INGRID, reason=WHY)
    await bot.click(KARI)

    assert (bot.state(), bot.writer.modifies) == (State.APPROVED, [])
    assert VerifyDue in {type(event) for event in bot.cases.due}


async def test_two_first_approvals_at_the_same_moment_are_a_first_and_a_second() -> None:
    bot = await doubtful()
    clicks = [bot.clicked(INGRID, reason=WHY), bot.clicked(KARI, reason="I think so too.")]
    results = [await bot.handle(click) for click in clicks]
    bot.cases.commit(results[1])
    await bot.tell(clicks[0])
    await bot.work()

    assert (bot.state(), len(bot.writer.modifies)) == (State.WRITTEN, 1)


async def test_only_the_change_that_the_card_shows_is_approved() -> None:
    """A card may know several; whoever wants another one has it shown first."""
    bot = await doubtful()
    one = bot.case.proposals[0]
    other = replace(one, id="p-other", title=Say("Another way"))
    bot.cases.put(replace(bot.case, proposals=(one, other)))
    await bot.click(INGRID, about=other, reason=WHY)

    assert (bot.state(), bot.case.agreed) == (State.PENDING, ())
    assert "The card is about another change now." in bot.answers(INGRID)[-1]

    await bot.click(INGRID, about=one, reason=WHY)

    assert [a.proposal_id for a in bot.case.agreed] == [one.id]
