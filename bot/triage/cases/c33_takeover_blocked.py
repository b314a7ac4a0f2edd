"""In: a situation. Out: C33, when a switch of the tenant keeps AD from taking a known account back.
Promise: pure; the switch is a runbook; what is not known about it, or about roles, is said.
"""

from bot.model import Diagnosis, Flags, Holder, ObjectType, Risk, Runbook, Say
from bot.triage.cases.finding import Finding
from bot.triage.clash import roles_unknown
from bot.triage.runbooks import HARD_MATCH, delta_sync, runbook, set_flag, show_user
from bot.triage.situation import Situation, export_error, refs


def recognise(situation: Situation) -> Finding | None:
    if not export_error(situation.errors, "InvalidHardMatch"):
        return None
    flags = situation.evidence.tenant.flags
    if flags.hard_match_blocked is False:
        return None  # then it is something else that nobody has told
    waiting = waiting_for_takeover(situation)
    if len(waiting) != 1:
        return None
    [holder] = waiting
    ad, cloud = holder.ad, holder.cloud
    if ad is None or cloud is None:
        return None
    cites = refs(holder)
    name = {"name": holder.name}
    roles = roles_unknown(situation.evidence, holder)
    return Finding(
        Diagnosis(
            code="C33",
            title=Say("{name} is not connected to its cloud account again", name),
            what=(
                Say(
                    "The cloud account {name} is not synchronized any more. The AD object carries its identity number, "
                    "but a safety switch of the tenant keeps Entra from connecting the two again."
                    if flags.hard_match_blocked
                    else "The cloud account {name} is not synchronized any more. The AD object carries its identity "
                    "number, but Entra refused to connect the two; usually a safety switch of the tenant does that.",
                    name,
                    (*cites, "err", "flags"),
                ),
            ),
            why=(
                Say(
                    "Both carry the identity number {anchor}.",
                    {"anchor": ad.anchor},
                    cites,
                ),
                _switch(flags),
                *((roles,) if roles else ()),
            ),
            then=(
                Say(
                    "{name} stays without changes from AD until people let the two be connected.",
                    name,
                    cites,
                ),
            ),
            runbooks=(_for_a_while(situation, holder),),
        )
    )


def waiting_for_takeover(situation: Situation) -> tuple[Holder, ...]:
    """Users whose AD object carries the identity number of a cloud account that is not synchronized."""
    return tuple(
        h
        for h in situation.evidence.holders
        if h.ad
        and h.cloud
        and h.cloud.type is ObjectType.USER
        and h.cloud.synced is not True
        and h.cloud.anchor
        and h.cloud.anchor == h.ad.anchor
    )


def _switch(flags: Flags) -> Say:
    if flags.hard_match_blocked:
        return Say(
            "Hard match is blocked for the tenant (BlockCloudObjectTakeoverThroughHardMatch, as stated on {when}).",
            {"when": flags.stated_on or Say("an unknown day")},
            ("flags",),
        )
    return Say(
        "Whether hard match is blocked (BlockCloudObjectTakeoverThroughHardMatch) was not stated in the settings.",
        cites=("flags",),
    )


def _for_a_while(situation: Situation, holder: Holder) -> Runbook:
    tenant = situation.evidence.tenant.tenant
    cites = refs(holder)
    check = (show_user(holder.cloud, holder.ad.anchor),) if holder.cloud and holder.ad else ()
    return runbook(
        set_flag(tenant, HARD_MATCH, on=False),
        delta_sync(),
        set_flag(tenant, HARD_MATCH, on=True),
        *check,
        rank=1,
        risk=Risk.DESTRUCTIVE,
        title=Say("Open the switch for one synchronization", cites=("flags",)),
        because=Say(
            "while the switch is open anybody who may write to AD can take over cloud accounts",
            cites=("flags",),
        ),
        undo=Say(
            "The switch goes back on; that AD took the account over cannot be taken back.",
            cites=cites,
        ),
    )
