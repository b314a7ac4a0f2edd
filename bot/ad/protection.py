"""In: an object as it is on the DC now, and who must never be touched. Out: a refusal in plain words, or None.
These rules hold whatever was approved, by whomever: an approval says "yes" to a change, not to a target.
Promise: in doubt, refused. Pure, but for `protecting_group`, which asks the DC which groups the object is in.
"""

from dataclasses import dataclass

import ldap3

from bot.ad.ask import Entry, find
from bot.ad.entry import sid_octets
from bot.ad.filters import any_of, is_equal
from bot.ad.forest import Forest
from bot.ad.probe import Terrain
from bot.ad.target import Target
from bot.model import ObjectType, Say, Standing, Step
from bot.rules.names import inside, parts, same

_TRUST = 0x800
_COMPUTER = 0x1000 | 0x2000
_SERVICE_CLASSES = frozenset(
    {
        "computer",
        "trusteddomain",
        "msds-managedserviceaccount",
        "msds-groupmanagedserviceaccount",
        "msds-delegatedmanagedserviceaccount",
    }
)
_SYNC_PREFIXES = ("msol_", "aad_")
_DEEPEST = 20  # groups in groups in groups; AD itself gives up long before
_AT_ONCE = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Protection:
    """`deny`: DN, objectGUID or sAMAccountName. `groups`: DNs. `approvers`: Entra object ids."""

    deny: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    approvers: frozenset[str] = frozenset()
    own_accounts: tuple[str, ...] = ()


def protected(target: Target, forest: Forest, protection: Protection) -> Say | None:
    each = target.object
    gaps = {"name": each.name, "dn": each.dn, "forest": forest.name}
    if not forest.allowed_ous:
        return Say("No OU of {forest} may be written in: set allowed_ous of this forest.", gaps)
    if not any(inside(each.dn, ou) for ou in forest.allowed_ous):
        return Say("{dn} is not inside an OU that the bot may write in.", gaps)
    if each.deleted:
        return Say("{name} is in the recycle bin.", gaps)
    if each.admin_count:
        return Say("{name} is or was an administrator (adminCount=1).", gaps)
    if each.critical:
        return Say("{name} belongs to Active Directory itself (isCriticalSystemObject).", gaps)
    if kind := _service_kind(target):
        return Say("{name} is {kind}.", {**gaps, "kind": kind})
    own = (forest.user, forest.write_user or "", *protection.own_accounts)
    if any(_is_account(target, account) for account in own if account):
        return Say("{name} is one of the bot's own accounts.", gaps)
    if any(_is_denied(target, entry) for entry in protection.deny):
        return Say("{name} is on the deny list.", gaps)
    return None


def standing_refuses(
    target: Target, step: Step, standing: Standing, approvers: frozenset[str]
) -> Say | None:
    gaps = {"name": target.object.name, "roles": ", ".join(standing.roles or ())}
    if standing.roles:
        return Say("{name} holds or may take a role in Entra: {roles}.", gaps)
    if standing.object_id and standing.object_id in approvers:
        return Say("{name} is an approver; nobody's approval changes an approver.", gaps)
    if standing.roles is None and changes_identity(step):
        return Say(
            "The Entra roles of {name} cannot be read, so a sign-in name or primary address stays as it is. "
            "Give the bot's app RoleManagement.Read.Directory.",
            gaps,
        )
    return None


def changes_identity(step: Step) -> bool:
    """A sign-in name or a primary address, either way."""
    return any(
        change.attribute in {"mail", "userPrincipalName"}
        or any(value.startswith("SMTP:") for value in (*change.delete, *change.add))
        for change in step.changes
    )


def protecting_group(
    connection: ldap3.Connection,
    forest: Forest,
    terrain: Terrain,
    target: Target,
    guarded: tuple[str, ...],
) -> Say | None:
    """Walks up from the object, group by group: this needs no matching rule that a server may lack."""
    if not guarded:
        return None
    known = _groups(connection, forest, terrain, guarded)
    for dn in guarded:
        if not any(same(dn, group.dn) for group in known):
            return Say(
                "The protected group {dn} is not in this directory, so it cannot be checked. "
                "Correct protected.groups, or set base_dn of the forest it is in.",
                {"dn": dn},
            )
    tops = {parts(dn) for dn in guarded}
    above: tuple[str, ...] = (target.object.dn, *target.member_of)
    if target.primary_group:
        above += tuple(g.dn for g in _by_sid(connection, forest, terrain, target.primary_group))
    seen: set[str] = set()
    for _ in range(_DEEPEST):
        hit = next((dn for dn in above if parts(dn) in tops), None)
        if hit:
            gaps = {"name": target.object.name, "group": hit}
            return Say("{name} is in the protected group {group}.", gaps)
        fresh = tuple(dn for dn in dict.fromkeys(above) if dn not in seen)
        if not fresh:
            return None
        seen.update(fresh)
        groups = _groups(connection, forest, terrain, fresh)
        above = tuple(dn for group in groups for dn in group.all("memberOf"))
    return Say("The groups of {name} nest too deep to be checked.", {"name": target.object.name})


def _groups(
    connection: ldap3.Connection, forest: Forest, terrain: Terrain, dns: tuple[str, ...]
) -> list[Entry]:
    found: list[Entry] = []
    for start in range(0, len(dns), _AT_ONCE):
        found += find(
            connection,
            forest,
            terrain.base_dn,
            any_of(is_equal("distinguishedName", dn) for dn in dns[start : start + _AT_ONCE]),
            attributes=("memberOf",),
            what="reading the groups of an object",
        )
    return found


def _by_sid(
    connection: ldap3.Connection, forest: Forest, terrain: Terrain, sid: str
) -> list[Entry]:
    return find(
        connection,
        forest,
        terrain.base_dn,
        is_equal("objectSid", sid_octets(sid) or b""),
        attributes=("memberOf",),
        what="reading the primary group of an object",
    )


def _service_kind(target: Target) -> Say | None:
    sam = (target.object.sam_account_name or "").lower()
    if sam == "krbtgt" or sam.startswith("krbtgt_"):
        return Say("the key account of Kerberos")
    if sam.startswith(_SYNC_PREFIXES):
        return Say("the account of the synchronization itself")
    if target.account_control & _TRUST:
        return Say("the account of a trust")
    if target.classes & _SERVICE_CLASSES or target.account_control & _COMPUTER:
        return Say("a computer, a trust or a managed service account")
    # a mail-enabled public folder has addresses like a contact; it lies where allowed_ous must name it
    if target.object.type is ObjectType.OTHER and "publicfolder" not in target.classes:
        return Say("neither a user nor a group nor a contact")
    return None


def _is_account(target: Target, account: str) -> bool:
    r"""`account` as it signs in: a UPN, DOMAIN\name, or a DN."""
    sam = (target.object.sam_account_name or "").lower()
    name = account.lower()
    if "=" in name:
        return _same_dn(target.object.dn, account)
    if "\\" in name:
        return bool(sam) and name.rpartition("\\")[2] == sam
    if "@" not in name:
        return name == sam
    # any UPN of the form sAMAccountName@domain signs in, whatever userPrincipalName holds
    upn = (target.object.user_principal_name or "").lower()
    return name == upn or (bool(sam) and name.partition("@")[0] == sam)


def _is_denied(target: Target, entry: str) -> bool:
    each = target.object
    name = entry.strip().lower()
    if "=" in name:
        return _same_dn(each.dn, entry)
    return name.strip("{}") == each.guid.lower() or name == (each.sam_account_name or "").lower()


def _same_dn(one: str, other: str) -> bool:
    try:
        return same(one, other)
    except ValueError:
        return False
