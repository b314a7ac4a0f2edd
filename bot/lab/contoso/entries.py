"""In: the tables of this folder and the DN of a domain.
Out: Contoso's organizational units, people, groups and contacts as plain LDAP entries.
Promise: any directory with the Exchange schema takes them in this order, and no value is in two.
"""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import resources

from ldap3.utils.dn import escape_rdn

MAIL_DOMAIN = "contoso.com"
INITIAL_DOMAIN = "contoso.onmicrosoft.com"
TOP = "OU=Contoso"
PEOPLE, LEAVERS = f"OU=People,{TOP}", f"OU=Leavers,{TOP}"
GROUPS, CONTACTS = f"OU=Groups,{TOP}", f"OU=Contacts,{TOP}"
ADMIN = f"OU=Admin,{TOP}"  # never synchronized, and not the bot's to write
SYNCHRONIZED = (PEOPLE, LEAVERS, GROUPS, CONTACTS)
WRITABLE = (PEOPLE, GROUPS)

ENABLED, DISABLED = "512", "514"
DISTRIBUTION, SECURITY = "8", "-2147483640"  # universal, as mail-enabled groups have to be
SHARED_MAILBOX = "34359738368"  # msExchRecipientTypeDetails: its account is disabled by design
LONGEST_SAM = 20
COUNTRY_OF = {"Oslo": "NO", "Bergen": "NO", "Tallinn": "EE", "Tartu": "EE"}


@dataclass(frozen=True, slots=True)
class Entry:
    dn: str
    object_classes: Sequence[str]
    attributes: Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """One row of people.csv: a person, a service account, a shared mailbox or a leaver."""

    kind: str
    given: str
    surname: str
    alias: str
    primary: str
    others: Sequence[str]
    unit: str
    department: str
    title: str
    manager: str = ""
    number: int = 0

    @property
    def name(self) -> str:
        return f"{self.given} {self.surname}"

    @property
    def dn(self) -> str:
        below = LEAVERS if self.kind == "leaver" else f"OU={self.unit},{PEOPLE}"
        return f"CN={escape_rdn(self.name)},{below}"

    @property
    def upn(self) -> str:
        return address(self.alias)


def address(local_part: str) -> str:
    return f"{local_part}@{MAIL_DOMAIN}"


def _rows(name: str) -> list[dict[str, str]]:
    text = (resources.files("bot.lab.contoso") / name).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


def accounts() -> list[Account]:
    return [
        Account(
            kind=row["kind"],
            given=row["given"],
            surname=row["surname"],
            alias=row["alias"],
            primary=row["primary"] or row["alias"],
            others=tuple(row["others"].split()),
            unit=row["unit"],
            department=row["department"],
            title=row["title"],
            manager=row["manager"],
            number=number,
        )
        for number, row in enumerate(_rows("people.csv"), start=1)
    ]


def entries(base_dn: str) -> list[Entry]:
    """Everything Contoso had on a quiet day: parents before children, managers before staff."""
    everybody = accounts()
    by_alias = {each.alias: each for each in everybody}
    ranked = sorted(everybody, key=lambda each: len(_chain(each, by_alias)))
    made = [*_units(everybody), *(account_entry(each, by_alias) for each in ranked)]
    made += [*_groups(by_alias), *_contacts(), _administrator()]
    return [below(base_dn, each) for each in made]


def below(base_dn: str, entry: Entry) -> Entry:
    """The entry with its DN, and those it points to, in this domain."""
    pointed = {
        name: [f"{value},{base_dn}" for value in values]
        if name in {"member", "manager"}
        else values
        for name, values in entry.attributes.items()
    }
    return Entry(f"{entry.dn},{base_dn}", entry.object_classes, pointed)


def account_entry(row: Account, by_alias: Mapping[str, Account]) -> Entry:
    attributes = {
        "displayName": row.name,
        "sAMAccountName": row.alias[:LONGEST_SAM],
        "userPrincipalName": row.upn,
        "userAccountControl": ENABLED if row.kind in {"person", "service"} else DISABLED,
        "mail": address(row.primary),
        "mailNickname": row.alias,
        "department": row.department,
        "company": "Contoso",
    }
    if row.kind in {"person", "leaver"}:
        attributes |= {"givenName": row.given, "sn": row.surname, "employeeID": f"{row.number:05}"}
    if row.kind == "person":
        attributes |= {"title": row.title, "l": row.unit, "c": COUNTRY_OF[row.unit]}
    else:
        attributes["description"] = row.title
    if row.kind == "shared":
        attributes["msExchRecipientTypeDetails"] = SHARED_MAILBOX
    if row.manager:
        attributes["manager"] = by_alias[row.manager].dn
    many: dict[str, tuple[str, ...]] = {name: (value,) for name, value in attributes.items()}
    many["proxyAddresses"] = _proxies(row.primary, row.others)
    return Entry(row.dn, ("user",), many)


def _proxies(primary: str, others: Sequence[str] = ()) -> tuple[str, ...]:
    return (f"SMTP:{address(primary)}", *(f"smtp:{address(each)}" for each in others))


def _chain(row: Account, by_alias: Mapping[str, Account]) -> list[Account]:
    """The managers above."""
    above = by_alias.get(row.manager)
    return [] if above is None else [above, *_chain(above, by_alias)]


def _units(everybody: Sequence[Account]) -> list[Entry]:
    offices = dict.fromkeys(each.unit for each in everybody if each.kind != "leaver")
    dns = [TOP, PEOPLE, LEAVERS, GROUPS, CONTACTS, ADMIN]
    dns += [f"OU={each},{PEOPLE}" for each in offices]
    return [Entry(dn, ("organizationalUnit",), {}) for dn in dns]


def _groups(by_alias: Mapping[str, Account]) -> list[Entry]:
    made = []
    for row in _rows("groups.csv"):
        members = [dn for word in row["members"].split() for dn in _members(word, by_alias)]
        attributes = {
            "sAMAccountName": (row["name"],),
            "displayName": (row["name"],),
            "description": (row["description"],),
            "groupType": (SECURITY if row["security"] == "yes" else DISTRIBUTION,),
            "member": tuple(dict.fromkeys(members)),
        }
        if row["alias"]:
            attributes |= {
                "mail": (address(row["alias"]),),
                "mailNickname": (row["alias"],),
                "proxyAddresses": _proxies(row["alias"]),
            }
        made.append(Entry(f"CN={escape_rdn(row['name'])},{GROUPS}", ("group",), attributes))
    return made


def _members(word: str, by_alias: Mapping[str, Account]) -> list[str]:
    """`unit:Oslo` and `department:Sales` stand for everybody working there."""
    field_name, colon, wanted = word.partition(":")
    if not colon:
        return [by_alias[word].dn]
    people = (each for each in by_alias.values() if each.kind == "person")
    return [each.dn for each in people if getattr(each, field_name) == wanted]


def _contacts() -> list[Entry]:
    made = []
    for row in _rows("contacts.csv"):
        name = f"{row['surname']}, {row['given']}"  # the comma has to be escaped in every DN
        attributes = {
            "givenName": row["given"],
            "sn": row["surname"],
            "displayName": f"{row['given']} {row['surname']} ({row['company']})",
            "company": row["company"],
            "mail": row["address"],
            "mailNickname": row["alias"],
            "targetAddress": f"SMTP:{row['address']}",
            "proxyAddresses": f"SMTP:{row['address']}",
        }
        many = {key: (value,) for key, value in attributes.items()}
        made.append(Entry(f"CN={escape_rdn(name)},{CONTACTS}", ("contact",), many))
    return made


def _administrator() -> Entry:
    """A domain administrator's second account, marked as AD marks members of protected groups."""
    attributes = {
        "displayName": "Henrik Aune (admin)",
        "sAMAccountName": "adm-haune",
        "userPrincipalName": address("adm-haune"),
        "userAccountControl": ENABLED,
        "adminCount": "1",
        "description": "Domain administration of Henrik Aune",
    }
    many = {key: (value,) for key, value in attributes.items()}
    return Entry(f"CN=Henrik Aune (admin),{ADMIN}", ("user",), many)
