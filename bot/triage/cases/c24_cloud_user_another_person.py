"""In: a situation. Out: C24, when a cloud-only account of another person has what an AD object asks for.
Promise: pure; SAFE only where one extra address goes that Entra never gave, and its owner surely uses it.
"""

from bot.model import Diagnosis, ObjectType, Say
from bot.triage.cases.cloud_owner import (
    asks_for_it,
    cites_of,
    gaps_of,
    give_way,
    has_it,
    kind_of,
    other_way_round,
    told_by_server,
    what_then,
)
from bot.triage.cases.finding import Finding
from bot.triage.clash import Clash, Likeness, clash, likeness, only_in_cloud, roles_unknown
from bot.triage.situation import Situation


def recognise(situation: Situation) -> Finding | None:
    c = clash(situation)
    if c is None or not only_in_cloud(c.owner) or c.cloud.guest:
        return None
    if c.cloud.type is not ObjectType.USER:
        return None
    like = likeness(c.ad, c.cloud)
    if like.same:
        return None
    value = situation.value
    roles = roles_unknown(situation.evidence, c.owner)
    ways = give_way(situation, c.asker, code="C24", doubt=_doubt(c, like) or roles)
    renamed, by_hand = other_way_round(situation, c, code="C24", rank=2)
    diagnosis = Diagnosis(
        code="C24",
        title=Say("{value} belongs to a cloud-only account", {"value": value}),
        what=(
            Say(
                "A cloud-only account of another person, {owner}, uses {value}, so Entra left it off {name}."
                if like.same is False
                else "A cloud-only account, {owner}, uses {value}, so Entra left it off {name}.",
                gaps_of(c, value),
                (*cites_of(c), "err"),
            ),
        ),
        why=(
            kind_of(c),
            has_it(c, value),
            asks_for_it(c, value),
            *like.reasons,
            *told_by_server(situation, c),
            *((roles,) if roles else ()),
        ),
        then=what_then(c, value, ways, gives_way=renamed),
        keeper=c.cloud.ref,
        losers=(c.ad.ref,),
        runbooks=(*ways.runbooks, *by_hand),
    )
    return Finding(diagnosis, (*ways.proposals, *((renamed,) if renamed else ())))


def _doubt(c: Clash, like: Likeness) -> Say | None:
    cites = (c.ad.ref, c.cloud.ref)
    if like.same is None:
        return Say("it is not sure that the two are different people", cites=cites)
    if c.cloud.enabled is not True:
        return Say(
            "the account of {owner} is not in use, so perhaps it should be the one to let go",
            {"owner": c.owner.name},
            cites,
        )
    return None
