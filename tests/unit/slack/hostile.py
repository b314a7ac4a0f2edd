"""In: nothing. Out: cases, answers and texts as bad as a directory can hold them, for Hypothesis.
Promise: every state, risk and mode comes up; names and values are markup, controls, endless, empty or null.
"""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from hypothesis import strategies as st

from bot.answers import Examined, Explained, Pasted, WhoHas
from bot.model import (
    Agreement,
    Case,
    Choice,
    Claim,
    Done,
    Gap,
    Holder,
    Ignored,
    Instruction,
    Kind,
    Mode,
    Moment,
    Owner,
    Person,
    Proposal,
    Risk,
    Runbook,
    Say,
    Score,
    SlackUser,
    Snooze,
    State,
    SyncError,
    Term,
    WriteResult,
)
from bot.triage.runbooks import runbook
from tests.builders import (
    NOW,
    VALUE,
    ad_object,
    approval,
    both_primary,
    case,
    cloud_object,
    decision,
    error,
    evidence,
    keeper,
    loser,
    receipt,
)

TEXTS = st.one_of(
    st.sampled_from(
        [
            "", " ", "<!channel>", "<@U0INGRID01>", "<https://evil.example|ok>", "*bold* _it_ ~no~",
            "`code` ```x```", "\u202egnp.exe", "two\nlines\r\n", "\x00\x07", "j\u043ehn@contoso.com", "Jose\u0301\u00a0D", "\U000e0041\ufeff", "&" * 400, "<" * 400,
            "{value}", "{", "%s", "😀" * 320, "ø" * 1123, ":tada:", "> quote", "a" * 1123,
        ]
    ),
    st.text(max_size=30),
)  # fmt: skip
MAYBE = st.none() | TEXTS


@st.composite
def holders(draw: st.DrawFn) -> Holder:
    ad = ad_object(
        name=draw(TEXTS),
        dn=draw(TEXTS),
        guid="6f1c9a52-1234-4321-8765-0123456789ab",
        user_principal_name=draw(MAYBE),
        mail=draw(MAYBE),
        proxy_addresses=tuple(draw(st.lists(TEXTS, max_size=3))),
        last_logon_at=draw(st.sampled_from([None, NOW])),
        mailbox=draw(st.booleans()),
        deleted=draw(st.booleans()),
        enabled=draw(st.sampled_from([True, False, None])),
    )
    cloud = cloud_object(
        name=draw(TEXTS),
        id=draw(TEXTS),
        user_principal_name=draw(MAYBE),
        proxy_addresses=tuple(draw(st.lists(TEXTS, max_size=3))),
        deleted_at=draw(st.sampled_from([None, NOW])),
        guest=draw(st.booleans()),
    )
    sides = draw(st.sampled_from(["both", "ad", "cloud", "none"]))
    claims = tuple(draw(st.lists(st.builds(Claim, TEXTS, TEXTS, st.booleans()), max_size=3)))
    return Holder(
        ad=ad if sides in {"both", "ad"} else None,
        cloud=cloud if sides in {"both", "cloud"} else None,
        ad_claims=claims,
        cloud_claims=claims[:1],
        joined_by=draw(st.sampled_from(["anchor", "address", None])),
    )


def _many(one: list[Holder]) -> list[Holder]:
    return (one * 200)[:200]


HOLDERS = st.lists(holders(), max_size=3) | st.lists(holders(), min_size=1, max_size=3).map(_many)
_COIN: st.SearchStrategy[bool] = st.booleans()
GAPS = st.lists(st.builds(Gap, TEXTS, TEXTS, TEXTS), max_size=12).map(tuple)
SAYS = st.builds(lambda n, v: Say("{name} did {value}.", {"name": n, "value": v}), TEXTS, TEXTS)
STEPS = st.lists(
    st.builds(Instruction, SAYS, TEXTS | TEXTS.map(lambda t: t * 3)), min_size=1, max_size=2
)
_LONG = st.sampled_from([1, 1, 1, 1, 1, 12])
BOOKS = st.builds(
    lambda risk, say, steps, long: Runbook(
        rank=len(steps), risk=risk, title=say, because=say, steps=tuple(steps * long), undo=say
    ),
    st.sampled_from(Risk),
    SAYS,
    STEPS,
    _LONG,
)
SCORES = st.builds(
    Score, TEXTS, TEXTS, st.lists(st.builds(Term, st.integers(-9, 9), SAYS), max_size=2).map(tuple)
)
MOMENTS = st.builds(Moment, st.just(NOW), TEXTS, SAYS, st.booleans())


@st.composite
def _error(draw: st.DrawFn) -> SyncError:
    return error(
        category=draw(MAYBE),
        attribute=draw(MAYBE),
        value=draw(MAYBE),
        object_name=draw(TEXTS),
        raw=draw(TEXTS),
    )


@st.composite
def _named(draw: st.DrawFn) -> Case:
    """Diagnosed by the product, of people with hostile names and values."""
    one, other, own = draw(TEXTS), draw(TEXTS), draw(TEXTS)
    pair = draw(st.sampled_from([(keeper, loser), (keeper, both_primary), (None, both_primary)]))
    make_keeper, make_loser = pair
    failing = make_loser(
        ad={"name": other, "dn": draw(TEXTS)}, cloud={"name": own, "user_principal_name": own}
    )
    present = (failing,) if make_keeper is None else (make_keeper(ad={"name": one}), failing)
    return case(evidence(*present, gaps=draw(GAPS)))


def _written_earlier(proposal: Proposal, number: int) -> Done:
    """Each on an object of its own, so that each can be put back."""
    elsewhere = tuple(replace(step, guid=f"{number}") for step in proposal.steps)
    own = replace(proposal, id=f"p-{number}", steps=elsewhere)
    return Done(proposal=own, receipts=(receipt(proposal_id=own.id),), at=NOW)


@st.composite
def _beside(draw: st.DrawFn, made: Case) -> dict[str, Any]:
    """What people decided beside the state, with names and reasons that are typed by anybody."""
    name, later = draw(TEXTS), NOW + timedelta(days=draw(st.integers(0, 180)))
    over: dict[str, Any] = {}
    if draw(_COIN):
        over["owner"] = Owner(user=SlackUser("T0CONTOSO1", draw(TEXTS)), name=name, at=NOW)
    match draw(st.integers(0, 5)):
        case 0:
            over["snoozed"] = Snooze(at=NOW, by=name, until=draw(st.sampled_from([None, later])))
        case 1:
            over["ignored"] = Ignored(at=NOW, by=name, reason=draw(TEXTS), until=later)
        case 2 if made.proposals:
            who = Person(slack=SlackUser("T0CONTOSO1", "U0"), entra_id="e", name=name)
            last = made.proposals[-1]
            over["chosen"] = Choice(
                proposal_id=last.id, revision=1, plan_hash=last.plan_hash, by=who, at=NOW
            )
        case 3 if made.proposals:
            over["decision"] = decision(
                made,
                approvals=(approval(name=name),),
                reason=draw(TEXTS),
                break_glass=True,
            )
    return over


@st.composite
def cases(draw: st.DrawFn, state: State | None = None) -> Case:
    """In the given state, or in any."""
    made = draw(_named())
    state = state or draw(st.sampled_from(State))
    over: dict[str, Any] = {
        "state": state,
        "mode": draw(st.sampled_from(Mode)),
        "errors": tuple(draw(st.lists(_error(), max_size=7))),
        "timeline": tuple(draw(st.lists(MOMENTS, max_size=6))),
        "held": draw(st.none() | SAYS),
        "version": draw(st.integers(0, 10**9)),
        "first_seen": draw(st.sampled_from([None, NOW])),
        "verify_by": NOW + timedelta(hours=2),
    }
    if draw(st.booleans()):
        over["key"] = replace(made.key, value=draw(TEXTS), kind=draw(st.sampled_from(Kind)))
    if draw(_COIN) and made.evidence:
        over["evidence"] = replace(made.evidence, holders=tuple(draw(HOLDERS)))
    if draw(_COIN) and made.diagnosis:
        over["diagnosis"] = replace(
            made.diagnosis,
            runbooks=tuple(draw(st.lists(BOOKS, max_size=2)) * draw(_LONG)),
            scores=tuple(draw(st.lists(SCORES, max_size=2)) * draw(_LONG)),
            alert=draw(_COIN),
        )
    if draw(_COIN) and made.proposals:
        risk = draw(st.sampled_from(Risk))
        over["proposals"] = tuple(replace(p, risk=risk) for p in made.proposals)
    if draw(_COIN) and made.proposals:
        who = tuple(approval(name=draw(TEXTS)) for _ in range(draw(st.integers(1, 6))))
        over["decision"] = decision(made, approvals=who)
        over["receipts"] = (receipt(made, result=draw(st.sampled_from(WriteResult))),)
    if draw(_COIN) and made.proposals:
        earlier = replace(made.proposals[0], title=draw(SAYS))
        over["past"] = tuple(_written_earlier(earlier, n) for n in range(draw(st.integers(1, 5))))
    if draw(_COIN) and made.proposals:
        first = made.proposals[0]
        over["agreed"] = (
            Agreement(
                proposal_id=first.id,
                revision=made.revision,
                plan_hash=first.plan_hash,
                approval=approval(name=draw(TEXTS)),
                reason=draw(TEXTS),
            ),
        )
    over |= draw(_beside(made))
    if draw(st.integers(0, 9)) == 0:
        over |= {"diagnosis": None, "proposals": (), "evidence": None, "decision": None}
    return replace(made, **over)


@st.composite
def answers(draw: st.DrawFn) -> WhoHas:
    return WhoHas(
        asked=draw(TEXTS),
        value=draw(TEXTS),
        kind=draw(st.sampled_from(Kind)),
        holders=tuple(draw(HOLDERS)),
        gaps=draw(GAPS),
        searched=tuple(draw(st.lists(TEXTS, max_size=4))),
        close=tuple(draw(st.lists(TEXTS, max_size=5))),
        trouble=draw(st.none() | SAYS),
    )


@st.composite
def explanations(draw: st.DrawFn) -> Explained:
    pasted = st.builds(
        lambda e, attribute, dn: Pasted(error=e, attribute=attribute, dn=dn), _error(), TEXTS, TEXTS
    )
    examined = []
    for made in draw(st.lists(_named(), max_size=2)):
        assert made.evidence
        assert made.diagnosis
        book = runbook(
            Instruction(draw(SAYS), draw(TEXTS)),
            rank=1,
            risk=Risk.DESTRUCTIVE,
            title=draw(SAYS),
            because=draw(SAYS),
        )
        score = Score("ad:x", draw(TEXTS), (Term(draw(st.integers(-9, 9)), draw(SAYS)),))
        held_by = tuple(draw(st.lists(holders(), max_size=2))) * draw(st.sampled_from([1, 12]))
        told = replace(
            made.diagnosis,
            alert=draw(_COIN),
            runbooks=(book,) * draw(st.integers(0, 3)),
            scores=(score,) * draw(st.integers(0, 12)),
            why=(draw(SAYS),) * draw(st.integers(0, 12)),
        )
        examined.append(
            Examined(
                key=made.key,
                evidence=replace(made.evidence, holders=held_by),
                diagnosis=told,
                proposals=made.proposals * draw(st.integers(0, 3)),
                state=draw(st.sampled_from([None, made.state])),
            )
        )
    return Explained(
        errors=tuple(draw(st.lists(pasted, max_size=3)) * draw(st.integers(1, 5))),
        examined=tuple(examined) * draw(st.integers(1, 3)),
        notes=tuple(draw(st.lists(SAYS, max_size=3))),
        trouble=draw(st.sampled_from([None, None, draw(SAYS)])),
    )


__all__ = ["HOLDERS", "MOMENTS", "SAYS", "TEXTS", "VALUE", "answers", "cases", "explanations"]
