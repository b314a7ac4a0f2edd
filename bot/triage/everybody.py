"""In: an answer as a full reader gets it. Out: the same as everybody who may ask may see it.
Without recycle bins, roles, activity and DN, and without what rests on them: for readers, and for what is shared.
Promise: pure; that something may be left out is said whether or not anything was.
"""

from dataclasses import replace

from bot.answers import (
    Calculation,
    Checked,
    Checkup,
    Examined,
    Explained,
    Foretold,
    Free,
    Pairing,
    Pasted,
    WhoHas,
)
from bot.model import AdObject, CloudObject, Gap, Holder, Say, mark
from bot.triage.situation import is_gone, refs
from bot.triage.softmatch.rules import BINS

# said whether or not anything lies there: what is left out must not show in the answer
_BINS_ARE_NOT_SHOWN = Gap(
    mark("AD and Entra"), mark("recycle bins"), mark("they are shown to full readers only")
)
_NOT_SHOWN = mark("it is shown to full readers only")


def ad_object(ad: AdObject) -> AdObject:
    return replace(ad, dn="", last_logon_at=None, stamps=())


def cloud_object(cloud: CloudObject) -> CloudObject:
    return replace(cloud, dn=None)


def holder(of: Holder) -> Holder:
    """Without DN, activity and the recycle bins, which are for full readers."""
    cloud = of.cloud if of.cloud and of.cloud.deleted_at is None else None
    return replace(
        of,
        ad=ad_object(of.ad) if of.ad and not of.ad.deleted else None,
        cloud=cloud_object(cloud) if cloud else None,
        # where nothing else tells two of one name apart, the DN does
        known_as="" if of.ad and of.ad.dn in of.known_as else of.known_as,
    )


def whohas(found: WhoHas) -> WhoHas:
    if found.trouble:
        return found
    living = tuple(holder(h) for h in found.holders if not is_gone(h))
    return replace(found, holders=living, gaps=(*found.gaps, _BINS_ARE_NOT_SHOWN))


def free(found: Free) -> Free:
    names = tuple(name for name in found.holders if name not in found.in_bins)
    return replace(found, holders=names, in_bins=())


def checked(found: Checked) -> Checked:
    return replace(found, full=False, found=tuple(map(_checkup, found.found)))


def _checkup(each: Checkup) -> Checkup:
    name = each.name.removesuffix(f" ({each.dn})") if each.dn else each.name
    return replace(each, name=name, dn="", roles=None)


def calculation(found: Calculation) -> Calculation:
    return replace(
        found, objects=tuple(replace(made, ad=ad_object(made.ad)) for made in found.objects)
    )


def explained(found: Explained) -> Explained:
    living = {
        h.cloud.id
        for each in found.examined
        for h in each.evidence.holders
        if h.cloud and h.cloud.deleted_at is None
    }
    return replace(
        found,
        errors=tuple(_pasted(p, living) for p in found.errors),
        examined=tuple(map(examined, found.examined)),
    )


def _pasted(pasted: Pasted, living: set[str]) -> Pasted:
    """What lies in a recycle bin is named to full readers only."""
    if not pasted.error.object_name or pasted.error.object_id in living:
        return pasted
    return replace(pasted, error=replace(pasted.error, object_name=""))


def examined(of: Examined) -> Examined:
    """What happened, without what rests on things that only full readers may see."""
    evidence, diagnosis = of.evidence, of.diagnosis
    gone = {r for h in evidence.holders if is_gone(h) for r in refs(h)}
    rests_on = {r for say in (diagnosis.title, *diagnosis.what) for r in say.cites}
    in_roles = {r for r, standing in evidence.standings.items() if standing.roles}
    hidden = bool(rests_on & (gone | in_roles))
    shown = replace(
        evidence,
        holders=tuple(holder(h) for h in evidence.holders if not is_gone(h)),
        standings={},
        taken={},
        errors=tuple(replace(e, raw="") for e in evidence.errors),
    )
    less = Say(
        "Why the bot thinks so and what could be done about it rests on things that only full readers may see: "
        "recycle bins, roles, activity and DN."
    )
    told = replace(
        diagnosis,
        title=Say("A sync error about {value}", {"value": evidence.value})
        if hidden
        else diagnosis.title,
        what=(less,) if hidden else (*diagnosis.what, less),
        why=(),
        then=() if hidden else tuple(s for s in diagnosis.then if not gone & set(s.cites)),
        keeper=None,
        losers=(),
        scores=(),
        runbooks=(),
        alert=diagnosis.alert and not hidden,
    )
    return replace(of, evidence=shown, diagnosis=told, proposals=())


def pairing(read: Pairing) -> Pairing:
    """What may be foretold from what everybody may see: the rest is "not known" then."""
    hidden = (Gap("Entra", what, _NOT_SHOWN) for what in (*BINS.values(), mark("roles")))
    return replace(
        read,
        clouds=tuple(c for c in read.clouds if c.deleted_at is None),
        standings={},
        gaps=tuple(dict.fromkeys((*read.gaps, *hidden))),
    )


def foretold(told: Foretold) -> Foretold:
    return replace(
        told,
        ad=ad_object(told.ad) if told.ad else None,
        cloud=cloud_object(told.cloud) if told.cloud else None,
        bound=cloud_object(told.bound) if told.bound else None,
    )
