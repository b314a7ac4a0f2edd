"""In: names, values, changes and searches, with the rights of whoever asks.
Out: entries, or `Refused` with the code that AD answers.
Promise: each call is whole or nothing, and takes effect before it returns: one writer, no locks.
"""

import secrets
import struct
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID, uuid4

from bot.lab.ad import admission, logon, searching, seed, tombstones
from bot.lab.ad.accounts import ADMINISTRATOR, READER, Rights, Secret, may_write
from bot.lab.ad.changes import (
    Change,
    Given,
    Values,
    apply,
    attribute_of,
    check_writable,
    octets,
)
from bot.lab.ad.errors import bad_name, no_object, no_right, unwilling, update_refused
from bot.lab.ad.filters import Node
from bot.lab.ad.names import Name, domain_of, parse_name
from bot.lab.ad.schema import Schema
from bot.lab.ad.tree import Entry, Stamp, Tree, is_below, rdn_key
from bot.lab.ad.values import filetime, generalized_time

NORMAL_ACCOUNT = 0x200
NEVER_EXPIRES = 0x10000


@dataclass(frozen=True)
class Account:
    dn: str
    upn: str
    sam_account_name: str


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
        nt_domain = struct.pack("<BB6sI", 1, 4, b"\0\0\0\0\0\x05", 21)
        self.domain_sid = nt_domain + secrets.token_bytes(12)
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
        entry = logon.holder(self, "sAMAccountName", name)
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
        return logon.authenticate(self, name, password)

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
        passwords = [logon.password_in(each) for each in values.pop("unicodePwd", [])]
        rdn = admission.complete(self, name[0], values)
        if not as_system:
            admission.check_unique(self, None, values)
        entry = self.create(parent, rdn, values)
        for password in passwords:
            logon.set_password(self, entry, password)
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
        entry = self.live(dn)
        for change in changes:
            if not may_write(rights, entry, change.attribute.name):
                raise no_right()
        if not as_system:
            for change in changes:
                check_writable(change.attribute)
                admission.check_not_rdn(entry, change.attribute)
        passwords = [
            logon.password_in(value)
            for each in changes
            if each.attribute.name == "unicodePwd" and each.operation != "delete"
            for value in each.values
        ]
        plain = [each for each in changes if each.attribute.name != "unicodePwd"]
        after = apply(entry.values, plain, self.tree.link_target, permissive=permissive)
        admission.check_class(self, entry, after)
        if not as_system:
            touched = {each.attribute.name for each in plain}
            admission.check_unique(self, entry, {k: v for k, v in after.items() if k in touched})
        self.commit(entry, after)
        for password in passwords:
            logon.set_password(self, entry, password)
        return entry

    def live(self, dn: str) -> Entry:
        entry = self.tree.resolve(dn)
        if entry.deleted:
            raise no_object("")
        return entry

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
        entry = self.live(dn)
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
        entry = self.live(dn)
        rdn = parse_name(new_rdn)
        if len(rdn) != 1:
            raise bad_name(new_rdn)
        if not rights.everything:
            raise no_right()
        parent = entry.parent if new_parent is None else self.live(new_parent)
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
    ) -> searching.Found:
        return searching.search(
            self,
            base,
            scope,
            wanted,
            with_deleted=show_deleted and rights.list_deleted,
        )
