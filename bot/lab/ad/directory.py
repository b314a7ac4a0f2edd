"""In: names, values, changes and searches, with the rights of whoever asks.
Out: entries, or `Refused` with the code that AD answers.
Promise: each call is whole or nothing, and takes effect before it returns: one writer, no locks.
"""

import secrets
import struct
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID, uuid4

from bot.lab.ad import admission, seed, tombstones
from bot.lab.ad.accounts import ADMINISTRATOR, NOBODYS, READER, Rights, Secret, may_write
from bot.lab.ad.changes import (
    Change,
    Given,
    Values,
    apply,
    attribute_of,
    check_writable,
    octets,
)
from bot.lab.ad.errors import Refused, bad_name, no_object, no_right, unwilling, update_refused
from bot.lab.ad.filters import Node, build
from bot.lab.ad.names import Name, domain_of, folded, parse_name
from bot.lab.ad.schema import Schema
from bot.lab.ad.tree import Entry, Stamp, Tree, is_below, rdn_key
from bot.lab.ad.values import filetime, generalized_time

DISABLED = 0x2
NORMAL_ACCOUNT = 0x200
NEVER_EXPIRES = 0x10000
BAD_LOGON = "80090308: LdapErr: DSID-0C090447, comment: AcceptSecurityContext error, data {}, v4563"


@dataclass(frozen=True)
class Account:
    dn: str
    upn: str
    sam_account_name: str


@dataclass(frozen=True)
class Found:
    entries: list[Entry]
    references: list[str]
    scanned: bool  # no index helped


class Directory:
    def __init__(
        self,
        base_dn: str,
        *,
        netbios: str = "",
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        exchange: bool = True,
        host_name: str = "dc1",
    ) -> None:
        self.base: Name = parse_name(base_dn)
        self.domain = domain_of(self.base)
        if not self.domain:
            raise bad_name(base_dn)
        self.base_dn = base_dn
        self.netbios = netbios or self.domain.partition(".")[0].upper()
        self.clock = clock
        self.dns_host_name = f"{host_name}.{self.domain}"
        self.schema = Schema(exchange=exchange)
        self.tree = Tree(self.schema)
        self.invocation = uuid4()
        self.usn = 0
        self.next_rid = 1000
        self.domain_sid = struct.pack("<BB6sI", 1, 4, b"\0\0\0\0\0\x05", 21) + secrets.token_bytes(
            12
        )
        self.secrets: dict[UUID, Secret] = {}
        self.rights: dict[UUID, Rights] = {}
        self.deleted_objects: Entry
        seed.fill(self)

    def domain_sid_with(self, rid: int) -> bytes:
        """An objectSid of this domain."""
        head = self.domain_sid[:1] + b"\x05" + self.domain_sid[2:]
        return head + struct.pack("<I", rid)

    # accounts

    def add_account(
        self,
        name: str,
        password: str,
        *,
        rights: Rights = READER,
        upn: str = "",
        container: str = "",
    ) -> Account:
        """Make (or take over) the account with this sAMAccountName, enabled, with this password."""
        principal = upn or f"{name}@{self.domain}"
        entry = self._by("sAMAccountName", name)
        if entry is None:
            dn = f"CN={name},{container or 'CN=Users,' + self.base_dn}"
            given = {"objectClass": "user", "sAMAccountName": name, "userPrincipalName": principal}
            entry = self.add(dn, given)
        control = Change(
            "replace",
            attribute_of(self.schema, "userAccountControl"),
            octets(NORMAL_ACCOUNT | NEVER_EXPIRES),
        )
        self.modify(entry.dn, [control])
        self.secrets[entry.guid] = Secret.of(password)
        self.rights[entry.guid] = rights
        return Account(entry.dn, entry.text("userPrincipalName") or principal, name)

    def authenticate(self, name: str, password: str) -> Entry:
        r"""The account of this UPN, DN or DOMAIN\\sam, or 49 with the reason AD gives."""
        entry = self._account_named(name)
        secret = NOBODYS if entry is None else self.secrets.get(entry.guid, NOBODYS)
        right = secret.opens_with(password)
        if entry is None or not right:
            raise Refused("invalidCredentials", BAD_LOGON.format("52e"))
        if entry.integer("lockoutTime"):
            raise Refused("invalidCredentials", BAD_LOGON.format("775"))
        if entry.integer("userAccountControl") & DISABLED:
            raise Refused("invalidCredentials", BAD_LOGON.format("533"))
        return entry

    def _account_named(self, name: str) -> Entry | None:
        domain, backslash, sam = name.partition("\\")
        if backslash and "=" not in domain:
            fits = domain.lower() in (self.netbios.lower(), self.domain.lower())
            return self._by("sAMAccountName", sam) if fits else None
        if "=" in name:
            try:
                return self.tree.resolve(name)
            except Refused:
                return None
        local, at, suffix = name.rpartition("@")
        implied = at and suffix.lower() in (self.domain.lower(), self.netbios.lower())
        by_upn = self._by("userPrincipalName", name)
        return by_upn or (self._by("sAMAccountName", local) if implied else None)

    def _by(self, attribute: str, value: str) -> Entry | None:
        return next(iter(self.tree.indexes[attribute].get(folded(value), {})), None)

    def rights_of(self, entry: Entry | None) -> Rights:
        return READER if entry is None else self.rights.get(entry.guid, READER)

    # writes

    def add(
        self,
        dn: str,
        given: Given,
        *,
        rights: Rights = ADMINISTRATOR,
        as_system: bool = False,
    ) -> Entry:
        """`as_system` writes as replication does: system-only attributes, no check of uniqueness."""
        name = parse_name(dn)
        if not name:
            raise bad_name(dn)
        parent, deepest = self.tree.walk(name[1:])
        if parent is None or parent.deleted:
            raise no_object(deepest.dn if deepest else "")
        if not rights.everything:
            raise no_right()
        values = self._given_values(given, as_system=as_system)
        if rdn_key(name[0]) in parent.children:
            raise update_refused("entryAlreadyExists", "00002071", "6005 (ENTRY_EXISTS)")
        password = values.pop("unicodePwd", None)
        rdn = admission.complete(self, name[0], values)
        if not as_system:
            admission.check_unique(self, None, values)
        entry = self.create(parent, rdn, values)
        if password:
            self.set_password(entry, password[0])
        return entry

    def _given_values(self, given: Given, *, as_system: bool) -> Values:
        changes = []
        for attribute_name, value in given.items():
            attribute = attribute_of(self.schema, attribute_name)
            if not as_system:
                check_writable(attribute)
            changes.append(Change("add", attribute, octets(value)))
        return apply({}, changes, self.tree.link_target)

    def create(
        self,
        parent: Entry | None,
        rdn: tuple[str, str],
        values: Values,
        *,
        guid: UUID | None = None,
    ) -> Entry:
        entry = Entry(guid or uuid4(), rdn, parent, {})
        self.tree.hang(entry)
        moment = generalized_time(self.clock())
        self.commit(
            entry,
            {
                **values,
                rdn[0].lower(): [rdn[1].encode()],
                "name": [rdn[1].encode()],
                "objectGUID": [entry.guid.bytes_le],
                "whenCreated": [moment],
                "uSNCreated": [str(self.usn + 1).encode()],
            },
        )
        return entry

    def modify(
        self,
        dn: str,
        changes: list[Change],
        *,
        rights: Rights = ADMINISTRATOR,
        permissive: bool = False,
        as_system: bool = False,
    ) -> Entry:
        entry = self._live(dn)
        for change in changes:
            if not may_write(rights, entry, change.attribute.name):
                raise no_right()
        if not as_system:
            for change in changes:
                check_writable(change.attribute)
                admission.check_not_rdn(entry, change.attribute)
        passwords = [each for each in changes if each.attribute.name == "unicodePwd"]
        plain = [each for each in changes if each.attribute.name != "unicodePwd"]
        after = apply(entry.values, plain, self.tree.link_target, permissive=permissive)
        admission.check_class(self, entry, after)
        if not as_system:
            touched = {each.attribute.name for each in plain}
            admission.check_unique(self, entry, {k: v for k, v in after.items() if k in touched})
        for change in passwords:
            if change.operation != "delete":
                self.set_password(entry, change.values[0] if change.values else b"")
        self.commit(entry, after)
        return entry

    def _live(self, dn: str) -> Entry:
        entry = self.tree.resolve(dn)
        if entry.deleted:
            raise no_object("")
        return entry

    def set_password(self, entry: Entry, value: bytes) -> None:
        try:
            text = value.decode("utf-16-le")
        except UnicodeDecodeError:
            text = ""
        if len(text) < 3 or text[0] != '"' or text[-1] != '"':
            raise unwilling("a password is given in quotes, as UTF-16")
        self.secrets[entry.guid] = Secret.of(text[1:-1])
        self.commit(entry, {**entry.values, "pwdLastSet": [str(filetime(self.clock())).encode()]})

    def commit(self, entry: Entry, after: Values) -> None:
        """Make these the values of the entry: indexes, versions and the update number follow."""
        before = entry.values
        changed = [
            name for name in {**before, **after} if before.get(name, []) != after.get(name, [])
        ]
        if not changed:
            return
        self.usn += 1
        now = self.clock()
        after = {
            **after,
            "whenChanged": [generalized_time(now)],
            "uSNChanged": [str(self.usn).encode()],
        }
        seconds = filetime(now) // 10_000_000
        for name in changed:
            self.tree.unindex(entry, name, before.get(name, []))
            self.tree.index(entry, name, after.get(name, []))
            attribute = self.schema.attributes[name.lower()]
            if attribute.name not in seed.NOT_REPLICATED and not attribute.forward_link:
                old = entry.stamps.get(attribute.name)
                version = old.version + 1 if old else 1
                entry.stamps[attribute.name] = Stamp(version, seconds, self.usn)
        for name in ("whenChanged", "uSNChanged"):
            self.tree.unindex(entry, name, before.get(name, []))
            self.tree.index(entry, name, after[name])
        entry.values = after

    def delete(
        self, dn: str, *, rights: Rights = ADMINISTRATOR, with_children: bool = False
    ) -> None:
        entry = self._live(dn)
        if not rights.everything:
            raise no_right()
        if entry.naming_context or entry.first("isCriticalSystemObject") == b"TRUE":
            raise unwilling("the object belongs to the system")
        if entry.children and not with_children:
            raise update_refused("notAllowedOnNonLeaf", "00002015", "6003 (CANT_ON_NON_LEAF)")
        for each in reversed(list(self.tree.below(entry))):
            tombstones.bury(self, each)

    def rename(
        self,
        dn: str,
        new_rdn: str,
        *,
        new_parent: str | None = None,
        rights: Rights = ADMINISTRATOR,
    ) -> Entry:
        entry = self._live(dn)
        rdn = parse_name(new_rdn)
        if len(rdn) != 1:
            raise bad_name(new_rdn)
        if not rights.everything:
            raise no_right()
        parent = entry.parent if new_parent is None else self._live(new_parent)
        if parent is None or entry.naming_context or is_below(parent, entry):
            raise unwilling("it cannot be moved there")
        admission.check_rdn(self, entry, rdn[0])
        taken = parent.children.get(rdn_key(rdn[0]))
        if taken is not None and taken is not entry:
            raise update_refused("entryAlreadyExists", "00002071", "6005 (ENTRY_EXISTS)")
        self.move(entry, parent, (entry.rdn[0], rdn[0][1]))
        return entry

    def move(self, entry: Entry, parent: Entry, rdn: tuple[str, str]) -> None:
        self.tree.cut(entry)
        entry.parent, entry.rdn = parent, rdn
        parent.children[rdn_key(rdn)] = entry
        value = [rdn[1].encode()]
        self.commit(entry, {**entry.values, rdn[0].lower(): value, "name": value})

    # reads

    def search(
        self,
        base: str,
        scope: str,
        wanted: Node,
        *,
        rights: Rights = ADMINISTRATOR,
        show_deleted: bool = False,
    ) -> Found:
        with_deleted = show_deleted and rights.list_deleted
        top = self.tree.resolve(base)
        if top.deleted and not with_deleted:
            raise no_object(self.base_dn)
        test = build(wanted, self.tree)
        candidates = test.candidates
        if scope == "baseObject":
            places: Iterable[Entry] = [top]
        elif scope == "singleLevel":
            places = [each for each in top.children.values() if not each.naming_context]
        elif candidates is not None:
            places = [each for each in candidates if is_below(each, top)]
        else:
            places = self.tree.below(top)
        entries = [
            each for each in places if (with_deleted or not each.deleted) and test.matches(each)
        ]
        scanned = scope == "wholeSubtree" and candidates is None
        return Found(entries, self._references(top, scope), scanned)

    def _references(self, top: Entry, scope: str) -> list[str]:
        if scope == "baseObject":
            return []
        below = [each for each in top.children.values() if each.naming_context]
        suffix = "" if scope == "wholeSubtree" else "??base"
        return [f"ldap://{self.domain}/{each.dn}{suffix}" for each in below]
