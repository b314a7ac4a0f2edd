"""In: a situation. Out: C26, when a guest of another organisation has the address that an AD object asks for.
Typical: somebody outside was invited as a guest first, and entered as a contact in AD later.
Promise: pure; at most JUDGE; that the guest goes is a runbook, for its access goes with it.
"""

from bot.model import Diagnosis, Instruction, ObjectType, Risk, Runbook, Say
from bot.triage.cases.cloud_owner import (
    asks_for_it,
    cites_of,
    gaps_of,
    give_way,
    has_it,
    kind_of,
    told_by_server,
    what_then,
)
from bot.triage.cases.finding import Finding
from bot.triage.clash import Clash, clash, only_in_cloud
from bot.triage.runbooks import delete, delta_sync, runbook, take_out
from bot.triage.situation import Situation


def recognise(situation: Situation) -> Finding | None:
    c = clash(situation)
    if c is None or not only_in_cloud(c.owner) or not c.cloud.guest:
        return None
    value = situation.value
    ways = give_way(
        situation,
        c.asker,
        code="C26",
        doubt=Say(
            "{name} and the guest may be the same person", {"name": c.asker.name}, cites_of(c)
        ),
    )
    diagnosis = Diagnosis(
        code="C26",
        title=Say("{value} belongs to a guest", {"value": value}),
        what=(
            Say(
                "{owner} was invited as a guest and has {value} in Entra, so Entra left it off {name}.",
                gaps_of(c, value),
                (*cites_of(c), "err"),
            ),
        ),
        why=(
            kind_of(c),
            has_it(c, value),
            asks_for_it(c, value),
            *told_by_server(situation, c),
        ),
        then=what_then(c, value, ways),
        keeper=c.cloud.ref,
        losers=(c.ad.ref,),
        runbooks=(*ways.runbooks, *_out_of_scope(c), _without_guest(c)),
    )
    return Finding(diagnosis, ways.proposals)


def _out_of_scope(c: Clash) -> tuple[Runbook, ...]:
    """A contact is there for its address alone: without it, it need not be in Entra."""
    if c.asker.type is not ObjectType.CONTACT:
        return ()
    return (
        runbook(
            take_out(c.ad),
            delta_sync(),
            rank=2,
            risk=Risk.JUDGE,
            title=Say(
                "Keep the guest, and take the contact {name} out of synchronization",
                {"name": c.asker.name},
                (c.ad.ref,),
            ),
            because=Say("the bot moves no objects in AD", cites=(c.ad.ref,)),
            undo=Say("Move the contact back: {dn}", {"dn": c.ad.dn}, (c.ad.ref,)),
        ),
    )


def _without_guest(c: Clash) -> Runbook:
    return runbook(
        Instruction(
            Say(
                "Ask what {owner} has access to: teams, sites and files shared with the guest are lost with it.",
                {"owner": c.owner.name},
                (c.cloud.ref,),
            )
        ),
        delete(c.cloud),
        delta_sync(),
        rank=3,
        risk=Risk.DESTRUCTIVE,
        title=Say("Remove the guest {owner}", {"owner": c.owner.name}, (c.cloud.ref,)),
        because=Say("deleting an account takes its access away", cites=(c.cloud.ref,)),
        undo=Say(
            "For 30 days the guest can be restored from Entra’s recycle bin.", cites=(c.cloud.ref,)
        ),
    )
