"""In: a situation. Out: C35, when the owner in the cloud is an administrator.
Entra never lets AD take over an administrator; somebody who tries to may be an attacker, so security is told.
Promise: pure; an alert; only where a role was really read; the administrator itself is never offered for a change.
"""

from bot.model import CloudObject, Diagnosis, Holder, Instruction, ObjectType, Risk, Runbook, Say
from bot.triage.cases.cloud_owner import (
    asks_for_it,
    cites_of,
    gaps_of,
    give_way,
    has_it,
    told_by_server,
)
from bot.triage.cases.finding import Finding
from bot.triage.clash import Clash, clash, likeness, roles_of
from bot.triage.runbooks import delete, delta_sync, nobody_needs, purge, runbook, show_user
from bot.triage.situation import Situation, export_error, refs


def recognise(situation: Situation) -> Finding | None:
    c = clash(situation)
    if c is not None and _is_administrator(situation, c.owner):
        return _asked_for(situation, c)
    if export_error(situation.errors, "InvalidHardMatch"):
        for holder in situation.evidence.holders:
            if holder.ad and holder.cloud and _is_administrator(situation, holder):
                return _taken_over(situation, holder, holder.cloud)
    return None


def _is_administrator(situation: Situation, holder: Holder) -> bool:
    cloud = holder.cloud
    return (
        cloud is not None
        and cloud.type is ObjectType.USER
        and cloud.synced is not True
        and cloud.deleted_at is None
        and bool(roles_of(situation.evidence, holder))
    )


def _asked_for(situation: Situation, c: Clash) -> Finding:
    value = situation.value
    cites = cites_of(c)
    ways = give_way(
        situation,
        c.asker,
        code="C35",
        doubt=Say("it is about an administrator: security has to look first", cites=(c.cloud.ref,)),
    )
    roles = roles_of(situation.evidence, c.owner) or ()
    like = likeness(c.ad, c.cloud)
    # another person's account must not be taken over, nor that of the asker removed for it
    take_over = like.same is not False
    diagnosis = Diagnosis(
        code="C35",
        title=Say("{value} belongs to an administrator in the cloud", {"value": value}),
        what=(
            Say(
                "{owner}, who has {value} in the cloud, is an administrator. Microsoft never lets AD take over "
                "administrators, so {name} did not get it.",
                gaps_of(c, value),
                (*cites, "err"),
            ),
        ),
        why=(
            _roles(c.owner, c.cloud, roles),
            has_it(c, value),
            asks_for_it(c, value),
            *like.reasons,
            *told_by_server(situation, c),
        ),
        then=(
            _tell_security(cites),
            Say(
                "Best is that the administrator stays cloud-only and {name} lets go of {value}.",
                gaps_of(c, value),
                cites,
            ),
        ),
        keeper=c.cloud.ref,
        losers=(c.ad.ref,),
        runbooks=(
            *ways.runbooks,
            *((_without_roles(c.cloud, roles, c.ad.anchor, c.twin, rank=2),) if take_over else ()),
        ),
        alert=True,
    )
    return Finding(diagnosis, ways.proposals)


def _taken_over(situation: Situation, holder: Holder, cloud: CloudObject) -> Finding:
    cites = refs(holder)
    anchor = holder.ad.anchor if holder.ad else ""
    roles = roles_of(situation.evidence, holder) or ()
    name = {"name": holder.name}
    return Finding(
        Diagnosis(
            code="C35",
            title=Say("AD tried to take over the administrator {name}", name),
            what=(
                Say(
                    "An object in AD carries the identity number of the cloud account {name}, which is an administrator. "
                    "Microsoft never lets AD take over administrators.",
                    name,
                    (*cites, "err"),
                ),
            ),
            why=(_roles(holder, cloud, roles),),
            then=(_tell_security(cites),),
            keeper=cloud.ref,
            runbooks=(_without_roles(cloud, roles, anchor, None, rank=1),),
            alert=True,
        )
    )


def _roles(holder: Holder, cloud: CloudObject, roles: tuple[str, ...]) -> Say:
    return Say(
        "{owner} holds or may take these roles: {roles}.",
        {"owner": holder.name, "roles": ", ".join(roles)},
        (cloud.ref,),
    )


def _tell_security(cites: tuple[str, ...]) -> Say:
    return Say(
        "Tell security: whoever may write to AD could try to become an administrator this way.",
        cites=(*cites, "err"),
    )


def _without_roles(
    cloud: CloudObject, roles: tuple[str, ...], anchor: str, twin: CloudObject | None, *, rank: int
) -> Runbook:
    cites = (cloud.ref,)
    return runbook(
        Instruction(
            Say(
                "Only when security agrees: take the roles off {owner} in Entra: {roles}.",
                {"owner": cloud.name, "roles": ", ".join(roles)},
                cites,
            )
        ),
        *((nobody_needs(twin), delete(twin), purge(twin)) if twin else ()),
        delta_sync(),
        show_user(cloud, anchor),
        Instruction(Say("Give {owner} the roles back.", {"owner": cloud.name}, cites)),
        rank=rank,
        risk=Risk.DESTRUCTIVE,
        title=Say(
            "Let AD take over {owner}, who is an administrator", {"owner": cloud.name}, cites
        ),
        because=Say(
            "roles are taken off and given back, and AD then rules over an administrator",
            cites=cites,
        ),
        undo=Say(
            "The roles can be given back; that AD rules over the account cannot be taken back.",
            cites=cites,
        ),
    )
