"""In: a situation. Out: C22, when three or more objects of AD hold the value.
One keeps it, each other one lets go by a proposal of its own: one object, one change, looked at anew after each.
Promise: pure; nothing is proposed for what is not synchronized; without a clear keeper nothing is SAFE.
"""

from bot.model import Holder, Say
from bot.triage.cases.finding import Finding
from bot.triage.cases.kinds import is_main
from bot.triage.cases.pairs import afterwards, concluded, places, signs, ways_of
from bot.triage.keeper import Verdict, given, verdict
from bot.triage.situation import (
    Situation,
    about_either,
    comes_from_ad,
    is_conflict,
    owned_elsewhere,
    parties_of,
    refs,
    served,
)


def recognise(situation: Situation) -> Finding | None:
    parties = parties_of(situation)
    if len(parties) < 3 or not situation.errors or not is_conflict(situation.errors):
        return None
    if not about_either(situation.errors) or owned_elsewhere(situation, parties):
        return None
    failing = {e.object_id for e in situation.errors}
    synced = [h for h in parties if comes_from_ad(h)]
    owners = [h for h in synced if served(h)]
    asking = [h for h in synced if h.cloud and h.cloud.id in failing]
    if len(owners) != 1 or not asking or owners[0] in asking or len(synced) < 2:
        return None
    owner, value = owners[0], situation.value
    judged = _judged(situation, synced)
    cites = tuple(r for h in parties for r in refs(h))
    return concluded(
        code="C22",
        title=Say("{number} objects hold {value}", {"number": str(len(parties)), "value": value}),
        what=(
            Say(
                "{names} all hold {value}. An address can belong to one object only.",
                {"names": ", ".join(h.name for h in parties), "value": value},
                (*cites, "err"),
            ),
            Say(
                "Entra gave {value} to {owner} and left it off the others.",
                {"value": value, "owner": owner.name},
                cites,
            ),
        ),
        why=(*places(parties, value), *signs(synced), *_apart(parties)),
        then=(
            *afterwards(situation, judged),
            Say(
                "Each change is one object and is approved by itself. After each one the bot looks at all of them "
                "again; only changes that are safe each by itself may be approved together.",
                cites=cites,
            ),
        ),
        verdict=judged,
        ways=ways_of(situation, judged, code="C22"),
    )


def _judged(situation: Situation, synced: list[Holder]) -> Verdict:
    main = [h for h in synced if is_main(h)]
    if len(main) == 1:
        return given(situation, synced, keeper=main[0])
    return verdict(situation, synced)


def _apart(parties: tuple[Holder, ...]) -> tuple[Say, ...]:
    return tuple(
        Say(
            "{name} was not found on both sides: as long as it is not synchronized, it takes no part.",
            {"name": h.name},
            refs(h),
        )
        for h in parties
        if not comes_from_ad(h)
    )
