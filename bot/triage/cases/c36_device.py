"""In: a situation. Out: C36, when a hybrid-joined device cannot get into Entra because soft match is blocked.
Promise: pure; no change of any value helps: the switch is a runbook.
"""

from bot.model import Diagnosis, ObjectType, Risk, Say
from bot.triage.cases.finding import Finding
from bot.triage.clash import says
from bot.triage.runbooks import SOFT_MATCH, delta_sync, runbook, set_flag
from bot.triage.situation import Situation, export_error


def recognise(situation: Situation) -> Finding | None:
    if not export_error(situation.errors, "InvalidSoftMatch") or not _is_device(situation):
        return None
    flags = situation.evidence.tenant.flags
    if flags.soft_match_blocked is False:
        return None
    names = ", ".join(dict.fromkeys(e.object_name for e in situation.errors if e.object_name))
    gaps = {"names": names or Say("a device"), "when": flags.stated_on or Say("an unknown day")}
    return Finding(
        Diagnosis(
            code="C36",
            title=Say("{names} cannot be registered in Entra", gaps),
            what=(
                Say(
                    "A safety switch of the tenant stops the device {names} from joining Entra."
                    if flags.soft_match_blocked
                    else "Entra refused the device {names}; usually a safety switch of the tenant does that.",
                    gaps,
                    ("err", "flags"),
                ),
            ),
            why=(
                Say(
                    "The sync server reports InvalidSoftMatch, and the object is a device.",
                    cites=("err",),
                ),
                Say(
                    "Soft match is blocked for the tenant (BlockSoftMatch, as stated on {when})."
                    if flags.soft_match_blocked
                    else "Whether soft match is blocked (BlockSoftMatch) was not stated in the settings.",
                    gaps,
                    ("flags",),
                ),
            ),
            then=(
                Say(
                    "The device is tried again with each sync, and refused as long as the switch is on.",
                    cites=("err",),
                ),
            ),
            runbooks=(
                runbook(
                    set_flag(situation.evidence.tenant.tenant, SOFT_MATCH, on=False),
                    delta_sync(),
                    set_flag(situation.evidence.tenant.tenant, SOFT_MATCH, on=True),
                    rank=1,
                    risk=Risk.DESTRUCTIVE,
                    title=Say("Open the switch for one synchronization", cites=("flags",)),
                    because=Say(
                        "while the switch is open AD accounts can join cloud accounts by address",
                        cites=("flags",),
                    ),
                    undo=Say(
                        "The switch goes back on; the device stays registered.", cites=("flags",)
                    ),
                ),
            ),
        )
    )


def _is_device(situation: Situation) -> bool:
    if any(
        "computer" in h.ad.classes or h.ad.type is not ObjectType.OTHER
        for h in situation.evidence.holders
        if h.ad
    ):
        return any("computer" in h.ad.classes for h in situation.evidence.holders if h.ad)
    kinds = {e.object_type for e in situation.errors}
    return kinds == {ObjectType.OTHER} or says(situation.errors, "device")
