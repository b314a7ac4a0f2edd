"""In: one letter that is not ASCII. Out: another one of the same kind: same script, same case, spelled alike in ASCII.
Promise: pure; one to one for one secret; what takes a letter apart or spells it finds the same with the other one.
"""

import hashlib
import unicodedata
from functools import cache

from bot.rules.letters import plain

_LATIN = range(0xC0, 0x180)
_BLOCK = 64


def other_letter(letter: str, secret: bytes) -> str:
    """The letter itself where there is no other of its kind."""
    small = letter.lower()
    pool = _pool(small) if len(small) == 1 else ()
    if small not in pool:
        return letter
    mixed = sorted(pool, key=lambda c: hashlib.sha256(secret + c.encode()).digest())
    made = mixed[pool.index(small)]
    return made if letter == small else made.upper()


@cache
def _pool(small: str) -> tuple[str, ...]:
    code = ord(small)
    start = code - code % _BLOCK
    block = _LATIN if code in _LATIN else range(start, start + _BLOCK)
    kind = _kind(small)
    return tuple(c for c in map(chr, block) if _kind(c) == kind) if kind else ()


def _kind(letter: str) -> tuple[object, ...] | None:
    """None: no small letter, or one that is written in several ways."""
    upper = letter.upper()
    apart = unicodedata.normalize("NFD", letter)
    if not letter.isalpha() or unicodedata.normalize("NFC", letter) != letter:
        return None
    if letter.lower() != letter or len(upper) != 1 or upper.lower() != letter:
        return None
    if unicodedata.normalize("NFC", upper) != upper:
        return None
    spelled = plain(letter)
    length = None if spelled is None else len(spelled)
    return unicodedata.category(letter), len(apart), upper == letter, length
