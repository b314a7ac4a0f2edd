"""In: a proposal and one step of it, and what stands in AD. Out: why it may not be written there, or None.
What the approval itself must be is in `bot.triage.approved`; here is what no approval can allow.
Promise: each rule has its own sentence that says what to do; the first one broken is the one told. Pure.
"""

from bot.ad.target import WITH_OPT_IN, WRITABLE, Target, after_image, merged
from bot.model import ObjectType, Proposal, Risk, Say, Step

_SAFE = frozenset({"proxyAddresses", "mail", "displayName"})


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
