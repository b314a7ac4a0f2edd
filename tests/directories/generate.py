"""In: a seed and a size. Out: a company: people of several languages, groups, contacts, accounts, and planted conflicts.
Everything is healthy first; a plant is one change that somebody makes afterwards, with what the bot should say of it.
Promise: the same seed gives the same company; no two healthy objects share an address or a sign-in name.
"""

import csv
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from tests.directories.things import Company, Plant, Thing
from tests.stage.on_premises import DISABLED, DISTRIBUTION, MAIL_USER, REMOTE_MAILBOX, SECURITY

DOMAIN = "contoso.com"
NAMES = Path(__file__).with_name("names.csv")  # as people write them, and as addresses spell them


# what Entra leaves off without a word; {} is a number, so that no two are equal
ODD_PROXIES = (
    "smtp:no-at-sign-{}",
    "no.prefix{}@contoso.com",
    "smtp:two words{}@contoso.com",
    "smtp:old{}@contoso.local",
    "smtp:tech{}@contoso.onmicrosoft.com",
    "smtp:routed{}@contoso.mail.onmicrosoft.com",
    "X400:c=NO;a= ;p=Contoso;s=Number{};",
    "MSMAIL:CONTOSO/PO/NUMBER{}",
    "sip:number{}@contoso.com",
)


@dataclass(frozen=True)
class Name:
    kind: str
    name: str
    spelled: str


def company(seed: int, size: int) -> Company:
    maker = _Maker(random.Random(seed))  # noqa: S311 - a company, not a secret
    groups, contacts, services = size // 10, size // 12, size // 20
    for _ in range(size - groups - contacts - services):
        maker.person()
    for number in range(groups):
        maker.group(number)
    for number in range(contacts):
        maker.contact(number)
    for number in range(services):
        maker.service(number)
    return Company(seed, tuple(maker.things), tuple(maker.plant(max(6, size // 20))))


class _Maker:
    """Hands out names, and remembers every address and sign-in name that was given to somebody."""

    def __init__(self, dice: random.Random) -> None:
        self.dice = dice
        self.things: list[Thing] = []
        self.taken: set[str] = set()
        self.accounts: set[str] = set()
        self.names: set[str] = set()
        self.odd = 0
        self.groups: list[Thing] = []
        self.given = [each for each in names() if each.kind == "given"]
        self.surnames = [each for each in names() if each.kind == "surname"]

    # ------------------------------------------------------------ healthy objects

    def person(self) -> None:
        given, surname = self.dice.choice(self.given), self.dice.choice(self.surnames)
        called = f"{given.name} {surname.name}"
        alias = f"{given.spelled}.{surname.spelled}"
        main = self.free(alias)
        extra = [f"smtp:{each}" for each in self._extras(given, surname)]
        if self.dice.random() < 0.1:
            extra.append(f"x500:/o=Contoso/ou=Exchange/cn=Recipients/cn={main.partition('@')[0]}")
        more: dict[str, Any] = {
            "displayName": called,
            "givenName": given.name,
            "sn": surname.name,
            "userPrincipalName": main if self.dice.random() < 0.8 else self.free(alias[:3]),
            "sAMAccountName": self._account(alias),
        }
        if self.dice.random() < 0.5:
            more["mailNickname"] = main.partition("@")[0]
        if self.dice.random() < 0.15:
            more |= {"msExchRecipientTypeDetails": self.dice.choice((REMOTE_MAILBOX, MAIL_USER))}
            more |= {"mailNickname": main.partition("@")[0]}
        if self.dice.random() < 0.05:
            more |= {"userAccountControl": DISABLED, "below": "OU=Leavers"}
        licensed = self.dice.random() < 0.6 and more.get("below") is None
        proxies = (f"SMTP:{main}", *extra)
        odd = self.dice.random() < 0.2
        if odd:
            proxies, more = self._oddly(proxies, more)
        self._add("person", called, proxies, more, licensed=licensed, odd=odd)

    def _oddly(
        self, proxies: tuple[str, ...], more: dict[str, Any]
    ) -> tuple[tuple[str, ...], dict[str, Any]]:
        """What stands in a directory after twenty years, and disturbs nobody but its owner."""
        self.odd += 1
        own = proxies[0].removeprefix("SMTP:").partition("@")[0]
        match self.dice.randrange(8):
            case 0:
                return proxies, more | {"userPrincipalName": f"{own}@corp.local"}
            case 1:
                return proxies, more | {"userPrincipalName": f"ø.{own}@{DOMAIN}"}
            case 2:
                return (*proxies, self.dice.choice(ODD_PROXIES).format(self.odd)), more
            case 3:
                return (*proxies, *(each.format(self.odd) for each in ODD_PROXIES)), more
            case 4:
                return proxies, more | {"mailNickname": f".{own}", "displayName": None}
            case 5:
                return proxies, more | {"mailNickname": f"ø {own}"}
            case 6:
                return (), more | {"mail": proxies[0].removeprefix("SMTP:")}
            case _:
                return (), more | {"userPrincipalName": None}

    def group(self, number: int) -> None:
        alias = f"{self.dice.choice(('sales', 'tax', 'salg', 'muuk', 'it'))}.{number}"
        called = alias.title()
        if self.dice.random() < 0.3:
            # without an address a distribution group is not synchronized at all
            kind = self.dice.choice((SECURITY, DISTRIBUTION))
            self._add("group", called, (), {"groupType": kind})
            return
        main = self.free(alias)
        kind = self.dice.choice((SECURITY, DISTRIBUTION))
        self._add("group", called, (f"SMTP:{main}",), {"groupType": kind})

    def contact(self, number: int) -> None:
        called = f"{self.dice.choice(self.given).name} (partner {number})"
        outside = f"partner{number}@fabrikam.example"
        self.taken.add(outside)
        if self.dice.random() < 0.2:
            self._add("contact", called, (), {"targetAddress": f"SMTP:{outside}"})
            return
        self._add("contact", called, (f"SMTP:{outside}",), {"targetAddress": f"SMTP:{outside}"})

    def service(self, number: int) -> None:
        kind = self.dice.choice(("svc-scan", "svc-report", "MSOL_backup", "svc-crm"))
        called = f"{kind}-{number}"
        main = self.free(called)
        more = {"userPrincipalName": main, "sAMAccountName": self._account(called)}
        self._add("person", called, (f"SMTP:{main}",), more)

    def _extras(self, given: Name, surname: Name) -> Iterator[str]:
        for local in (given.spelled, f"{given.spelled[:1]}{surname.spelled}"):
            address = f"{local}@{DOMAIN}"
            if self.dice.random() < 0.4 and address not in self.taken:
                self.taken.add(address)
                yield address

    def free(self, local: str) -> str:
        """The local part itself, or with a number behind it."""
        for number in range(1, 1000):
            address = f"{local}{number if number > 1 else ''}@{DOMAIN}"
            if address not in self.taken:
                self.taken.add(address)
                return address
        raise AssertionError(local)

    def _account(self, local: str) -> str:
        for number in range(1000):
            account = f"{local[:16]}{number or ''}"
            if account not in self.accounts:
                self.accounts.add(account)
                return account
        raise AssertionError(local)

    def _add(
        self,
        kind: str,
        called: str,
        proxies: tuple[str, ...],
        more: dict[str, Any],
        *,
        licensed: bool = False,
        odd: bool = False,
    ) -> None:
        name, number = called, 1
        while name in self.names:
            number += 1
            name = f"{called} ({number})"
        self.names.add(name)
        self.things.append(Thing(kind, name, proxies, more, licensed, odd))

    # ------------------------------------------------------------ conflicts

    def plant(self, most: int) -> Iterator[Plant]:
        """Each with people of its own, so that one conflict has nothing to do with another."""
        left = [t for t in self.things if takes_part(t)]
        self.groups = [t for t in self.things if t.kind == "group" and t.main]
        self.dice.shuffle(left)
        kinds = [*PLANTS, *(self.dice.choice(PLANTS) for _ in range(most))][:most]
        self.dice.shuffle(kinds)
        for kind in kinds:
            keeper, loser = left.pop(), left.pop()
            yield kind(self, keeper, loser)


def names() -> list[Name]:
    with NAMES.open(encoding="utf-8") as rows:
        return [Name(**row) for row in csv.DictReader(rows)]


def extra(maker: _Maker, keeper: Thing, loser: Thing) -> Plant:
    """Somebody enters a colleague's main address as one more of theirs."""
    value = keeper.main
    written = maker.dice.choice((value, value.title(), value.upper()))
    code = "C01" if written == value else "C13"
    return Plant(code, value, loser.name, give=(f"smtp:{written}",), safe=not delivers(loser))


def both_main(_: _Maker, keeper: Thing, loser: Thing) -> Plant:
    """A second one of that name wants the same main address, and keeps the own one as an extra."""
    own = loser.main
    return Plant(
        "C02",
        keeper.main,
        loser.name,
        take=(f"SMTP:{own}",),
        give=(f"SMTP:{keeper.main}", f"smtp:{own}"),
    )


def of_a_group(maker: _Maker, keeper: Thing, loser: Thing) -> Plant:
    """A person lists the address of a group."""
    if not maker.groups:
        return extra(maker, keeper, loser)
    group = maker.groups.pop()
    return Plant(
        "C06", group.main, loser.name, give=(f"smtp:{group.main}",), safe=not delivers(loser)
    )


def of_a_sign_in(maker: _Maker, keeper: Thing, loser: Thing) -> Plant:
    """A person lists what somebody with a mailbox signs in as."""
    upn = keeper.more["userPrincipalName"]
    if keeper.odd or not keeper.licensed or upn == keeper.main:
        return extra(maker, keeper, loser)
    return Plant("C04", upn, loser.name, give=(f"smtp:{upn}",), safe=not delivers(loser))


def a_note(_: _Maker, keeper: Thing, loser: Thing) -> Plant:
    """An account that nobody uses any more carries somebody's address as a note."""
    note = {"proxyAddresses": None, "mail": keeper.main, "userAccountControl": DISABLED}
    known = "msExchRecipientTypeDetails" in loser.more
    if known or loser.licensed or "mailNickname" in loser.more:
        return both_main(_, keeper, loser)
    return Plant("C05", keeper.main, loser.name, edit=note, safe=True)


def of_the_cloud(maker: _Maker, _: Thing, loser: Thing) -> Plant:
    """A person lists an address that somebody made in the cloud meanwhile."""
    kind: Literal["user", "group"] = maker.dice.choice(("user", "group"))
    value = maker.free(f"cloud.{kind}")
    code = "C24" if kind == "user" else "C25"
    give = (f"smtp:{value}",)
    # nothing else in AD has it: on-premises, mail still goes to whoever Exchange finds it on
    safe = "msExchRecipientTypeDetails" not in loser.more
    return Plant(code, value, loser.name, give=give, safe=safe, in_cloud=kind)


PLANTS: tuple[Callable[[_Maker, Thing, Thing], Plant], ...] = (
    extra,
    both_main,
    of_a_group,
    of_a_sign_in,
    a_note,
    of_the_cloud,
    extra,
)


def takes_part(thing: Thing) -> bool:
    """People and accounts that are synchronized and have a main address."""
    at_work = thing.kind == "person" and "below" not in thing.more
    return at_work and bool(thing.main) and not thing.name.startswith("MSOL_")


def delivers(thing: Thing) -> bool:
    """Exchange on-premises sends its mail somewhere; a mailbox in Exchange Online gets what Entra shows for it."""
    return thing.more.get("msExchRecipientTypeDetails") not in {None, REMOTE_MAILBOX}
