"""In: who is meant. Out: that object on both sides, attribute by attribute, and what Entra should make of it.
Used by `/dirsync check` and by `dirsync-triage check`; nothing is changed and no case is opened.
Promise: what Entra should show is calculated from what AD holds; roles and DN are read for full readers only.
"""

from collections.abc import Mapping

from bot.answers import Calculated, Checked, Checkup, Compared
from bot.events import QuestionAllowed
from bot.model import AdObject, CloudObject, Holder, Kind, Say, Standing, TenantFacts
from bot.ports import AdReader, Cloud
from bot.triage import everybody
from bot.triage.calculate import calculate
from bot.triage.policy import Policy
from bot.triage.situation import is_gone
from bot.triage.value import understand
from handlers.commands.command import Command, Ports, Reply
from handlers.evidence import look_up, look_up_object

MOST = 5


async def check(text: str, *, ad: AdReader, cloud: Cloud, policy: Policy, full: bool) -> Checked:
    """Raises Unreachable, Refused."""
    understood = understand(text)
    if isinstance(understood, Say):
        return Checked(asked=text, trouble=understood)
    by_id = understood.kind in {Kind.OBJECT, Kind.ANCHOR}
    if by_id:
        found = await look_up_object(understood.kind, understood.bare, ad=ad, cloud=cloud)
    else:
        found = await look_up(understood.bare, ad=ad, cloud=cloud)
    holders = [
        h for h in found.holders() if not is_gone(h) and (by_id or h.ad_claims or h.cloud_claims)
    ][:MOST]
    tenant = await cloud.facts()
    ids = [h.cloud.id for h in holders if h.cloud]
    standings = await cloud.standings(ids) if full and ids else {}
    return Checked(
        asked=text,
        found=tuple(_side_by_side(h, tenant, policy, standings, full=full) for h in holders),
        last_sync_at=tenant.last_sync_at,
        full=full,
        gaps=tuple(found.gaps),
    )


def _side_by_side(
    holder: Holder,
    tenant: TenantFacts,
    policy: Policy,
    standings: Mapping[str, Standing],
    *,
    full: bool,
) -> Checkup:
    ad = holder.ad if holder.ad and not holder.ad.deleted else None
    cloud = holder.cloud if holder.cloud and holder.cloud.deleted_at is None else None
    licensed = cloud.licensed if cloud else None
    made = calculate(ad, tenant, licensed=licensed, sync_ous=policy.sync_ous) if ad else None
    standing = standings.get(cloud.id) if cloud else None
    return Checkup(
        name=holder.name if full or not (ad and ad.dn in holder.known_as) else ad.name,
        type=holder.type,
        in_ad=ad is not None,
        in_entra=cloud is not None,
        synced=made.synced if made else None,
        left_out=made.left_out if made else None,
        attributes=compared(ad, made, cloud),
        dropped=made.dropped if made else (),
        errors=cloud.errors if cloud else (),
        last_sync_at=cloud.last_sync_at if cloud else None,
        roles=standing.roles if standing else None,
        dn=ad.dn if ad and full else "",
    )


def compared(
    ad: AdObject | None, made: Calculated | None, cloud: CloudObject | None
) -> tuple[Compared, ...]:
    calculated = made if made and made.synced is not False else None
    rows = (
        ("userPrincipalName", "user_principal_name"),
        ("mail", "mail"),
        ("mailNickname", "mail_nickname"),
        ("proxyAddresses", "proxy_addresses"),
    )
    return tuple(
        Compared(
            attribute=attribute,
            ad=_values(ad, name),
            meant=_values(calculated, name),
            entra=_values(cloud, name),
        )
        for attribute, name in rows
    )


def _values(of: AdObject | Calculated | CloudObject | None, name: str) -> tuple[str, ...] | None:
    if of is None:
        return None
    value = getattr(of, name)
    return value if isinstance(value, tuple) else (value,) if value else ()


async def _answer(question: QuestionAllowed, ports: Ports) -> Reply:
    found = await check(
        question.text, ad=ports.ad, cloud=ports.cloud, policy=ports.policy, full=question.full
    )
    open_ = None if found.trouble else everybody.checked(found)
    return Reply("checked", found, everybody=open_)


COMMAND = Command(
    help=Say(
        "/dirsync check WHO: one person or object on both sides, attribute by attribute, and what Entra should show."
    ),
    answer=_answer,
)
