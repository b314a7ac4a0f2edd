"""In: nothing; this is what the bot reads of Entra. Out: the five lists, each with what it can be asked.
Users, groups, contacts and the two recycle bins, with their fields and the least app permission.
Promise: the words for people, the paths and the filters of one list stand in one place.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from bot.entra.objects import Wire, texts
from bot.entra.odata import Clause, any_equals, equals
from bot.model import ObjectType, mark

_COMMON = (
    "id,displayName,mail,mailNickname,proxyAddresses,onPremisesSyncEnabled,"
    "onPremisesLastSyncDateTime,onPremisesProvisioningErrors"
)
_CONTACT = f"{_COMMON},givenName,surname"
_PRINCIPAL = f"{_COMMON},onPremisesSecurityIdentifier,createdDateTime"
_GROUP = f"{_PRINCIPAL},groupTypes"
_USER = (
    f"{_PRINCIPAL},userPrincipalName,otherMails,onPremisesImmutableId,onPremisesDistinguishedName,"
    "accountEnabled,userType,assignedLicenses,givenName,surname,employeeId"
)


@dataclass(frozen=True, slots=True)
class Listing:
    """`what` names it in a gap ("contacts"), `words` in "here is where we looked"."""

    type: ObjectType
    path: str
    what: str
    words: str
    select: str
    permission: str
    recycle_bin: bool = False


USERS = Listing(
    ObjectType.USER, "/users", mark("users"), mark("Entra users"), _USER, "User.Read.All"
)
GROUPS = Listing(
    ObjectType.GROUP, "/groups", mark("groups"), mark("Entra groups"), _GROUP, "Group.Read.All"
)
CONTACTS = Listing(
    ObjectType.CONTACT,
    "/contacts",
    mark("contacts"),
    mark("Entra contacts"),
    _CONTACT,
    "OrgContact.Read.All",
)
DELETED_USERS = Listing(
    ObjectType.USER,
    "/directory/deletedItems/microsoft.graph.user",
    mark("recycle bin (users)"),
    mark("Entra recycle bin (users)"),
    f"{_USER},deletedDateTime",
    "User.Read.All",
    recycle_bin=True,
)
DELETED_GROUPS = Listing(
    ObjectType.GROUP,
    "/directory/deletedItems/microsoft.graph.group",
    mark("recycle bin (groups)"),
    mark("Entra recycle bin (groups)"),
    f"{_GROUP},deletedDateTime",
    "Group.Read.All",
    recycle_bin=True,
)
# of one deleted object, whatever it is; Graph leaves out what its type does not have
DELETED_ITEM = "/directory/deletedItems"
DELETED_SELECT = f"{_USER},groupTypes,deletedDateTime"
ALL = (USERS, GROUPS, CONTACTS, DELETED_USERS, DELETED_GROUPS)
BY_TYPE = {ObjectType.USER: USERS, ObjectType.GROUP: GROUPS, ObjectType.CONTACT: CONTACTS}

_PREFIXES = frozenset({"smtp", "sip", "x500", "eum", "spo"})


def bare(value: str) -> str:
    """Without the address type that people paste along."""
    stripped = value.strip()
    prefix, colon, rest = stripped.partition(":")
    return rest.strip() if colon and prefix.lower() in _PREFIXES else stripped


def address_name(value: str) -> str:
    """What two spellings of one address have in common. Not casefold: ß and ss are two addresses."""
    return bare(value).lower()


def address_names(held: Wire) -> Iterator[str]:
    """Every address an object answers to, whichever attribute it stands in."""
    for proxy in texts(held.proxy_addresses):
        yield proxy.partition(":")[2].lower() if ":" in proxy else proxy.lower()
    for address in texts([held.mail, held.user_principal_name, *(held.other_mails or ())]):
        yield address.lower()


def address_clauses(listing: Listing, value: str) -> list[Clause]:
    """Both spellings of each type: whether Graph's filter minds their letter case is documented nowhere."""
    if value.startswith("/"):  # X.500, which stands in proxyAddresses alone
        types: tuple[str, ...] = ("X500", "x500")
    elif listing.type is ObjectType.USER:
        types = ("SMTP", "smtp", "SIP", "sip")
    else:
        types = ("SMTP", "smtp")
    clauses = [any_equals("proxyAddresses", f"{type_}:{value}") for type_ in types]
    if not value.startswith("/"):
        clauses.append(equals("mail", value))
        if listing.type is ObjectType.USER:
            clauses.append(equals("userPrincipalName", value))
            clauses.append(any_equals("otherMails", value))
    return clauses


def anchor_names(held: Wire) -> Iterator[str]:
    """Base64: letter case counts."""
    if held.on_premises_immutable_id:
        yield held.on_premises_immutable_id


def anchor_clauses(_listing: Listing, anchor: str) -> list[Clause]:
    return [equals("onPremisesImmutableId", anchor)]
