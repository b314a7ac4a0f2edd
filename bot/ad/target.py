"""In: a connection to the pinned DC and a GUID. Out: the object there as it is now, with all that protects it.
Also compares what stands there with what a step deletes and adds; letter case counts, as AD itself ignores it.
Promise: read by objectGUID, so that a moved or renamed object is still the one that was meant. Blocking.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

import ldap3

from bot.ad.ask import Entry, find
from bot.ad.entry import READ, ad_object
from bot.ad.forest import Forest
from bot.ad.probe import Terrain
from bot.model import AdObject, Before, Proposal, Step

# The only attributes that this program can write; a test holds it. The last one needs the `upn` opt-in.
WRITABLE = frozenset({"proxyAddresses", "mail", "mailNickname", "targetAddress", "displayName"})
WITH_OPT_IN = frozenset({"userPrincipalName"})

_MORE = ("memberOf", "primaryGroupID", "allowedAttributesEffective")


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    object: AdObject
    classes: frozenset[str]
    account_control: int
    primary_group: str | None  # its SID
    member_of: tuple[str, ...]
    may_write: frozenset[str]  # lower case; empty: the server does not say
    values: Mapping[str, tuple[str, ...]]


class Fit(Enum):
    READY = "what the step deletes stands there, what it adds does not"
    DONE = "it already is as the step would leave it"
    STALE = "something else stands there"


def read_target(
    connection: ldap3.Connection, forest: Forest, terrain: Terrain, guid: str
) -> Target | None:
    entries = find(
        connection,
        forest,
        f"<GUID={guid}>",
        "(objectClass=*)",
        scope="BASE",
        attributes=(*READ, *_MORE),
        what="reading the object to be changed",
    )
    return _target(forest, terrain, entries[0]) if entries else None


def _target(forest: Forest, terrain: Terrain, entry: Entry) -> Target:
    each = ad_object(forest.name, entry, terrain.dcs, terrain.stamped)
    group = entry.number("primaryGroupID")
    domain = each.sid.rpartition("-")[0] if each.sid else ""
    return Target(
        object=each,
        classes=frozenset(c.lower() for c in entry.all("objectClass")),
        account_control=entry.number("userAccountControl"),
        primary_group=f"{domain}-{group}" if group and domain else None,
        member_of=entry.all("memberOf"),
        may_write=frozenset(a.lower() for a in entry.all("allowedAttributesEffective")),
        values={name: entry.all(name) for name in WRITABLE | WITH_OPT_IN},
    )


def touched(step: Step) -> tuple[str, ...]:
    return tuple(dict.fromkeys(change.attribute for change in step.changes))


def merged(step: Step) -> Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]]:
    """By attribute: all that is deleted, then all that is added."""
    deletes: dict[str, list[str]] = {name: [] for name in touched(step)}
    adds: dict[str, list[str]] = {name: [] for name in touched(step)}
    for change in step.changes:
        deletes[change.attribute].extend(change.delete)
        adds[change.attribute].extend(change.add)
    return {name: (tuple(deletes[name]), tuple(adds[name])) for name in deletes}


def after_image(
    values: tuple[str, ...], delete: tuple[str, ...], add: tuple[str, ...]
) -> list[str]:
    return [value for value in values if value not in delete] + list(add)


def fit(target: Target, step: Step) -> Fit:
    changes = merged(step)
    if all(_done(target.values[name], *change) for name, change in changes.items()):
        return Fit.DONE
    if all(_ready(target.values[name], *change) for name, change in changes.items()):
        return Fit.READY
    return Fit.STALE


def _done(values: tuple[str, ...], delete: tuple[str, ...], add: tuple[str, ...]) -> bool:
    left = {value.lower() for value in values if value not in add}
    return set(add) <= set(values) and not any(value.lower() in left for value in delete)


def _ready(values: tuple[str, ...], delete: tuple[str, ...], add: tuple[str, ...]) -> bool:
    left = {value.lower() for value in values if value not in delete}
    return set(delete) <= set(values) and not any(value.lower() in left for value in add)


def relied_on(target: Target, proposal: Proposal, index: int) -> bool:
    """The touched attributes stand as people saw them when they approved."""
    step = proposal.steps[index]
    others = [s for i, s in enumerate(proposal.steps) if i != index]
    if any((s.forest, s.guid) == (step.forest, step.guid) for s in others):
        return True  # another step of ours changes the same object; its exact deletes must do
    return all(
        sorted(filter(None, before.values)) == sorted(target.values[before.what])
        for before in proposal.before
        if before.ref == target.object.ref and before.what in touched(step)
    )


def image(target: Target | None, step: Step) -> tuple[Before, ...]:
    if target is None:
        return ()
    return tuple(
        Before(target.object.ref, name, target.values[name])
        for name in touched(step)
        if name in target.values
    )
