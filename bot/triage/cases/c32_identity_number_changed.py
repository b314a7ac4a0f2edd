"""In: a situation. Out: C32, when somebody changed the identity number of an object that is synchronized.
Promise: pure; putting the number back is a runbook: a wrong one joins two people.
"""

from datetime import datetime

from bot.model import AdObject, CloudObject, Diagnosis, Holder, Risk, Runbook, Say
from bot.triage.cases.c31_recreated_user import renumbered
from bot.triage.cases.finding import Finding
from bot.triage.runbooks import delta_sync, runbook, show_anchor, show_user, write_anchor
from bot.triage.situation import Situation
from bot.triage.value import fold, guid_of_anchor

NUMBER = "mS-DS-ConsistencyGuid"


def recognise(situation: Situation) -> Finding | None:
    if not situation.errors:
        return None
    failing = {e.object_id for e in situation.errors}
    changed = [h for h in situation.evidence.holders if renumbered(h)]
    told = [h for h in changed if h.cloud and h.cloud.id in failing] or changed
    if len(told) != 1 or not _is_one_object(told[0]):
        return None
    [holder] = told
    ad, cloud = holder.ad, holder.cloud
    if ad is None or cloud is None or cloud.synced is not True:
        return None
    cites = (ad.ref, cloud.ref)
    gaps = {"name": ad.name, "anchor": cloud.anchor or "", "new": ad.anchor}
    return Finding(
        Diagnosis(
            code="C32",
            title=Say("The identity number of {name} was changed in AD", {"name": ad.name}),
            what=(
                Say(
                    "Somebody changed the identity number of {name} in AD. Entra still knows the old one, {anchor}, "
                    "so nothing of {name} is synchronized any more.",
                    gaps,
                    (*cites, "err"),
                ),
            ),
            why=(
                Say("AD shows {new}, Entra shows {anchor}.", gaps, cites),
                Say(
                    "It is one and the same object: the security number {sid} is equal.",
                    {"sid": ad.sid or ""},
                    cites,
                ),
                _when(ad),
            ),
            then=(
                Say(
                    "Until the old number is back no change of {name} reaches Entra, this error included.",
                    gaps,
                    cites,
                ),
            ),
            runbooks=(_put_back(ad, cloud),),
        )
    )


def _is_one_object(holder: Holder) -> bool:
    """Entra was tied to this very object before: by its GUID, or the number is younger than the cloud account."""
    ad, cloud = holder.ad, holder.cloud
    if ad is None or cloud is None:
        return False
    known = {fold(cloud.mapped_to or ""), fold(guid_of_anchor(cloud.anchor or "") or "")} - {""}
    if fold(ad.guid) in known:
        return True
    written = _written(ad)
    return written is not None and cloud.created_at is not None and written > cloud.created_at


def _written(ad: AdObject) -> datetime | None:
    return next((s.changed_at for s in ad.stamps if fold(s.attribute) == fold(NUMBER)), None)


def _when(ad: AdObject) -> Say:
    stamp = next((s for s in ad.stamps if fold(s.attribute) == fold(NUMBER)), None)
    if stamp is None:
        return Say(
            "When the number was written could not be read from AD.", {"name": ad.name}, (ad.ref,)
        )
    return Say(
        "The number was written on {when} on {dc}; AD does not record by whom.",
        {"when": f"{stamp.changed_at:%Y-%m-%d %H:%M} UTC", "dc": stamp.dc},
        (ad.ref,),
    )


def _put_back(ad: AdObject, cloud: CloudObject) -> Runbook:
    cites = (ad.ref, cloud.ref)
    return runbook(
        show_anchor(ad),
        write_anchor(ad, cloud.anchor or ""),
        delta_sync(),
        show_user(cloud, cloud.anchor or ""),
        rank=1,
        risk=Risk.DESTRUCTIVE,
        title=Say("Give {name} its old identity number back", {"name": ad.name}, cites),
        because=Say("a wrong identity number joins two people", cites=cites),
        undo=Say(
            "Write {anchor} back the same way: it is the number in AD today.",
            {"anchor": ad.anchor},
            cites,
        ),
    )
