"""In: a situation. Out: C23, when a person had a cloud account already and the two were never joined.
The card says which reason kept them apart, as far as it was read; the way back together is a runbook.
Promise: pure; at most JUDGE: whether somebody keeps two accounts is for people to say.
"""

from collections.abc import Iterator
from datetime import datetime

from bot.model import Diagnosis, Flags, Instruction, ObjectType, Risk, Runbook, Say
from bot.triage.cases.cloud_owner import (
    asks_for_it,
    cites_of,
    gaps_of,
    give_way,
    has_it,
    kind_of,
    told_by_server,
)
from bot.triage.cases.finding import Finding
from bot.triage.clash import Clash, clash, likeness, only_in_cloud, roles_of, roles_unknown
from bot.triage.runbooks import (
    SOFT_MATCH,
    delta_sync,
    make_primary,
    purge,
    put_back,
    runbook,
    set_flag,
    show_user,
    take_out,
)
from bot.triage.situation import Situation, has, proxy
from bot.triage.value import fold


def recognise(situation: Situation) -> Finding | None:
    c = clash(situation)
    if c is None or not only_in_cloud(c.owner) or c.cloud.guest:
        return None
    if {c.asker.type, c.owner.type} != {ObjectType.USER}:
        return None
    like = likeness(c.ad, c.cloud)
    if not like.same:
        return None
    value = situation.value
    ways = give_way(
        situation,
        c.asker,
        code="C23",
        rank=2,
        doubt=Say(
            "the person then keeps two accounts; people have to want that", cites=cites_of(c)
        ),
    )
    roles = roles_unknown(situation.evidence, c.owner)
    diagnosis = Diagnosis(
        code="C23",
        title=Say("{name} has two accounts in the cloud", {"name": c.asker.name})
        if c.twin
        else Say("{name} already has a cloud account", {"name": c.asker.name}),
        what=(
            Say(
                "{owner} was in the cloud already and has {value} there. The account {name} in AD was not joined to "
                "it, so there are two, and {value} is missing on the second one."
                if c.twin
                else "{owner} was in the cloud already and has {value} there. The account {name} in AD cannot be "
                "joined to it, so it does not get into the cloud.",
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
            *_kept_apart(situation, c),
            *((roles,) if roles else ()),
        ),
        then=(
            Say(
                "Either the two become one account, by the steps below, or they stay apart and {name} lets go of {value}.",
                gaps_of(c, value),
                cites_of(c),
            ),
        ),
        keeper=c.cloud.ref,
        losers=(c.ad.ref,),
        runbooks=(_join(situation, c), *ways.runbooks),
    )
    return Finding(diagnosis, ways.proposals)


def _kept_apart(situation: Situation, c: Clash) -> tuple[Say, ...]:
    found = tuple(_reasons(situation, c))
    return found or (
        Say(
            "Why Entra did not join them cannot be told from what was read: whether matching was blocked then is unknown.",
            cites=("flags", *cites_of(c)),
        ),
    )


def _reasons(situation: Situation, c: Clash) -> Iterator[Say]:
    """Each rule of Entra's matching that these two surely fail."""
    flags: Flags = situation.evidence.tenant.flags
    gaps, cites = gaps_of(c, situation.value), cites_of(c)
    by_upn = _agree_on_upn(c)
    if c.cloud.anchor:
        yield Say(
            "Not joined because {owner} is tied to another identity number already ({anchor}).",
            {**gaps, "anchor": c.cloud.anchor},
            cites,
        )
    if roles_of(situation.evidence, c.owner):
        yield Say("Not joined because {owner} holds an Entra role.", gaps, cites)
    if flags.soft_match_blocked:
        yield Say(
            "Not joined because joining by address is switched off for the tenant (BlockSoftMatch, as stated on {when}).",
            {"when": flags.stated_on or Say("an unknown day")},
            ("flags",),
        )
    if not _agree_on_primary(c) and not by_upn:
        yield Say(
            "Not joined because only a main address is compared, and {value} is not the main address of both.",
            gaps,
            cites,
        )
    if not _agree_on_primary(c) and by_upn and flags.soft_match_on_upn is False:
        yield Say(
            "Not joined because they agree in the sign-in name only, and joining by it is switched off "
            "(SoftMatchOnUpn, as stated on {when}).",
            {"when": flags.stated_on or Say("an unknown day")},
            (*cites, "flags"),
        )
    twin = c.twin
    if twin and twin.created_at and c.cloud.created_at and c.cloud.created_at > twin.created_at:
        yield Say(
            "Not joined because {name} was synchronized first, on {when}: only a new object is joined.",
            {**gaps, "when": f"{twin.created_at:%Y-%m-%d}"},
            cites,
        )
    elif twin and twin.created_at and _changed_since(c, twin.created_at):
        yield Say(
            "Perhaps not joined because {name} was synchronized already (since {when}) when its addresses were last "
            "changed: only a new object is joined.",
            {**gaps, "when": f"{twin.created_at:%Y-%m-%d}"},
            cites,
        )


def _agree_on_primary(c: Clash) -> bool:
    ours = proxy(c.asker.ad_claims, primary=True) is not None
    if not c.ad.proxy_addresses:  # then `mail` counts
        ours = has(c.asker.ad_claims, "mail")
    return ours and proxy(c.owner.cloud_claims, primary=True) is not None


def _agree_on_upn(c: Clash) -> bool:
    upn = fold(c.ad.user_principal_name or "")
    return bool(upn) and upn == fold(c.cloud.user_principal_name or "")


def _changed_since(c: Clash, made: datetime) -> bool:
    return any(s.attribute == "proxyAddresses" and s.changed_at > made for s in c.ad.stamps)


def _join(situation: Situation, c: Clash) -> Runbook:
    evidence = situation.evidence
    blocked = evidence.tenant.flags.soft_match_blocked
    steps = [
        Instruction(
            Say(
                "Tell {name}: the values of AD replace those of the cloud account, the password too, and what is in "
                "the second account is lost.",
                {"name": c.asker.name},
                cites_of(c),
            )
        ),
        take_out(c.ad),
        delta_sync(),
    ]
    if c.twin:
        steps.append(purge(c.twin))
    extra = proxy(c.asker.ad_claims, primary=False)
    if extra and not _agree_on_primary(c) and not _agree_on_upn(c):
        steps.append(make_primary(c.ad, extra.value))
    if blocked is not False:
        steps.append(set_flag(evidence.tenant.tenant, SOFT_MATCH, on=False))
    steps += [put_back(c.ad), delta_sync()]
    if blocked is not False:
        steps.append(set_flag(evidence.tenant.tenant, SOFT_MATCH, on=True))
    steps.append(show_user(c.cloud, c.ad.anchor))
    return runbook(
        *steps,
        rank=1,
        risk=Risk.DESTRUCTIVE,
        title=Say(
            "Join {name} in AD to {owner} in the cloud",
            {"name": c.asker.name, "owner": c.owner.name},
            cites_of(c),
        ),
        because=Say("an account is removed and another one taken over", cites=cites_of(c)),
        undo=Say(
            "Until the second account is removed from the recycle bin it can be restored; "
            "that AD took over the cloud account cannot be taken back.",
            cites=cites_of(c),
        ),
    )
