"""In: the aliases of Contoso's people and groups.
Out: what somebody changed in AD one day, and the sync problem it makes: eight live, four to plant.
Promise: each alone makes the errors it names, and none touches the value of another.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from bot.lab.contoso.entries import (
    GROUPS,
    Account,
    Entry,
    account_entry,
    accounts,
    address,
    below,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One LDAP modify of one object: values that go, values that come."""

    dn: str
    gone: tuple[tuple[str, str], ...] = ()
    new: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """`changes` make it; `mended` are made after one more sync cycle, behind everybody's back."""

    id: str
    case: str
    address: str
    story: str
    changes: tuple[Change | Account, ...] = ()
    mended: tuple[Change, ...] = ()
    public_folder: str | None = None  # in Exchange Online only, and in none of Graph's lists


def _dn_of(alias: str) -> str:
    return next(each.dn for each in accounts() if each.alias == alias)


def _lists(alias: str, local_part: str) -> Change:
    """Somebody enters another's address as an extra one."""
    return Change(dn=_dn_of(alias), new=(("proxyAddresses", f"smtp:{address(local_part)}"),))


def _undone(change: Change) -> Change:
    return Change(dn=change.dn, gone=change.new, new=change.gone)


PER_HANSEN_OF_BERGEN = Account(
    kind="person",
    given="Per",
    surname="Hansen",
    alias="per.hansen2",
    primary="per.hansen",
    others=("per.hansen2",),
    unit="Bergen",
    department="Logistics",
    title="Forklift driver",
    number=101,
)
LIIS_TAMM = Account(
    kind="person",
    given="Liis",
    surname="Tamm",
    alias="liis.tamm",
    primary="liis",
    others=(),
    unit="Tartu",
    department="Research",
    title="Intern",
    number=102,
)
HANNA_LEPIK_OF_OSLO = Account(
    kind="person",
    given="Hanna",
    surname="Lepik",
    alias="hanna.lepik2",
    primary="hanna.lepik",
    others=("hanna.lepik2",),
    unit="Oslo",
    department="Sales",
    title="Account manager",
    number=103,
)
_TAX_GETS_ITS_NAME = Change(
    dn=f"CN=Tax,{GROUPS}",
    gone=(
        ("proxyAddresses", f"SMTP:{address('tax-group')}"),
        ("mail", address("tax-group")),
    ),
    new=(
        ("proxyAddresses", f"SMTP:{address('tax')}"),
        ("proxyAddresses", f"smtp:{address('tax-group')}"),
        ("mail", address("tax")),
    ),
)
_PRIYA_LISTS_REIN = _lists("priya.raman", "rein.oun")

LIVE = (
    Problem(
        id="john",
        case="C01",
        address=address("john"),
        story="The account that runs John Doe's reports was given his address",
        changes=(_lists("svc-john", "john"),),
    ),
    Problem(
        id="astrid",
        case="C01",
        address=address("astrid"),
        story="A second Astrid wanted the short address",
        changes=(_lists("astrid.myhre", "astrid"),),
    ),
    Problem(
        id="tonu-kask",
        case="C01",
        address=address("tonu.kask"),
        story="Tõnu Kask's address was entered on Tõnis Kask",
        changes=(_lists("tonis.kask", "tonu.kask"),),
    ),
    Problem(
        id="maria-berg",
        case="C01",
        address=address("maria.berg"),
        story="Maria Solberg, born Berg, wanted her old address back",
        changes=(_lists("maria.solberg", "maria.berg"),),
    ),
    Problem(
        id="per-hansen",
        case="C02",
        address=address("per.hansen"),
        story="A second Per Hansen was hired in Bergen",
        changes=(PER_HANSEN_OF_BERGEN,),
    ),
    Problem(
        id="liis",
        case="C02",
        address=address("liis"),
        story="The intern Liis Tamm got the address of Liis Tamme",
        changes=(LIIS_TAMM,),
    ),
    Problem(
        id="events",
        case="C56",
        address=address("events"),
        story="Hanne Moen was given the address of an old public folder",
        changes=(_lists("hanne.moen", "events"),),
        public_folder="Events 2019",
    ),
    Problem(
        id="tax",
        case="C06",
        address=address("tax"),
        story="The group Tax took the address that Siri Haugen lists",
        changes=(_TAX_GETS_ITS_NAME,),
    ),
)
PLANTS = (
    Problem(
        id="ulle-magi",
        case="C01",
        address=address("ulle.magi"),
        story="Ülle Mägi's address is entered on Ülar Mägi",
        changes=(_lists("ular.magi", "ulle.magi"),),
    ),
    Problem(
        id="hanna-lepik",
        case="C02",
        address=address("hanna.lepik"),
        story="A second Hanna Lepik is hired in Oslo",
        changes=(HANNA_LEPIK_OF_OSLO,),
    ),
    Problem(
        id="nils-vik",
        case="C22",
        address=address("nils.vik"),
        story="Two colleagues stand in for Nils Vik, and both list his address",
        changes=(_lists("helen.obrien", "nils.vik"), _lists("kristiina.ratsep", "nils.vik")),
    ),
    Problem(
        id="rein-oun",
        case="C54",
        address=address("rein.oun"),
        story="Rein Õun's address is entered on Priya Raman and taken off again by hand",
        changes=(_PRIYA_LISTS_REIN,),
        mended=(_undone(_PRIYA_LISTS_REIN),),
    ),
)


def changes(wanted: Iterable[Change | Account], base_dn: str) -> list[Change | Entry]:
    """With the domain's DN; a new person as the entry to add."""
    return [
        below(base_dn, account_entry(each, {}))
        if isinstance(each, Account)
        else replace(each, dn=f"{each.dn},{base_dn}")
        for each in wanted
    ]
