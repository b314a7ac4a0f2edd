"""In: an AD object, and the OUs that are said to be synchronized. Out: whether Entra Connect takes it, and why not.
The rules are Connect's default ones (facts: how-to-connect-sync default configuration); a company may have changed them.
Promise: pure; what nobody stated is unknown, not yes.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.model import AdObject, ObjectType, Say, mark
from bot.rules.names import domain_of, inside

NOT_SYNCED_RECIPIENTS = 0x21C07000  # system mailboxes and the like
ROLE_GROUP = 0x40000000
LINKED_MAILBOX = 2
SECURITY_GROUP = 0x80000000


@dataclass(frozen=True, slots=True)
class Scope:
    """`synced` None: the rules let it pass, but which OUs are in scope was not stated."""

    synced: bool | None
    why: Say | None = None


def scope_of(ad: AdObject, sync_ous: Sequence[str]) -> Scope:
    if reason := _left_out(ad):
        return Scope(False, Say(reason, {"name": ad.name}, (ad.ref,)))
    # computers and mail-enabled public folders are synchronized by options that nobody told us about
    if not sync_ous or ad.type is ObjectType.OTHER:
        return Scope(None)
    if any(_inside(ad.dn, ou) for ou in sync_ous):
        return Scope(True)
    # OUs of one forest say nothing about another one, whose own were not stated
    if not any(_related(ad.dn, ou) for ou in sync_ous):
        return Scope(None)
    return Scope(
        False,
        Say("{name} lies outside of the OUs that are synchronized", {"name": ad.name}, (ad.ref,)),
    )


def _inside(dn: str, ou: str) -> bool:
    try:
        return inside(dn, ou)
    except ValueError:
        return False


def _related(dn: str, ou: str) -> bool:
    """One domain, or one above the other."""
    try:
        own, stated = domain_of(dn), domain_of(ou)
    except ValueError:
        return False
    return f".{own}".endswith(f".{stated}") or f".{stated}".endswith(f".{own}")


def _left_out(ad: AdObject) -> str | None:
    if ad.deleted:
        return mark("{name} is deleted in AD")
    if ad.conflict:
        return mark("{name} is a copy left by a replication conflict")
    if ad.critical:
        return mark("{name} is a critical system object")
    match ad.type:
        case ObjectType.USER:
            return _user_left_out(ad)
        case ObjectType.GROUP:
            return _group_left_out(ad)
        case ObjectType.CONTACT:
            return _contact_left_out(ad)
        case _:
            return None


def _user_left_out(ad: AdObject) -> str | None:
    sam = (ad.sam_account_name or "").lower()
    alias = (ad.mail_nickname or "").lower()
    if not sam:
        return mark("{name} has no sAMAccountName")
    if sam.startswith(("aad_", "msol_")) or sam == "support_388945a0":
        return mark("{name} is an account of the synchronization itself")
    if alias.startswith("systemmailbox{") or _cas(alias) or _cas(sam):
        return mark("{name} is a system mailbox")
    if ad.recipient_type & NOT_SYNCED_RECIPIENTS:
        return mark("{name} is a mailbox of the system (msExchRecipientTypeDetails)")
    if ad.recipient_type == LINKED_MAILBOX:
        return mark("{name} is a linked mailbox: the account of the other forest is synchronized")
    return None


def _cas(name: str) -> bool:
    return name.startswith("cas_") and "}" in name


def _group_left_out(ad: AdObject) -> str | None:
    addressed = bool(ad.mail or ad.proxy_addresses)
    if not ad.sam_account_name:
        return mark("{name} has no sAMAccountName")
    # group_type is signed in LDAP; 0 is what was not read, and no type that AD would store
    if ad.group_type and not ad.group_type & SECURITY_GROUP and not addressed:
        return mark("{name} is a distribution group without an address")
    if ad.recipient_type & ROLE_GROUP:
        return mark("{name} is a role group of Exchange")
    return None


def _contact_left_out(ad: AdObject) -> str | None:
    if not (ad.mail or ad.proxy_addresses):
        return mark("{name} is a contact without an address")
    if (ad.display_name or "").startswith("(MSOL)"):
        return mark("{name} is a hidden contact of the synchronization")
    return None
