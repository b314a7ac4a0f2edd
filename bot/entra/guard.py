"""In: a step, the user as Entra shows it now, what was read around it. Out: why it may not be written, or None.
Whether it was approved is `bot.triage.approved`'s to say; here is what no approval allows in Entra.
Promise: in doubt, refused; each rule has its own sentence that says what to do; pure.
"""

import re
from enum import Enum

from bot.model import (
    Before,
    CloudFindings,
    CloudObject,
    Proposal,
    Risk,
    Say,
    Side,
    Standing,
    Step,
    TenantFacts,
)
from bot.rules.values import Fault, upn_faults

SIGN_IN = "userPrincipalName"  # all that an application writes in Entra; a test holds it
_OBJECT_ID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


class Fit(Enum):
    READY = "exactly what the step deletes stands there"
    DONE = "it already is as the step would leave it"
    STALE = "something else stands there"


def names(step: Step) -> tuple[str, str] | None:
    """The sign-in name that goes and the one that comes; None: the step is something else."""
    if step.side is not Side.ENTRA or len(step.changes) != 1:
        return None
    change = step.changes[0]
    if (change.attribute, len(change.delete), len(change.add)) != (SIGN_IN, 1, 1):
        return None
    old, new = change.delete[0], change.add[0]
    return (old, new) if old.strip() and new.strip() and old != new else None


def not_writable(proposal: Proposal, step: Step, *, upn_opt_in: bool) -> Say | None:
    """What this program does not write in Entra at all, whatever stands there."""
    if not upn_opt_in:
        return Say("Sign-in names are not written: the upn opt-in is off.")
    pair = names(step)
    if pair is None or not _OBJECT_ID.fullmatch(step.guid):
        return Say(
            "In Entra the bot changes one thing: the sign-in name of one user, from the old one to a new one."
        )
    if proposal.risk is not Risk.JUDGE:
        return Say("A sign-in name is changed by two people who agree, never by one click.")
    # what stood there before comes back as it was: the journal vouches for it, and Entra has the last word
    faults = set(upn_faults(pair[1])) - {Fault.NOT_ROUTABLE}
    if faults and proposal.undo_of is None:
        return Say("{value} is not a sign-in name that Entra takes.", {"value": pair[1]})
    return None


def protected(
    target: CloudObject, *, approvers: frozenset[str], deny: tuple[str, ...]
) -> Say | None:
    gaps = {"name": target.name}
    if target.guest:
        return Say("{name} is a guest: the sign-in name belongs to another company.", gaps)
    if target.id.lower() in {each.strip().lower() for each in approvers}:
        return Say("{name} is an approver; nobody's approval changes an approver.", gaps)
    known = {target.id.lower(), (target.user_principal_name or "").lower()} - {""}
    if known & {each.strip().strip("{}").lower() for each in deny}:
        return Say("{name} is on the deny list.", gaps)
    return None


def standing_refuses(target: CloudObject, standing: Standing | None) -> Say | None:
    if standing is None or standing.roles is None:
        return Say(
            "The Entra roles of {name} cannot be read, so the sign-in name stays as it is. "
            "Give the bot's app RoleManagement.Read.Directory.",
            {"name": target.name},
        )
    if standing.roles:
        return Say(
            "{name} holds or may take a role in Entra: {roles}.",
            {"name": target.name, "roles": ", ".join(standing.roles)},
        )
    return None


def unverified(name: str, facts: TenantFacts) -> Say | None:
    domain = name.rpartition("@")[2].lower()
    if domain in {each.lower() for each in facts.verified_domains}:
        return None
    return Say(
        "{domain} is not a verified domain of this tenant. Verify it, or choose another name.",
        {"domain": domain},
    )


def not_free(name: str, target: CloudObject, found: CloudFindings) -> Say | None:
    others = [each for each in found.objects if each.id.lower() != target.id.lower()]
    if others:
        holders = ", ".join(sorted(each.name for each in others))
        return Say(
            "{value} belongs to {name} in Entra. Choose another name.",
            {"value": name, "name": holders},
        )
    if found.gaps:
        gap = found.gaps[0]
        return Say(
            "Nobody knows whether {value} is free in Entra: {what} cannot be read ({why}).",
            {"value": name, "what": gap.what, "why": gap.why},
        )
    return None


def fit(target: CloudObject, proposal: Proposal, step: Step) -> Fit:
    """Letter for letter; and as people saw it, where the proposal says what they saw."""
    pair = names(step)
    if pair is None:
        return Fit.STALE
    old, new = pair
    if target.user_principal_name == new:
        return Fit.DONE
    seen = [b.values for b in proposal.before if (b.ref, b.what) == (step.ref, SIGN_IN)]
    as_seen = all(values == (old,) for values in seen)
    return Fit.READY if target.user_principal_name == old and as_seen else Fit.STALE


def image(target: CloudObject | None, step: Step) -> tuple[Before, ...]:
    if target is None:
        return ()
    value = target.user_principal_name
    return (Before(step.ref, SIGN_IN, (value,) if value else ()),)
