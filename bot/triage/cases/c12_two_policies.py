"""In: a situation. Out: C12, when Exchange policies of two domains made the same address before they had replicated.
The same alias in sibling domains, the addresses stamped within minutes on two domain controllers.
Promise: pure; an address that a policy writes is taken away with Exchange’s own command, not over LDAP.
"""

from datetime import timedelta

from bot.model import AdObject, AttributeStamp, Say
from bot.triage.cases.finding import Finding
from bot.triage.cases.kinds import is_extra, is_main
from bot.triage.cases.pairs import afterwards, concluded, gave, places, ways_of
from bot.triage.keeper import given, verdict
from bot.triage.situation import Sides, Situation, about_address, sides
from bot.triage.value import fold

REPLICATES_WITHIN = timedelta(minutes=15)


def recognise(situation: Situation) -> Finding | None:
    pair = sides(situation)
    if pair is None or not about_address(situation.errors):
        return None
    one, other = pair.has.ad, pair.asks.ad
    if one is None or other is None or not _made_by_twins(one, other, situation.value):
        return None
    stamps = (_stamp(one), _stamp(other))
    if stamps[0] is None or stamps[1] is None or stamps[0].dc == stamps[1].dc:
        return None
    apart = abs(stamps[0].changed_at - stamps[1].changed_at)
    if apart > REPLICATES_WITHIN:
        return None
    value = situation.value
    main, extra = [h for h in pair.both if is_main(h)], [h for h in pair.both if is_extra(h)]
    judged = (
        given(situation, pair.both, keeper=main[0])
        if len(main) == 1 and len(extra) == 1
        else verdict(situation, pair.both)
    )
    gaps = {
        "alias": one.mail_nickname or "",
        "minutes": str(int(apart.total_seconds()) // 60),
        "one": stamps[0].dc,
        "other": stamps[1].dc,
    }
    return concluded(
        code="C12",
        title=Say("Two Exchange policies made the same address {value}", {"value": value}),
        what=(
            Say(
                "{has} and {asks} live in two domains and have the same alias, {alias}. Exchange gave both the address "
                "{value} before the domains had replicated.",
                {"has": pair.has.name, "asks": pair.asks.name, "value": value, **gaps},
                (*pair.cites, "err"),
            ),
            gave(situation, pair.asks, pair.has),
        ),
        why=(
            Say(
                "Their addresses were written {minutes} minutes apart, on {one} and {other}.",
                gaps,
                pair.cites,
            ),
            *places(pair.both, value),
        ),
        then=(*afterwards(situation, judged), *_one_at_a_time(pair)),
        verdict=judged,
        ways=ways_of(situation, judged, code="C12"),
    )


def _made_by_twins(one: AdObject, other: AdObject, value: str) -> bool:
    """By template: the local part is the alias of both. At least one of them is still under a policy."""
    alias = fold(one.mail_nickname or "")
    same = bool(alias) and alias == fold(other.mail_nickname or "")
    templated = fold(value.rpartition("@")[0]) == alias
    apart = _domain(one) != _domain(other)
    return same and templated and apart and (one.address_policy or other.address_policy)


def _domain(ad: AdObject) -> tuple[str, str]:
    dn = ad.dn.lower()
    start = dn.find(",dc=")
    return ad.forest, dn[start:] if start >= 0 else ""


def _stamp(ad: AdObject) -> AttributeStamp | None:
    return next((s for s in ad.stamps if s.attribute == "proxyAddresses"), None)


def _one_at_a_time(pair: Sides) -> tuple[Say, ...]:
    return (
        Say(
            "Change one of the two, wait until the domains have replicated, and only then apply the policy again.",
            cites=pair.cites,
        ),
    )
