"""In: a situation. Out: C21, when two mailboxes have the same routing address (`…@tenant.mail.onmicrosoft.com`).
Exchange sends mail from on-premises to the cloud by it; with two of them it may reach the wrong person.
Promise: pure; JUDGE; the address and targetAddress change together in one modify; it is replaced, never only removed.
"""

from collections.abc import Iterator

from bot.model import Change, Holder, Say
from bot.triage.cases.finding import Finding
from bot.triage.cases.pairs import afterwards, concluded, gave, places
from bot.triage.keeper import Verdict, scores
from bot.triage.naming import first_free, is_routing, routing_names
from bot.triage.risk import SIGN_IN
from bot.triage.situation import Sides, Situation, about_address, has, refs, sides
from bot.triage.value import bare_of, fold
from bot.triage.ways import Ways, from_changes


def recognise(situation: Situation) -> Finding | None:
    pair = sides(situation)
    if pair is None or not about_address(situation.errors) or not is_routing(situation.value):
        return None
    value = situation.value
    keeper, later = _later_gives_way(pair)
    ranked = scores(pair.both, value, policy=situation.policy, now=situation.now)
    gaps = {"has": pair.has.name, "asks": pair.asks.name, "value": value}
    found = _new_route(situation, later)
    return concluded(
        code="C21",
        title=Say("Two mailboxes have the routing address {value}", {"value": value}),
        what=(
            Say(
                "{has} and {asks} have the same hidden routing address, {value}: mail from on-premises to one of them "
                "may reach the other.",
                gaps,
                (*pair.cites, "err"),
            ),
            gave(situation, pair.asks, pair.has),
        ),
        why=places(pair.both, value),
        then=(
            *afterwards(situation, Verdict(keeper, (later,), ranked)),
            Say(
                "Until the new address has reached Exchange Online (one sync), mail for {later} from on-premises waits "
                "or comes back.",
                {"later": later.name},
                refs(later),
            ),
        ),
        verdict=Verdict(keeper, (later,), ranked),
        ways=found,
    )


def _later_gives_way(pair: Sides) -> tuple[Holder, Holder]:
    """(the one that stays, the younger one); without two dates the one that Entra refused counts as the younger."""
    has, asks = pair.has, pair.asks
    born = [h.ad.created_at if h.ad else None for h in (has, asks)]
    if born[0] and born[1] and born[0] > born[1]:
        return asks, has
    return has, asks


def _new_route(situation: Situation, later: Holder) -> Ways:
    evidence = situation.evidence
    if has(later.ad_claims, SIGN_IN):
        return Ways(
            missing=(
                Say(
                    "{name} even signs in with {value}: somebody has to see first how that came to be.",
                    {"name": later.name, "value": situation.value},
                    refs(later),
                ),
            )
        )
    new = first_free(evidence, later, routing_names(evidence, later, situation.policy))
    if new is None:
        return Ways(
            missing=(
                Say(
                    "{name} needs another routing address before {value} can go, and none was found that is known to "
                    "be free.",
                    {"name": later.name, "value": situation.value},
                    refs(later),
                ),
            )
        )
    return from_changes(
        situation,
        later,
        tuple(_changes(later, new)),
        code="C21",
        title=Say(
            "Give {name} the routing address {new} instead of {value}",
            {"name": later.name, "new": new, "value": situation.value},
        ),
    )


def _changes(later: Holder, new: str) -> Iterator[Change]:
    """Each value keeps its type: main stays main, extra stays extra."""
    claims = [
        c
        for c in later.ad_claims
        if c.attribute == "proxyAddresses" and fold(c.value).startswith("smtp:")
    ]
    if claims:
        yield Change(
            "proxyAddresses",
            delete=tuple(dict.fromkeys(c.value for c in claims)),
            add=tuple(_same_type(c.value, new) for c in claims)[:1],
        )
    for claim in later.ad_claims:
        if claim.attribute in {"targetAddress", "mail"}:
            yield Change(
                claim.attribute, delete=(claim.value,), add=(_same_type(claim.value, new),)
            )


def _same_type(stored: str, new: str) -> str:
    prefix, _ = bare_of(stored)
    return f"{stored[: len(prefix)]}:{new}" if prefix else new
