"""In: a situation. Out: C17, when two accounts carry the same chat address (SIP), as Skype left it.
Entra does not set it aside: the sync server is refused the whole change, so only it tells of this.
Promise: pure; never SAFE; both chat attributes of one object go together or not at all.
"""

from bot.model import Change, Claim, Holder, Instruction, ObjectType, Risk, Say
from bot.triage.byhand import ad_command
from bot.triage.cases.finding import Finding
from bot.triage.cases.pairs import afterwards, concluded, places, signs
from bot.triage.keeper import verdict
from bot.triage.runbooks import delta_sync, runbook
from bot.triage.situation import (
    Situation,
    comes_from_ad,
    export_error,
    refs,
)
from bot.triage.value import fold
from bot.triage.ways import Ways, from_changes

_FIELD = "msRTCSIP-PrimaryUserAddress"


def recognise(situation: Situation) -> Finding | None:
    errors = situation.errors
    if not errors or not export_error(errors, "AttributeValueMustBeUnique"):
        return None
    if any(fold(e.attribute or "") not in {"sipproxyaddress", "sipproxyaddresses"} for e in errors):
        return None
    parties = tuple(h for h in situation.in_ad if h.ad and not h.ad.conflict and _chats(h))
    if len(parties) != 2 or any(h.type is not ObjectType.USER for h in parties):
        return None
    if not any(comes_from_ad(h) for h in parties):
        return None
    value = situation.value
    one, other = parties
    judged = verdict(situation, parties)
    found = Ways()
    for loser in judged.losers:
        found += _drop(situation, loser, judged.doubt)
    return concluded(
        code="C17",
        title=Say("Two accounts carry the chat address {value}", {"value": value}),
        what=(
            Say(
                "{one} and {other} carry the same chat address, {value}, left from Skype. "
                "The sync server is refused the change until only one of them does.",
                {"one": one.name, "other": other.name, "value": value},
                (*refs(one), *refs(other), "err"),
            ),
        ),
        why=(*places(parties, value), *signs(parties)),
        then=afterwards(situation, judged),
        verdict=judged,
        ways=found,
    )


def _chats(holder: Holder) -> tuple[Claim, ...]:
    return tuple(
        c for c in holder.ad_claims if c.attribute == _FIELD or fold(c.value).startswith("sip:")
    )


def _drop(situation: Situation, loser: Holder, doubt: Say | None) -> Ways:
    ad = loser.ad
    if ad is None:
        return Ways()
    by_attribute: dict[str, tuple[str, ...]] = {}
    for claim in _chats(loser):
        known = by_attribute.get(claim.attribute, ())
        by_attribute[claim.attribute] = tuple(dict.fromkeys((*known, claim.value)))
    changes = tuple(Change(a, delete=v) for a, v in by_attribute.items())
    title = Say(
        "Take the chat address {value} off {name}",
        {"value": situation.value, "name": loser.name},
        refs(loser),
    )
    if _FIELD not in by_attribute:
        return from_changes(situation, loser, changes, code="C17", title=title, doubt=doubt)
    cites = refs(loser)
    by_hand = runbook(
        Instruction(
            Say(
                "Take both places off in one change: one that is left brings the other back.",
                cites=cites,
            ),
            ad_command(ad, changes),
        ),
        delta_sync(),
        rank=1,
        risk=Risk.JUDGE,
        title=title,
        because=Say(
            "msRTCSIP-PrimaryUserAddress is not an attribute that the bot writes", cites=cites
        ),
        undo=Say("The same command with -Add instead of -Remove.", cites=cites),
    )
    return Ways(runbooks=(by_hand,))
