"""In: a name and a password, or a new password as LDAP carries it.
Out: the account, or 49 with the reason that AD gives.
Promise: an unknown name costs the same work as a wrong password, and is told alike.
"""

from typing import TYPE_CHECKING

from bot.lab.ad.accounts import NOBODYS, Secret
from bot.lab.ad.errors import Refused, unwilling
from bot.lab.ad.names import folded
from bot.lab.ad.tree import Entry
from bot.lab.ad.values import filetime

if TYPE_CHECKING:
    from bot.lab.ad.directory import Directory

DISABLED = 0x2
BAD_LOGON = "80090308: LdapErr: DSID-0C090447, comment: AcceptSecurityContext error, data {}, v4563"
SHORTEST = len('"x"')


def authenticate(directory: "Directory", name: str, password: str) -> Entry:
    r"""By UPN, DN or DOMAIN\name."""
    entry = account_named(directory, name)
    secret = NOBODYS if entry is None else directory.secrets.get(entry.guid, NOBODYS)
    right = secret.opens_with(password)
    if entry is None or not right:
        raise Refused("invalidCredentials", BAD_LOGON.format("52e"))
    if entry.integer("lockoutTime"):
        raise Refused("invalidCredentials", BAD_LOGON.format("775"))
    if entry.integer("userAccountControl") & DISABLED:
        raise Refused("invalidCredentials", BAD_LOGON.format("533"))
    return entry


def account_named(directory: "Directory", name: str) -> Entry | None:
    domains = (directory.netbios.lower(), directory.domain.lower())
    domain, backslash, sam = name.partition("\\")
    if backslash and "=" not in domain:
        return holder(directory, "sAMAccountName", sam) if domain.lower() in domains else None
    if "=" in name:
        try:
            return directory.live(name)
        except Refused:
            return None
    by_upn = holder(directory, "userPrincipalName", name)
    local, _, suffix = name.rpartition("@")
    if by_upn is None and suffix.lower() in domains:
        return holder(directory, "sAMAccountName", local)
    return by_upn


def holder(directory: "Directory", attribute: str, value: str) -> Entry | None:
    """A tombstone keeps its account name, but is nobody's account."""
    found = directory.tree.indexes[attribute].get(folded(value), {})
    return next((each for each in found if not each.deleted), None)


def password_in(value: bytes) -> str:
    try:
        text = value.decode("utf-16-le")
    except UnicodeDecodeError:
        text = ""
    if len(text) < SHORTEST or text[0] != '"' or text[-1] != '"':
        raise unwilling("a password is given in quotes, as UTF-16")
    return text[1:-1]


def set_password(directory: "Directory", entry: Entry, password: str) -> None:
    directory.secrets[entry.guid] = Secret.of(password)
    moment = str(filetime(directory.clock())).encode()
    directory.commit(entry, {**entry.values, "pwdLastSet": [moment]})
