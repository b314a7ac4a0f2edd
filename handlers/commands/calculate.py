"""In: what somebody pasted, or AD objects written down as JSON. Out: for each what Entra will show of it, and why.
Used by `/dirsync calculate` and by `dirsync-triage calculate`; from a file it asks nobody.
Promise: pure but for the look-up; a file that cannot be read is told by the field that is wrong in it.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import msgspec

from bot.answers import Calculated, Calculation
from bot.errors import SettingsError
from bot.events import QuestionAllowed
from bot.model import AdObject, CloudObject, Kind, Say, TenantFacts
from bot.ports import AdReader, Cloud
from bot.triage import everybody
from bot.triage.calculate import calculate
from bot.triage.policy import Policy
from bot.triage.value import understand
from handlers.commands.check import compared
from handlers.commands.command import Command, Ports, Reply
from handlers.evidence import look_up, look_up_object

SHAPE = "type (user, group, contact), dn; and, as far as AD has them, " + ", ".join(
    (
        *("name", "sam_account_name", "user_principal_name", "mail", "mail_nickname"),
        *("proxy_addresses (a list)", "target_address", "sip_address", "display_name"),
        *("recipient_type (msExchRecipientTypeDetails)", "group_type", "critical"),
    )
)


async def calculate_of(text: str, *, ad: AdReader, cloud: Cloud, policy: Policy) -> Calculation:
    """Of every living AD object that is meant by it. Raises Unreachable, Refused."""
    understood = understand(text)
    if isinstance(understood, Say):
        return Calculation(asked=text, trouble=understood)
    by_id = understood.kind in {Kind.OBJECT, Kind.ANCHOR}
    if by_id:
        found = await look_up_object(understood.kind, understood.bare, ad=ad, cloud=cloud)
    else:
        found = await look_up(understood.bare, ad=ad, cloud=cloud)
    tenant = await cloud.facts()
    made = tuple(
        _set_against(holder.ad, holder.cloud, tenant, policy)
        for holder in found.holders()
        if holder.ad and not holder.ad.deleted and (by_id or holder.ad_claims)
    )
    return Calculation(
        asked=text, objects=made, gaps=tuple(found.gaps), searched=tuple(found.searched)
    )


def _set_against(
    ad: AdObject, cloud: CloudObject | None, tenant: TenantFacts, policy: Policy
) -> Calculated:
    licensed = cloud.licensed if cloud else None
    made = calculate(ad, tenant, licensed=licensed, sync_ous=policy.sync_ous)
    if made.synced is False:
        return made
    now = cloud if cloud and cloud.deleted_at is None else None
    return replace(made, compared=compared(ad, made, now))


def calculate_file(
    name: str,
    body: str | bytes,
    tenant: TenantFacts,
    *,
    licensed: bool | None = None,
    sync_ous: Sequence[str] = (),
) -> Calculation:
    """Of objects that were written down. Raises SettingsError."""
    made = (
        calculate(each, tenant, licensed=licensed, sync_ous=sync_ous)
        for each in objects_of(name, body)
    )
    return Calculation(asked=name, objects=tuple(made))


def objects_of(name: str, body: str | bytes) -> tuple[AdObject, ...]:
    """One object or a list of them, in the shape that `whohas --json` prints as `ad`."""
    try:
        read = msgspec.json.decode(body)
        several = read if isinstance(read, list) else [read]
        return tuple(msgspec.convert(_whole(each), AdObject) for each in several)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise SettingsError(
            f"{name} is not an AD object in JSON: {error}.",
            todo=f"Write one object, or a list of them, with {SHAPE}.",
        ) from error


def _whole(read: Any) -> Any:
    """What identifies an object is not needed for calculating: only its type and its DN are."""
    if not isinstance(read, dict):
        return read
    dn = read.get("dn")
    rdn = str(dn).partition(",")[0].partition("=")[2]
    called = read.get("name") or read.get("display_name") or read.get("common_name") or rdn
    return {"forest": "file", "guid": "", "anchor": ""} | read | {"name": called}


async def _answer(question: QuestionAllowed, ports: Ports) -> Reply:
    found = await calculate_of(question.text, ad=ports.ad, cloud=ports.cloud, policy=ports.policy)
    open_ = everybody.calculation(found)
    told = found if question.full else open_
    return Reply("calculated", told, everybody=None if found.trouble else open_)


COMMAND = Command(
    help=Say(
        "/dirsync calculate WHO: what Entra makes of this AD object, attribute by attribute, and what differs now."
    ),
    answer=_answer,
)
