"""In: a situation. Out: C27, when a mail contact that was made in Exchange Online has what AD asks for.
Graph only reads such contacts: they are changed in Exchange Online or not at all.
Promise: pure; at most JUDGE.
"""

from bot.model import Diagnosis, Instruction, ObjectType, Risk, Runbook, Say
from bot.triage.cases.cloud_owner import (
    asks_for_it,
    by_hand_in_cloud,
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
from bot.triage.runbooks import delete, runbook
from bot.triage.situation import Situation, proxy


def recognise(situation: Situation) -> Finding | None:
    c = clash(situation)
    if c is None or not only_in_cloud(c.owner) or c.cloud.type is not ObjectType.CONTACT:
        return None
    value = situation.value
    ways = give_way(
        situation,
        c.asker,
        code="C27",
        rank=2,
        doubt=Say(
            "mail to {value} goes where the contact says; people have to want that",
            {"value": value},
            cites_of(c),
        ),
    )
    # what a contact is for is its main address: without that one it is nothing
    main = proxy(c.owner.cloud_claims, primary=True) is not None or c.cloud.mail == value
    diagnosis = Diagnosis(
        code="C27",
        title=Say("{value} belongs to a contact made in the cloud", {"value": value}),
        what=(
            Say(
                "A mail contact that somebody made in Exchange Online, {owner}, has {value}, "
                "so Entra left it off {name}.",
                gaps_of(c, value),
                (*cites_of(c), "err"),
            ),
        ),
        why=(kind_of(c), has_it(c, value), asks_for_it(c, value), *told_by_server(situation, c)),
        then=what_then(c, value, ways),
        keeper=c.cloud.ref,
        losers=(c.ad.ref,),
        runbooks=(_delete(c) if main else by_hand_in_cloud(c, value, rank=1), *ways.runbooks),
    )
    return Finding(diagnosis, ways.proposals)


def _delete(c: Clash) -> Runbook:
    return runbook(
        Instruction(
            Say(
                "Ask who uses the contact {owner}: it may stand in groups and in forwarding rules.",
                {"owner": c.owner.name},
                (c.cloud.ref,),
            )
        ),
        delete(c.cloud),
        rank=1,
        risk=Risk.DESTRUCTIVE,
        title=Say(
            "Remove the contact {owner} in Exchange Online",
            {"owner": c.owner.name},
            (c.cloud.ref,),
        ),
        because=Say("a contact that is deleted has no recycle bin", cites=(c.cloud.ref,)),
    )
