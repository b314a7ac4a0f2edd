"""In: people, groups and contacts, as a test puts them into AD, and what administrators do to them. Out: the AD of a stage.
Read here as well: what a test says of AD comes from the directory itself, never through the bot.
Promise: every value is written and compared as it is spelled; an edit obeys AD's own rules, unless it says otherwise.
"""

import base64
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ldap3.utils.dn import escape_rdn

from bot.lab.ad import Directory
from bot.lab.ad.changes import Change, attribute_of, octets
from bot.lab.ad.tree import Entry
from bot.lab.ad.values import filetime
from tests.stage.house import BASES

MAIL_DOMAIN = "contoso.com"
SYNCED = ("OU=People", "OU=Leavers", "OU=Groups", "OU=Contacts")
FOLDERS = "CN=Microsoft Exchange System Objects"
ELSEWHERE, ADMIN = "OU=Elsewhere", "OU=Admin"  # neither is synchronized
ENABLED, DISABLED = 512, 514
SECURITY, DISTRIBUTION = -2147483640, 8
REMOTE_MAILBOX = 2147483648  # msExchRecipientTypeDetails: the mailbox is in Exchange Online
MAIL_USER = 128  # the same: mail is forwarded to an address elsewhere
SHARED_MAILBOX = 4  # the same: many read it, and its account is disabled on purpose
# Exchange writes the addresses of such a recipient by a policy: {a policy},{the kind of policy}
UNDER_A_POLICY = {
    "legacyExchangeDN": "/o=Contoso/ou=Exchange/cn=Recipients/cn=somebody",
    "msExchPoliciesIncluded": "{11111111-2222-4333-8444-555555555555},{26491cfc-9e50-4857-861b-0cb8df22b5d7}",
}
# what moves by itself with every write, and what AD works out when it is asked
MOVES = frozenset({"uSNChanged", "whenChanged", "uSNCreated", "replPropertyMetaData"})

Values = Mapping[str, tuple[bytes, ...]]
Snapshot = Mapping[tuple[str, str], Values]  # (forest, objectGUID) -> attribute -> values


@dataclass
class OnPremises:
    directories: dict[str, Directory]  # by forest
    made: dict[str, tuple[str, Entry]] = field(default_factory=dict)  # name -> forest, entry

    # ------------------------------------------------------------ what people put into AD

    def person(self, name: str, *proxies: str, sam: str = "", **more: Any) -> Entry:
        """An enabled user whose `mail` is the main address, as Exchange keeps it."""
        account = sam or _account(name)
        given, _, surname = name.partition(" ")
        usual = {
            "objectClass": "user",
            "sAMAccountName": account,
            "userPrincipalName": f"{_account(name)}@{MAIL_DOMAIN}",
            "displayName": name,
            "givenName": given,
            "userAccountControl": ENABLED,
        }
        if surname:
            usual["sn"] = surname
        return self._add(name, "OU=People", usual, proxies, more)

    def group(self, name: str, *proxies: str, kind: int = SECURITY, **more: Any) -> Entry:
        usual = {"objectClass": "group", "groupType": kind, "displayName": name}
        return self._add(name, "OU=Groups", usual | {"sAMAccountName": name}, proxies, more)

    def contact(self, name: str, *proxies: str, **more: Any) -> Entry:
        usual = {"objectClass": "contact", "displayName": name}
        return self._add(name, "OU=Contacts", usual, proxies, more)

    def folder(self, name: str, *proxies: str) -> Entry:
        """A mail-enabled public folder, where Exchange keeps them."""
        directory, base = self.directories["corp"], BASES["corp"]
        directory.add(f"{FOLDERS},{base}", {"objectClass": "container"})
        usual = {"objectClass": "publicFolder", "displayName": name}
        return self._add(f"folder {name}", FOLDERS, usual, proxies, {"cn": name, "mail": None})

    def _add(
        self,
        name: str,
        below: str,
        usual: dict[str, Any],
        proxies: tuple[str, ...],
        more: dict[str, Any],
    ) -> Entry:
        forest, below = more.pop("forest", "corp"), more.pop("below", below)
        as_system = more.pop("as_system", False)  # as replication writes: nothing is checked
        cn = more.pop("cn", name)
        if proxies:
            usual["proxyAddresses"] = proxies
        if main := next((v[5:] for v in proxies if v.startswith("SMTP:")), None):
            usual["mail"] = main
        given = {k: v for k, v in (usual | more).items() if v is not None}
        where = f"{below},{BASES[forest]}"
        entry = self.directories[forest].add(
            f"CN={escape_rdn(cn)},{where}", given, as_system=as_system
        )
        self.made[name] = (forest, entry)
        return entry

    def entry(self, name: str) -> Entry:
        return self.made[name][1]

    def edit(self, name: str, **attributes: Any) -> None:
        """An administrator sets attributes; None empties one."""
        forest, entry = self.made[name]
        directory = self.directories[forest]
        changes = [
            Change(
                "replace",
                attribute_of(directory.schema, attribute),
                octets(() if value is None else value),
            )
            for attribute, value in attributes.items()
        ]
        directory.modify(entry.dn, changes, as_system=True)

    def give(self, name: str, *proxies: str) -> None:
        self._touch(name, "add", proxies)

    def take(self, name: str, *proxies: str) -> None:
        self._touch(name, "delete", proxies)

    def _touch(self, name: str, operation: str, proxies: tuple[str, ...]) -> None:
        forest, entry = self.made[name]
        directory = self.directories[forest]
        attribute = attribute_of(directory.schema, "proxyAddresses")
        directory.modify(entry.dn, [Change(operation, attribute, octets(proxies))])

    def move(self, name: str, below: str) -> None:
        forest, entry = self.made[name]
        rdn = entry.dn.partition(",")[0]
        self.directories[forest].rename(entry.dn, rdn, new_parent=f"{below},{BASES[forest]}")

    def delete(self, name: str) -> None:
        forest, entry = self.made[name]
        self.directories[forest].delete(entry.dn)

    def signed_in(self, name: str, at: datetime) -> None:
        self.edit(name, lastLogonTimestamp=filetime(at))

    def anchor(self, name: str) -> str:
        """What the sync joins it by, as long as nobody wrote another number."""
        return base64.b64encode(self.entry(name).guid.bytes_le).decode()

    def values(self, name: str, attribute: str) -> tuple[str, ...]:
        """As they stand in AD, in their letter case, sorted: AD promises no order."""
        held = self.entry(name).values.get(attribute, [])
        return tuple(sorted(value.decode() for value in held))

    def proxies(self, name: str) -> tuple[str, ...]:
        return self.values(name, "proxyAddresses")

    # ------------------------------------------------------------ how it stands

    def snapshot_ad(self) -> Snapshot:
        """Every object with every value, letter for letter."""
        return {
            (forest, str(entry.guid)): {
                "dn": (entry.dn.encode(),),
                **{k: tuple(sorted(v)) for k, v in entry.values.items() if k not in MOVES},
            }
            for forest, directory in self.directories.items()
            for entry in directory.tree.by_guid.values()
        }


def differences(before: Snapshot, after: Snapshot) -> list[str]:
    """What differs, one line an attribute; empty when the two are one."""
    lines = []
    for key in sorted({*before, *after}):
        one, other = before.get(key, {}), after.get(key, {})
        lines += [
            f"{key[1]} {name}: {one.get(name)} -> {other.get(name)}"
            for name in sorted({*one, *other})
            if one.get(name) != other.get(name)
        ]
    return lines


def in_scope(forests: Iterable[str]) -> tuple[str, ...]:
    """The OUs that are synchronized."""
    return tuple(f"{unit},{BASES[forest]}" for forest in forests for unit in SYNCED)


def _account(name: str) -> str:
    return name.lower().replace(" ", ".")
