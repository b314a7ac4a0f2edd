"""In: a value that nobody holds, and values that somebody does. Out: at most five that are much like it.
Candidates come from prefix filters, which AD answers from an index, under a size limit.
Promise: no filter starts with a wildcard, so "did you mean" never reads the whole directory. Pure.
"""

import difflib
import re
from collections.abc import Iterable

from bot.ad.filters import bare, starts_with

MOST = 5
ALIKE = 0.6  # difflib's ratio: about two slips in a short address
_PLACES = (("mail", ""), ("userPrincipalName", ""), ("proxyAddresses", "smtp:"))
_SHORTEST = 2


def guesses(value: str, indexed: frozenset[str]) -> tuple[str, ...]:
    """Prefix clauses: how the value begins, and how it would with two letters swapped or the names turned round."""
    local = bare(value).partition("@")[0]
    pieces = [piece for piece in re.split(r"[._\- +]+", local) if len(piece) >= _SHORTEST]
    starts = dict.fromkeys(piece[:3] for piece in [local, *pieces])
    if len(local) > _SHORTEST:
        starts[local[1] + local[0] + local[2]] = None
        starts[local[0] + local[2] + local[1]] = None
    if len(local) >= _SHORTEST:
        starts[local[:2]] = None  # a letter too many or too few in third place
    return tuple(
        starts_with(attribute, prefix + start)
        for attribute, prefix in _PLACES
        if attribute in indexed
        for start in (starts or {local: None})
        if start
    )


def close_values(value: str, candidates: Iterable[str]) -> tuple[str, ...]:
    others = sorted(set(candidates) - {value})
    return tuple(difflib.get_close_matches(value, others, n=MOST, cutoff=ALIKE))
