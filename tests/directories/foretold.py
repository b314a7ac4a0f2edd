"""In: a stage whose company is healthy and synchronized. Out: where `calculate` foretold another Entra than there is.
Both sides are read by the bot's own adapters: AD over LDAPS, Entra through Graph; the sync between them is the lab's.
Promise: every object of every forest is compared, those too that are not synchronized at all.
"""

import re
from collections.abc import Mapping
from dataclasses import replace

from bot.answers import Calculated
from bot.lab.entra import Kind
from bot.model import AdObject, CloudObject, ObjectType
from bot.triage.calculate import calculate
from tests.stage.stage import Stage

TYPES = {
    Kind.USER: ObjectType.USER,
    Kind.GROUP: ObjectType.GROUP,
    Kind.CONTACT: ObjectType.CONTACT,
}


async def unforetold(stage: Stage) -> list[str]:
    """One line an object; empty when all is as foretold."""
    tenant = await stage.house.cloud.facts()
    clouds = await _clouds(stage)
    twins = await stage.reader.joined(list(clouds.values()), heavy=False)
    wrong = []
    for name, (_, entry) in stage.made.items():
        guid = str(entry.guid)
        cloud = clouds.get(guid)
        ad = twins.get(cloud.id) if cloud else None
        if (
            ad is None
        ):  # a contact, which Graph gives no anchor, or something that is not synchronized
            [ad] = (await stage.reader.by_guid(guid)).objects
        told = calculate(
            ad,
            tenant,
            licensed=cloud.licensed if cloud else None,
            sync_ous=stage.bot.policy.sync_ous,
        )
        wrong += [f"{name}: {each}" for each in _differences(ad, told, cloud)]
    return wrong


async def _clouds(stage: Stage) -> Mapping[str, CloudObject]:
    """By objectGUID, as Graph shows them."""
    synced = [
        (type_, each.id, each.on_premises.object_guid or "")
        for kind, type_ in TYPES.items()
        for each in stage.tenant.live(kind)
        if each.on_premises
    ]
    read = await stage.house.cloud.objects([(type_, id_) for type_, id_, _ in synced])
    return {guid: found for _, id_, guid in synced if (found := read[id_]) is not None}


def _differences(ad: AdObject, told: Calculated, cloud: CloudObject | None) -> list[str]:
    if cloud is None or told.synced is not True:
        synced = cloud is not None
        return [] if told.synced is synced else [f"synced: {told.synced}, in Entra: {synced}"]
    told = _with_digits(told, cloud)
    user = ad.type is ObjectType.USER
    foretold = {
        "userPrincipalName": told.user_principal_name if user else None,
        "mail": told.mail,
        "mailNickname": told.mail_nickname,
        "proxyAddresses": sorted(told.proxy_addresses),
    }
    shown = {
        "userPrincipalName": cloud.user_principal_name if user else None,
        "mail": cloud.mail,
        "mailNickname": cloud.mail_nickname,
        "proxyAddresses": sorted(cloud.proxy_addresses),
    }
    return [
        f"{what}: foretold {foretold[what]}, shown {shown[what]}"
        for what in foretold
        if foretold[what] != shown[what]
    ]


def _with_digits(told: Calculated, cloud: CloudObject) -> Calculated:
    """Whose technical address was taken already gets one with four digits, which nobody can foretell."""
    local, _, domain = (told.moera or "").partition("@")
    form = re.compile(rf"smtp:({re.escape(local)}\d{{4}}@{re.escape(domain)})", re.IGNORECASE)
    given = [found[1] for v in cloud.proxy_addresses if local and (found := form.fullmatch(v))]
    if len(given) != 1:
        return told
    return replace(
        told,
        mail=given[0] if told.mail == told.moera else told.mail,
        proxy_addresses=tuple(
            f"{v[:5]}{given[0]}" if v[5:] == told.moera else v for v in told.proxy_addresses
        ),
    )
