"""In: a situation. Out: C10, when the same external person stands in AD as a contact twice.
Across forests these are copies that a synchronization of address books made: it would make them again.
Promise: pure; no buttons: one copy is taken out of synchronization by those who make the copies.
"""

from bot.model import Holder, Instruction, ObjectType, Risk, Runbook, Say
from bot.triage.cases.finding import Finding
from bot.triage.cases.kinds import not_shown, pair_of
from bot.triage.cases.pairs import concluded, gave, places
from bot.triage.keeper import verdict
from bot.triage.runbooks import delta_sync, quoted, runbook
from bot.triage.situation import Situation, refs
from bot.triage.ways import Ways


def recognise(situation: Situation) -> Finding | None:
    pair = pair_of(situation, ObjectType.CONTACT, ObjectType.CONTACT)
    if pair is None:
        return None
    value = situation.value
    judged = verdict(situation, pair.both)
    one, other = pair.has.ad, pair.asks.ad
    why = [*places(pair.both, value), not_shown(pair)]
    if one and other and one.forest != other.forest:
        why.append(
            Say(
                "They live in two forests, {one} and {other}: copies of one address book in the other, most likely.",
                {"one": one.forest, "other": other.forest},
                pair.cites,
            )
        )
    return concluded(
        code="C10",
        title=Say("The same contact twice: {value}", {"value": value}),
        what=(
            Say(
                "{value} stands in AD as two contacts, {has} and {asks}.",
                {"has": pair.has.name, "asks": pair.asks.name, "value": value},
                (*pair.cites, "err"),
            ),
            gave(situation, pair.asks, pair.has),
        ),
        why=why,
        then=(
            Say(
                "Mail to {value} works. One of the two contacts should not be synchronized; the other one stays.",
                {"value": value},
                pair.cites,
            ),
        ),
        verdict=judged,
        ways=Ways(runbooks=tuple(r for h in judged.losers[:1] for r in _out_of_scope(h))),
    )


def _out_of_scope(copy: Holder) -> tuple[Runbook, ...]:
    ad = copy.ad
    if ad is None:
        return ()
    name, cites = {"name": copy.name, "forest": ad.forest, "dn": ad.dn}, refs(copy)
    return (
        runbook(
            Instruction(
                Say("Look at the copy in the forest {forest}: {dn}", name, cites),
                f"Get-ADObject -Identity {quoted(ad.guid)} -Properties mail, proxyAddresses, targetAddress, memberOf",
            ),
            Instruction(
                Say(
                    "Where such copies are made, leave this one out; otherwise it comes back. Then move it to an OU that "
                    "is not synchronized.",
                    cites=cites,
                )
            ),
            delta_sync(),
            rank=1,
            risk=Risk.JUDGE,
            title=Say(
                "Take the copy {name} in the forest {forest} out of synchronization", name, cites
            ),
            because=Say(
                "what synchronizes is decided where the copies are made, not in one attribute",
                cites=cites,
            ),
            undo=Say("Move it back; the next synchronization takes it again.", cites=cites),
        ),
    )
