"""In: what each side said about a value. Out: holders, each with its AD and its Entra side and its claims.
Users join by anchor, then SID, then DN; groups by SID; contacts by address only, which is weak.
Promise: pure; every object read appears exactly once.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace

from bot.model import AdObject, Claim, CloudObject, Holder, ObjectType
from bot.triage.value import bare_of, fold


def ad_claims(ad: AdObject, bare: str) -> tuple[Claim, ...]:
    """Every attribute of an AD object that holds the value. `primary` marks sign-in and main address."""
    claims = []
    if _same(ad.user_principal_name, bare):
        claims.append(Claim("userPrincipalName", ad.user_principal_name or "", primary=True))
    claims += _proxies(ad.proxy_addresses, bare)
    if _same(ad.mail, bare):
        claims.append(Claim("mail", ad.mail or "", primary=False))
    if _same(ad.target_address, bare):
        claims.append(Claim("targetAddress", ad.target_address or "", primary=False))
    if _same(ad.sip_address, bare):
        claims.append(Claim("msRTCSIP-PrimaryUserAddress", ad.sip_address or "", primary=True))
    if "@" not in bare and _same(ad.mail_nickname, bare):
        claims.append(Claim("mailNickname", ad.mail_nickname or "", primary=False))
    return tuple(claims)


def cloud_claims(cloud: CloudObject, bare: str) -> tuple[Claim, ...]:
    claims = []
    if _same(cloud.user_principal_name, bare):
        claims.append(Claim("userPrincipalName", cloud.user_principal_name or "", primary=True))
    claims += _proxies(cloud.proxy_addresses, bare)
    if _same(cloud.mail, bare):
        claims.append(Claim("mail", cloud.mail or "", primary=False))
    claims += [Claim("otherMails", m, primary=False) for m in cloud.other_mails if _same(m, bare)]
    return tuple(claims)


def _proxies(stored: Iterable[str], bare: str) -> list[Claim]:
    found = []
    for value in stored:
        if _same(value, bare):
            prefix = value.partition(":")[0]
            found.append(Claim("proxyAddresses", value, primary=prefix.isupper()))
    return found


def _same(stored: str | None, bare: str) -> bool:
    return stored is not None and (fold(stored) == bare or bare_of(stored)[1] == bare)


def join(ads: Sequence[AdObject], clouds: Sequence[CloudObject], bare: str) -> tuple[Holder, ...]:
    """One holder per thing. An AD object pairs with at most one cloud object, the surest join first."""
    left = {cloud.id: cloud for cloud in sorted(clouds, key=lambda c: c.id)}
    alone = sorted({a.ref: a for a in ads}.values(), key=lambda a: a.ref)
    paired: list[tuple[AdObject, CloudObject | None, str | None]] = []
    for how, partner in _JOINS:
        rest = []
        for ad in alone:
            cloud = partner(ad, left.values())
            if cloud is None:
                rest.append(ad)
            else:
                del left[cloud.id]
                paired.append((ad, cloud, how))
        alone = rest
    paired += [(ad, None, None) for ad in alone]
    joined = [
        Holder(
            ad=ad,
            cloud=cloud,
            ad_claims=ad_claims(ad, bare),
            cloud_claims=cloud_claims(cloud, bare) if cloud else (),
            joined_by=how,
        )
        for ad, cloud, how in paired
    ]
    only_cloud = [Holder(cloud=c, cloud_claims=cloud_claims(c, bare)) for c in left.values()]
    return tuple(sorted(_told_apart(joined + only_cloud), key=_order))


def _told_apart(holders: list[Holder]) -> list[Holder]:
    """Two people of one name are told apart by what they sign in as, else by their address or DN."""
    names = Counter(fold(h.name) for h in holders)
    return [
        replace(h, known_as=f"{h.name} ({mark})")
        if names[fold(h.name)] > 1 and (mark := _mark(h))
        else h
        for h in holders
    ]


def _mark(holder: Holder) -> str:
    ad, cloud = holder.ad, holder.cloud
    if ad:
        return ad.user_principal_name or ad.sam_account_name or ad.dn
    return (cloud.user_principal_name or cloud.mail or cloud.id) if cloud else ""


def _candidates(ad: AdObject, clouds: Iterable[CloudObject]) -> list[CloudObject]:
    if ad.deleted or ad.type is ObjectType.CONTACT:
        return []
    return [c for c in clouds if c.type is ad.type and not c.deleted_at]


def _by_anchor(ad: AdObject, clouds: Iterable[CloudObject]) -> CloudObject | None:
    if ad.type is not ObjectType.USER:
        return None
    return next((c for c in _candidates(ad, clouds) if c.anchor and c.anchor == ad.anchor), None)


def _by_sid(ad: AdObject, clouds: Iterable[CloudObject]) -> CloudObject | None:
    return next((c for c in _candidates(ad, clouds) if c.sid and c.sid == ad.sid), None)


def _by_dn(ad: AdObject, clouds: Iterable[CloudObject]) -> CloudObject | None:
    """An anchor that says otherwise outweighs a DN."""
    dn = fold(ad.dn)
    return next(
        (c for c in _candidates(ad, clouds) if c.dn and fold(c.dn) == dn and not c.anchor), None
    )


def _contact_partner(ad: AdObject, clouds: Iterable[CloudObject]) -> CloudObject | None:
    """Graph gives a contact neither anchor nor SID: one synced contact with one of its addresses is it, weakly."""
    if ad.type is not ObjectType.CONTACT or ad.deleted:
        return None
    held = {bare_of(v)[1] for v in (*ad.proxy_addresses, ad.mail, ad.target_address) if v}
    same = [
        c
        for c in clouds
        if c.type is ObjectType.CONTACT
        and c.synced
        and held & {bare_of(v)[1] for v in (*c.proxy_addresses, c.mail) if v}
    ]
    return same[0] if len(same) == 1 else None


# the surest first, each for all objects before the next: a weak join never takes a sure one's partner
_JOINS = (
    ("anchor", _by_anchor),
    ("sid", _by_sid),
    ("dn", _by_dn),
    ("address", _contact_partner),
)


def _order(holder: Holder) -> tuple[bool, str, str]:
    main = any(c.primary for c in (*holder.ad_claims, *holder.cloud_claims))
    ref = holder.ad.ref if holder.ad else holder.cloud.ref if holder.cloud else ""
    return (not main, holder.name.casefold(), ref)
