"""In: a situation. Out: C03, when two synced users have the value as their sign-in name.
AD looks for such twins within one forest only, and not for those that replication brought: across forests they happen.
Promise: pure; always JUDGE, with what a new sign-in name breaks; says so when Entra will not follow by itself (C52).
"""

from collections.abc import Iterable

from bot.model import Holder, ObjectType, Say
from bot.triage.cases.finding import Finding
from bot.triage.cases.pairs import afterwards, concluded, places, signs, ways_of
from bot.triage.keeper import verdict
from bot.triage.risk import SIGN_IN
from bot.triage.situation import Sides, Situation, about_upn, has, refs, sides
from bot.triage.value import fold


def recognise(situation: Situation) -> Finding | None:
    pair = sides(situation)
    if pair is None or not any(about_upn([e]) for e in situation.errors):
        return None
    if any(h.type is not ObjectType.USER for h in pair.both):
        return None
    if not all(has(h.ad_claims, SIGN_IN) for h in pair.both):
        return None
    value = situation.value
    judged = verdict(situation, pair.both)
    return concluded(
        code="C03",
        title=Say("Two accounts use the sign-in name {value}", {"value": value}),
        what=_what(situation, pair),
        why=(*places(pair.both, value), *_where(pair), *signs(pair.both)),
        then=(*afterwards(situation, judged), *follows(situation, judged.losers)),
        verdict=judged,
        ways=ways_of(situation, judged, code="C03"),
    )


def _what(situation: Situation, pair: Sides) -> tuple[Say, ...]:
    value = situation.value
    current = pair.asks.cloud.user_principal_name if pair.asks.cloud else None
    gaps = {"asks": pair.asks.name, "has": pair.has.name, "value": value}
    first = Say(
        "{has} and {asks} both have the sign-in name {value}. In Entra it is {has} who signs in with it.",
        gaps,
        (*pair.cites, "err"),
    )
    if not current or fold(current) == value:
        return (first,)
    return (
        first,
        Say(
            "The cloud account of {asks} has the substitute name {current}, so {asks} cannot sign in with {value}.",
            {**gaps, "current": current},
            refs(pair.asks),
        ),
    )


def _where(pair: Sides) -> tuple[Say, ...]:
    one, other = pair.has.ad, pair.asks.ad
    if one is None or other is None or one.forest == other.forest:
        return ()
    return (
        Say(
            "They live in two forests, {one} and {other}; AD does not compare sign-in names across forests.",
            {"one": one.forest, "other": other.forest},
            pair.cites,
        ),
    )


def follows(situation: Situation, changed: Iterable[Holder]) -> tuple[Say, ...]:
    """Whether Entra takes a new sign-in name over by itself, for those with a licence."""
    flags = situation.evidence.tenant.flags
    said = []
    for holder in changed:
        if not has(holder.ad_claims, SIGN_IN) or holder.cloud is None or not holder.cloud.licensed:
            continue
        if flags.upn_changes_follow is False:
            said.append(
                Say(
                    "{name} has a licence, and this tenant does not take over new sign-in names of licensed people: "
                    "once AD is right, the name must be changed in Entra too (that is case C52).",
                    {"name": holder.name},
                    (*refs(holder), "flags"),
                )
            )
        elif flags.upn_changes_follow is None:
            said.append(
                Say(
                    "{name} has a licence. Whether this tenant takes over new sign-in names of licensed people was "
                    "not stated; if it does not, the name must be changed in Entra too.",
                    {"name": holder.name},
                    (*refs(holder), "flags"),
                )
            )
    return tuple(said)
