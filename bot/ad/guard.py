"""In: a decision, the proposal it is about, and the time. Out: why nothing may be written, or None.
The writer trusts no database: the signature, the hash and the approvals are looked at again, here, last.
Promise: each rule has its own sentence that says what to do; the first one broken is the one told. Pure.
"""

from datetime import datetime, timedelta

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from bot.ad.target import WITH_OPT_IN, WRITABLE, Target, after_image, merged
from bot.errors import Untrusted
from bot.model import Decision, Mode, ObjectType, Proposal, Receipt, Risk, Say, Step
from bot.triage.plan import check_signature, hash_of
from bot.triage.undo import undo_of

LONGEST_DECISION = timedelta(minutes=15)
_SAFE = frozenset({"proxyAddresses", "mail", "displayName"})


def not_approved(
    decision: Decision,
    proposal: Proposal,
    index: int,
    *,
    tenant: str,
    key: Ed25519PublicKey,
    mode_allowed: Mode,
    now: datetime,
) -> Say | None:
    try:
        check_signature(decision, key)
    except Untrusted as error:
        return Say("{why} {todo}", {"why": error.message, "todo": error.todo})
    if decision.tenant != tenant:
        return Say("The decision is about another tenant.")
    about = (decision.proposal_id, decision.case_id)
    if about != (proposal.id, proposal.case_id) or not 0 <= index < len(proposal.steps):
        return Say("The decision is about another proposal. Open the card and approve again.")
    if {decision.plan_hash, hash_of(tenant, proposal)} != {proposal.plan_hash}:
        return Say(
            "What would be written is not what was approved: the hash differs. "
            "Check who can write to Redis, then approve again."
        )
    if (decision.mode, mode_allowed) != (Mode.APPLY, Mode.APPLY):
        return Say("The bot is not in apply mode: make the change by hand, or set mode = apply.")
    return expired(decision, now) or _too_few(decision, proposal)


def expired(decision: Decision, now: datetime) -> Say | None:
    end = min(decision.expires_at, decision.decided_at + LONGEST_DECISION)
    if not decision.decided_at - timedelta(minutes=1) <= now <= end:
        return Say("The approval is older than 15 minutes. Look at the card and approve again.")
    return None


def _too_few(decision: Decision, proposal: Proposal) -> Say | None:
    """The time to write counts from the last approval; the first of two may be older, and never younger."""
    approvers = {approval.entra_id for approval in decision.approvals if approval.entra_id}
    accounts = {(a.slack_team, a.slack_user) for a in decision.approvals if a.slack_user}
    if decision.risk is not proposal.risk or proposal.risk is Risk.DESTRUCTIVE:
        return Say("A change of this kind is made by hand; the card has the steps.")
    if not approvers:
        return Say("Nobody approved this.")
    if any(approval.at > decision.decided_at for approval in decision.approvals):
        return Say("An approval is dated after the decision. Look at the card and approve again.")
    if proposal.risk is Risk.JUDGE and min(len(approvers), len(accounts)) < 2:
        return Say("This needs two different approvers.")
    if proposal.risk is Risk.JUDGE and not decision.reason.strip():
        return Say("This needs a reason, typed by an approver.")
    if approvers & set(proposal.affected):
        return Say("Somebody who holds, gains or loses the value cannot approve the change.")
    return None


def not_an_undo(
    proposal: Proposal,
    original: Proposal | None,
    receipts: tuple[Receipt, ...] | None,
    *,
    tenant: str,
) -> Say | None:
    """An undo is let through more easily, so it must be the one that the writer's own journal gives."""
    if proposal.undo_of is None:
        return None
    if original is not None and original.id == proposal.undo_of:
        undo = undo_of(original, receipts or (), tenant=tenant, revision=0)
        if undo is not None and undo.plan_hash == proposal.plan_hash:
            return None
    return Say(
        "The journal does not say that the bot wrote what this would put back. Put it back by hand."
    )


def not_writable(proposal: Proposal, step: Step, *, upn_opt_in: bool) -> Say | None:
    """What may not be written by this program at all, whatever stands in the directory."""
    writable = WRITABLE | WITH_OPT_IN if upn_opt_in else WRITABLE
    for change in step.changes:
        gaps = {"attribute": change.attribute}
        if change.attribute in WITH_OPT_IN - writable:
            return Say("Sign-in names are not written: the upn opt-in is off.", gaps)
        if change.attribute not in writable:
            return Say("{attribute} is not an attribute that the bot writes.", gaps)
        # a delete without values would delete the whole attribute
        values = (*change.delete, *change.add)
        if not values or not all(value.strip() for value in values):
            return Say("The change of {attribute} names no value, or an empty one.", gaps)
        if len(set(change.delete)) + len(set(change.add)) < len(values):
            return Say("The change of {attribute} names a value twice.", gaps)
    if not step.changes:
        return Say("The step changes nothing.")
    if proposal.risk is Risk.SAFE and not _is_safe(proposal, step):
        return Say("The change is more than one secondary value of one object: it is not safe.")
    return None


def _is_safe(proposal: Proposal, step: Step) -> bool:
    """A proposal's own word for its risk is not enough for a single click."""
    if len(proposal.steps) != 1 or len(step.changes) != 1:
        return False
    change = step.changes[0]
    primary = any(value.startswith("SMTP:") for value in (*change.delete, *change.add))
    one = len(change.delete) <= 1 and len(change.add) <= 1
    prefixes = {value.partition(":")[0] for value in (*change.delete, *change.add)}
    # sip: and x500: are not extra mail addresses: chat and old replies go by them
    other_type = change.attribute == "proxyAddresses" and prefixes != {"smtp"}
    # `mail` is cleared on nobody's account (see `harmful`), and comes back to where the journal says it stood
    note_only = change.attribute != "mail" or not change.add or proposal.undo_of is not None
    return change.attribute in _SAFE and one and note_only and not primary and not other_type


def harmful(target: Target, proposal: Proposal, step: Step) -> Say | None:
    """What the change would leave behind on this very object. An undo may leave it as poor as it was before."""
    gaps = {"name": target.object.name}
    if proposal.risk is Risk.SAFE and target.object.type is ObjectType.CONTACT:
        return Say("{name} is a contact: joined by address only, never changed by one click.", gaps)
    used = target.object.enabled is not False or target.object.mailbox
    if proposal.risk is Risk.SAFE and used and any(c.attribute == "mail" for c in step.changes):
        return Say(
            "{name} is in use: its mail field is not changed by one click, only that of a disabled account.",
            gaps,
        )
    for attribute, (delete, add) in merged(step).items():
        values = target.values[attribute]
        after = after_image(values, delete, add)
        restored = proposal.undo_of is not None and not add
        if attribute == "userPrincipalName" and not after and not restored:
            return Say("{name} would have no sign-in name.", gaps)
        if attribute == "proxyAddresses":
            had, has = _primaries(values), _primaries(after)
            if had and not has and not restored:
                return Say("{name} would lose the last primary address.", gaps)
            if has > max(had, 1) and proposal.undo_of is None:
                return Say("{name} would have two primary addresses.", gaps)
    return None


def no_right(target: Target, step: Step, user: str) -> Say | None:
    """What AD says beforehand (allowedAttributesEffective); an empty list says nothing."""
    for change in step.changes:
        if target.may_write and change.attribute.lower() not in target.may_write:
            return missing_right(target.object.dn, change.attribute, user)
    return None


def missing_right(dn: str, attribute: str, user: str) -> Say:
    return Say(
        "No right: {user} may not write {attribute} of {dn}. Grant Write Property for it on the OU.",
        {"user": user, "attribute": attribute, "dn": dn},
    )


def _primaries(values: tuple[str, ...] | list[str]) -> int:
    return sum(value.startswith("SMTP:") for value in values)
