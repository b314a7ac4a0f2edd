"""In: values, and the name of a domain. Out: which accounts AD lets sign in by them without their saying so.
An account without that userPrincipalName is known by its sAMAccountName and the domain's DNS name all the same.
Promise: pure; whoever is named here must not see the value given to somebody else.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from bot.ad.filters import MOST_VALUES, any_of, can_be_held, is_equal
from bot.model import AdObject, ObjectType
from bot.rules.names import parts

_SIGN_IN = {ObjectType.USER, ObjectType.OTHER}  # computers sign in too; groups and contacts do not


def dns_name(dn: str) -> str:
    """Of the domain that a DN lies in, in lower case; "" where it cannot be told."""
    labels: list[str] = []
    try:
        rdns = parts(dn)
    except ValueError:
        return ""
    for rdn in reversed(rdns):
        found = [value for attribute, value in rdn if attribute == "dc"]
        if not found:
            break
        labels.insert(0, found[0])
    return ".".join(labels)


def accounts(values: Iterable[str], domain: str) -> dict[str, str]:
    """Bare value by account name. Only values in the name of this very domain: a company's addresses seldom are."""
    split = ((value.rpartition("@"), value) for value in values)
    return {name: value for (name, _, of), value in split if of == domain and can_be_held(name)}


def filters(names: Sequence[str]) -> Iterator[str]:
    for i in range(0, len(names), MOST_VALUES):
        yield any_of(is_equal("sAMAccountName", name) for name in names[i : i + MOST_VALUES])


def assigned(
    named: Mapping[str, str], found: Iterable[AdObject], domain: str
) -> dict[str, list[AdObject]]:
    """By bare value."""
    living: dict[str, list[AdObject]] = {}
    for each in found:
        value = named.get((each.sam_account_name or "").lower())
        if value and not each.deleted and each.type in _SIGN_IN and dns_name(each.dn) == domain:
            living.setdefault(value, []).append(each)
    return living
