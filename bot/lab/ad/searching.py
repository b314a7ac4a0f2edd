"""In: a base, a scope and a filter.
Out: the entries, and references to the naming contexts that begin below the base.
Promise: indexes are used where the filter allows it, and it is told when none was.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.lab.ad.errors import no_object
from bot.lab.ad.filters import Node, build
from bot.lab.ad.tree import Entry, is_below

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bot.lab.ad.directory import Directory


@dataclass(frozen=True)
class Found:
    entries: list[Entry]
    references: list[str]
    scanned: bool  # no index helped


def search(
    directory: "Directory", base: str, scope: str, wanted: Node, *, with_deleted: bool
) -> Found:
    tree = directory.tree
    top = tree.resolve(base)
    if top.deleted and not with_deleted:
        raise no_object(directory.base_dn)
    test = build(wanted, tree)
    candidates = test.candidates
    places: Iterable[Entry]
    if scope == "baseObject":
        places = [top]
    elif scope == "singleLevel":
        places = [each for each in top.children.values() if not each.naming_context]
    elif candidates is not None:
        places = [each for each in candidates if is_below(each, top)]
    else:
        places = tree.below(top)
    entries = [each for each in places if (with_deleted or not each.deleted) and test.matches(each)]
    scanned = scope == "wholeSubtree" and candidates is None
    return Found(entries, _references(directory, top, scope), scanned)


def _references(directory: "Directory", top: Entry, scope: str) -> list[str]:
    if scope == "baseObject":
        return []
    below = [each for each in top.children.values() if each.naming_context]
    suffix = "" if scope == "wholeSubtree" else "??base"
    return [f"ldap://{directory.domain}/{each.dn}{suffix}" for each in below]
