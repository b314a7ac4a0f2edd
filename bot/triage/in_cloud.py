"""In: a user whose sign-in name stands in the way, and that Entra decides about. Out: GR-UPN, or why it is by hand.
The one change that an application may make in Entra. Graph has no guarded write, so it is never SAFE.
Promise: pure; no change of anybody who holds a role, or of whom that is not known; only to a name known to be free.
"""

from bot.model import (
    Change,
    CloudObject,
    Holder,
    ObjectType,
    Proposal,
    Risk,
    Say,
    Side,
    Step,
)
from bot.triage.clash import roles_of
from bot.triage.naming import first_free, names_in_cloud
from bot.triage.proposals import as_proposal
from bot.triage.risk import SIGN_IN, consequences_of, is_protected
from bot.triage.situation import Situation


def rename(situation: Situation, holder: Holder, *, code: str, rank: int) -> Proposal | Say:
    """GR-UPN: another sign-in name in Entra, one PATCH of one property; else why it is by hand."""
    cloud, evidence = holder.cloud, situation.evidence
    if cloud is None:
        return Say("the change is made in the cloud, where the bot does not write")
    if why := _not_ours(situation, holder, cloud):
        return why
    new = first_free(evidence, holder, names_in_cloud(evidence, holder, situation.policy))
    if new is None:
        return Say("no new sign-in name was found that is known to be free", cites=(cloud.ref,))
    old = cloud.user_principal_name or ""
    changes = (Change(SIGN_IN, delete=(old,), add=(new,)),)
    name = {"name": holder.name, "new": new}
    step = Step(forest="", guid=cloud.id, dn="", name=cloud.name, changes=changes, side=Side.ENTRA)
    return as_proposal(
        evidence,
        case_id=situation.case_id,
        code=code,
        rank=rank,
        risk=Risk.JUDGE,
        title=Say("Change the sign-in name of {name} in Entra to {new}", name, (cloud.ref,)),
        because=Say(
            "a sign-in name changes, and Entra has no guarded write: the bot looks, writes, and looks again",
            cites=(cloud.ref,),
        ),
        untouched=Say("Nothing else of {name} is touched, and nothing in AD.", name, (cloud.ref,)),
        holder=holder,
        step=step,
        consequences=consequences_of(holder, changes),
    )


def _not_ours(situation: Situation, holder: Holder, cloud: CloudObject) -> Say | None:
    gaps, cites = {"name": holder.name}, (cloud.ref,)
    if not _can_be_renamed(cloud) or not situation.policy.renames_in_entra:
        return Say("the change is made in the cloud, where the bot does not write", cites=cites)
    if holder.ad and is_protected(holder.ad):
        return Say(
            "{name} is a protected account (adminCount or critical): the bot never writes to it",
            gaps,
            (holder.ad.ref,),
        )
    roles = roles_of(situation.evidence, holder)
    if roles is None:
        return Say(
            "the Entra roles of {name} could not be read, so the bot does not touch the account",
            gaps,
            cites,
        )
    if roles:
        return Say("{name} holds an Entra role: the bot never touches the account", gaps, cites)
    return None


def signs_in_only(holder: Holder) -> bool:
    """The value is the sign-in name and no address: then another sign-in name sets it free."""
    held = {c.attribute for c in holder.cloud_claims} - {"otherMails"}
    return held == {SIGN_IN}


def _can_be_renamed(cloud: CloudObject) -> bool:
    return (
        cloud.type is ObjectType.USER
        and not cloud.guest
        and cloud.deleted_at is None
        and bool(cloud.user_principal_name)
    )
