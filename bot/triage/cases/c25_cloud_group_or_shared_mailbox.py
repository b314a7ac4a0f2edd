"""In: a situation. Out: C25, when a group or a shared mailbox that was made in the cloud has what AD asks for.
Promise: pure; never suggests that the two become one: they are of different kinds.
"""

from bot.model import Diagnosis, ObjectType, Say
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
from bot.triage.clash import Clash, clash, likeness, only_in_cloud
from bot.triage.situation import Situation, proxy


def recognise(situation: Situation) -> Finding | None:
    c = clash(situation)
    if c is None or not only_in_cloud(c.owner):
        return None
    group = c.cloud.type is ObjectType.GROUP
    if not group and not _is_shared_mailbox(c):
        return None
    value = situation.value
    ways = give_way(situation, c.asker, code="C25")
    kind = (
        kind_of(c)
        if group
        else Say(
            "{owner} has an address, no licence and no sign-in: that is how a shared mailbox looks.",
            {"owner": c.owner.name},
            (c.cloud.ref,),
        )
    )
    diagnosis = Diagnosis(
        code="C25",
        title=Say(
            "{value} belongs to a group in the cloud"
            if group
            else "{value} belongs to a shared mailbox in the cloud",
            {"value": value},
        ),
        what=(
            Say(
                "The group {owner}, made in the cloud, already uses {value}, so Entra left it off {name}."
                if group
                else "The shared mailbox {owner}, made in the cloud, already uses {value}, so Entra left it off {name}.",
                gaps_of(c, value),
                (*cites_of(c), "err"),
            ),
        ),
        why=(kind, has_it(c, value), asks_for_it(c, value), *told_by_server(situation, c)),
        then=what_then(c, value, ways),
        keeper=c.cloud.ref,
        losers=(c.ad.ref,),
        runbooks=(*ways.runbooks, by_hand_in_cloud(c, value, rank=2)),
    )
    return Finding(diagnosis, ways.proposals)


def _is_shared_mailbox(c: Clash) -> bool:
    """Nobody signs in to it and nobody pays for it, yet it has a main address: a person's old account is C23."""
    cloud = c.cloud
    return (
        cloud.type is ObjectType.USER
        and not cloud.guest
        and cloud.licensed is False
        and cloud.enabled is False
        and (bool(cloud.mail) or proxy(c.owner.cloud_claims, primary=True) is not None)
        and likeness(c.ad, cloud).same is not True
    )
