"""In: a password, and what an account was granted.
Out: whether the password is right, and whether the account may write an attribute of an entry.
Promise: passwords are kept as salted digests and compared in constant time; no grant, no write.
"""

import hashlib
import hmac
import secrets
from dataclasses import dataclass, field

from bot.lab.ad.names import Name, name_key, parse_name
from bot.lab.ad.tree import Entry


@dataclass(frozen=True)
class Grant:
    """Write these attributes of every object below this DN."""

    attributes: frozenset[str]
    below: str


@dataclass(frozen=True)
class Rights:
    everything: bool = False
    grants: tuple[Grant, ...] = ()
    list_deleted: bool = False


READER = Rights()
ADMINISTRATOR = Rights(everything=True, list_deleted=True)


def writer(
    attributes: tuple[str, ...], below: tuple[str, ...], *, list_deleted: bool = False
) -> Rights:
    names = frozenset(each.lower() for each in attributes)
    return Rights(grants=tuple(Grant(names, each) for each in below), list_deleted=list_deleted)


def _ends_with(name: Name, top: Name) -> bool:
    return len(name) >= len(top) and name[len(name) - len(top) :] == top


def may_write(rights: Rights, entry: Entry, attribute: str) -> bool:
    if rights.everything:
        return True
    # AD's SDProp task takes inherited grants away from members of the protected groups
    if entry.integer("adminCount") == 1:
        return False
    name = name_key(entry.name)
    return any(
        attribute.lower() in grant.attributes
        and _ends_with(name, name_key(parse_name(grant.below)))
        for grant in rights.grants
    )


@dataclass(frozen=True)
class Secret:
    """The passwords are random or thrown away with the lab: one digest, not a slow one."""

    salt: bytes
    digest: bytes = field(repr=False)

    @classmethod
    def of(cls, password: str) -> "Secret":
        salt = secrets.token_bytes(16)
        return cls(salt, _digest(salt, password))

    def opens_with(self, password: str) -> bool:
        return hmac.compare_digest(self.digest, _digest(self.salt, password))


def _digest(salt: bytes, password: str) -> bytes:
    return hashlib.sha256(salt + password.encode()).digest()


NOBODYS = Secret.of(secrets.token_hex())  # compared with when there is no such account
