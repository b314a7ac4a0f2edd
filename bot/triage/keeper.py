"""In: holders of one value, and the company's weights. Out: how strong each one's claim on it is, term by term.
The terms are those of the case catalogue; every one that counted is a sentence that a reader can check.
Promise: pure; nothing counts that was not read; a small lead is a question to people, not an answer.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.model import AttributeStamp, Holder, ObjectType, Say, Score, Term, mark
from bot.triage.policy import Policy
from bot.triage.scope import scope_of
from bot.triage.situation import Situation, is_shared_mailbox, refs, served
from bot.triage.value import fold


def scores(
    holders: Sequence[Holder], value: str, *, policy: Policy, now: datetime
) -> tuple[Score, ...]:
    """Best first. Ties stand in the order the holders came."""
    longest = _longest(holders)
    found = [_score(h, value, policy=policy, now=now, longest=h is longest) for h in holders]
    return tuple(sorted(found, key=lambda s: -s.total))


def keeper_of(
    holders: Sequence[Holder], value: str, *, policy: Policy, now: datetime
) -> tuple[Holder | None, tuple[Score, ...]]:
    """The one who should keep the value, or None when the lead is too small to say so."""
    ranked = scores(holders, value, policy=policy, now=now)
    if not ranked:
        return None, ()
    lead = ranked[0].total - ranked[1].total if len(ranked) > 1 else policy.weights.confident
    if lead < policy.weights.confident:
        return None, ranked
    return next(h for h in holders if refs(h)[:1] == (ranked[0].ref,)), ranked


@dataclass(frozen=True, slots=True)
class Verdict:
    """`losers` stand with the weakest claim first. Without a keeper all of them are losers, each only perhaps."""

    keeper: Holder | None
    losers: tuple[Holder, ...]
    scores: tuple[Score, ...]
    doubt: Say | None = None  # why nothing about this is SAFE, as half a sentence
    question: Say | None = None  # the same as a sentence

    @property
    def keeper_ref(self) -> str | None:
        return self.keeper.ad.ref if self.keeper and self.keeper.ad else None

    @property
    def loser_refs(self) -> tuple[str, ...]:
        return tuple(h.ad.ref for h in self.losers if h.ad)


def verdict(situation: Situation, holders: Sequence[Holder]) -> Verdict:
    """Where who keeps it is a judgement: by the score, or openly undecided."""
    keeper, ranked = keeper_of(holders, situation.value, policy=situation.policy, now=situation.now)
    losers = tuple(h for h in weakest_first(holders, ranked) if h is not keeper)
    if keeper is not None:
        return Verdict(keeper, losers, ranked)
    return undecided(situation, losers, ranked)


def given(situation: Situation, holders: Sequence[Holder], *, keeper: Holder) -> Verdict:
    """Where the kind of case says who keeps it. The scores are shown all the same; should they speak for somebody
    else, that is a doubt.
    """
    ranked = scores(holders, situation.value, policy=situation.policy, now=situation.now)
    losers = tuple(h for h in weakest_first(holders, ranked) if h is not keeper)
    points = {s.ref: s.total for s in ranked}
    own, best = points[_first(keeper)], losers[-1]
    if points[_first(best)] <= own:
        return Verdict(keeper, losers, ranked, _not_in_use(keeper, losers))
    gaps = {
        "other": best.name,
        "keeper": keeper.name,
        "value": situation.value,
        "most": str(points[_first(best)]),
        "fewer": str(own),
    }
    cites = (*refs(best), *refs(keeper))
    return Verdict(
        keeper,
        losers,
        ranked,
        Say("more speaks for {other} keeping {value} than for {keeper}", gaps, cites),
        Say(
            "Look twice: {other} has {most} points for keeping {value}, {keeper} only {fewer}.",
            gaps,
            cites,
        ),
    )


def _not_in_use(keeper: Holder, losers: Sequence[Holder]) -> Say | None:
    """Disabled a few days ago, and somebody who works here has the value too: perhaps it was handed on."""
    off = keeper.ad is not None and keeper.ad.enabled is False and not is_shared_mailbox(keeper)
    if not off or not any(h.ad and h.ad.enabled for h in losers):
        return None
    return Say("the account of {keeper} is disabled", {"keeper": keeper.name}, refs(keeper))


def undecided(
    situation: Situation, losers: tuple[Holder, ...], ranked: tuple[Score, ...]
) -> Verdict:
    """Nobody is called the keeper; `losers` come in the order in which they are offered."""
    first, second = ranked[0], ranked[1]
    gaps = {
        "value": situation.value,
        "first": first.name,
        "most": str(first.total),
        "second": second.name,
        "next": str(second.total),
    }
    cites = tuple(r for h in losers for r in refs(h))
    return Verdict(
        None,
        losers,
        ranked,
        Say("it is not clear who should keep {value}", gaps, cites),
        Say(
            "Who should keep {value} is for people to say: {first} has {most} points for it, {second} {next}. "
            "The bot takes no side.",
            gaps,
            cites,
        ),
    )


def weakest_first(holders: Sequence[Holder], ranked: Sequence[Score]) -> tuple[Holder, ...]:
    points = {s.ref: s.total for s in ranked}
    return tuple(sorted(holders, key=lambda h: (points[_first(h)], bool(served(h)), _age(h))))


def _first(holder: Holder) -> str:
    return next(iter(refs(holder)), "")


def _age(holder: Holder) -> float:
    """The younger one first, when all else is equal."""
    born = holder.ad.created_at if holder.ad else None
    return -born.timestamp() if born else 0.0


def _score(holder: Holder, value: str, *, policy: Policy, now: datetime, longest: bool) -> Score:
    reasons = [*_of_use(holder, value, policy, now), *_of_place(holder, value, policy, now)]
    if longest:
        reasons.append(
            (policy.weights.longer, mark("the addresses of {name} were changed longest ago"), "")
        )
    terms = tuple(
        Term(
            points,
            Say(text, {"name": holder.name, "value": value, "when": when}, refs(holder)),
        )
        for points, text, when in reasons
    )
    return Score(next(iter(refs(holder)), ""), holder.name, terms)


_Reason = tuple[int, str, str]  # points, sentence, a date where the sentence has one


def _of_use(holder: Holder, value: str, policy: Policy, now: datetime) -> Iterator[_Reason]:
    """Is it somebody's, and does it work for them?"""
    ad, cloud, weights = holder.ad, holder.cloud, policy.weights
    if (ad and ad.mailbox) or (cloud and cloud.licensed and cloud.mail):
        yield weights.mailbox, mark("{name} has a mailbox"), ""
    if any(c.primary for c in (*holder.ad_claims, *holder.cloud_claims)):
        yield weights.main, mark("{value} is the main address or the sign-in name of {name}"), ""
    if ad and ad.last_logon_at and now - ad.last_logon_at <= policy.active_within:
        when = f"{ad.last_logon_at:%Y-%m-%d}"
        yield weights.active, mark("{name} signed in to AD on or after {when}"), when
    if served(holder):
        yield weights.owner_now, mark("in Entra {value} works for {name} today"), ""
    if _is_own_name(holder, value):
        yield weights.own_name, mark("{value} looks like the name of {name}"), ""


def _of_place(holder: Holder, value: str, policy: Policy, now: datetime) -> Iterator[_Reason]:  # noqa: ARG001 - both halves are asked alike
    """What kind of object it is, and in what state."""
    ad, cloud, weights = holder.ad, holder.cloud, policy.weights
    if ad.enabled if ad else cloud and cloud.enabled:
        yield weights.enabled, mark("the account of {name} is enabled"), ""
    if holder.type is ObjectType.CONTACT:
        yield weights.contact, mark("{name} is a contact"), ""
    if ad is None:
        return
    off = (
        ad.enabled is False and not ad.mailbox
    )  # with a mailbox: a shared one, disabled on purpose
    if off and ad.changed_at and now - ad.changed_at >= policy.long_disabled_after:
        when = f"{ad.changed_at:%Y-%m-%d}"
        yield weights.long_disabled, mark("{name} is disabled and unchanged since {when}"), when
    if scope_of(ad, policy.sync_ous).synced is False:
        yield weights.out_of_scope, mark("{name} is not synchronized"), ""


def _is_own_name(holder: Holder, value: str) -> bool:
    local = fold(value.partition("@")[0])
    ad, cloud = holder.ad, holder.cloud
    own = {fold(ad.mail_nickname or ""), fold(ad.sam_account_name or "")} if ad else set()
    own |= {fold(cloud.mail_nickname or "")} if cloud else set()
    name = fold(holder.name).replace(" ", ".")
    return bool(local) and (local in own - {""} or local in {name, name.replace(".", "")})


def _longest(holders: Sequence[Holder]) -> Holder | None:
    """By replication metadata: weak, for it says when any address of the object changed, not this one."""
    stamped = [(s.changed_at, h) for h in holders if (s := _stamp(h))]
    if len(stamped) < 2:
        return None
    stamped.sort(key=lambda pair: pair[0])
    return stamped[0][1] if stamped[0][0] < stamped[1][0] else None


def _stamp(holder: Holder) -> AttributeStamp | None:
    if holder.ad is None:
        return None
    wanted = {c.attribute for c in holder.ad_claims}
    found = [s for s in holder.ad.stamps if s.attribute in wanted]
    return max(found, key=lambda s: s.changed_at) if found else None
