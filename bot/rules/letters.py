"""In: a name as people write it. Out: the letters that may stand in an address or a sign-in name.
The table is for letters that Unicode cannot take apart (ø, đ, ł, þ, ß) and for those with a custom of their own.
Promise: pure; no letter is dropped silently: what has no rendering is reported as None.
"""

import unicodedata
from collections.abc import Mapping

# How Estonian, Norwegian, Swedish, Danish, Finnish, German, Icelandic, Polish, Croatian and Turkish addresses are
# usually spelled; a company that writes ä as ae says so in its settings.
LETTERS: Mapping[str, str] = {
    "å": "a",
    "ä": "a",
    "æ": "ae",
    "ö": "o",
    "ø": "o",
    "õ": "o",
    "ü": "u",
    "š": "s",
    "ž": "z",
    "é": "e",
    "ß": "ss",
    "þ": "th",
    "ð": "d",
    "đ": "d",
    "ł": "l",
    "\u0131": "i",  # the dotless i of Turkish
    "œ": "oe",
    "ŋ": "n",
    "ħ": "h",
    "ŧ": "t",
    "ĸ": "k",
    "ƒ": "f",
    "’": "'",
    "‘": "'",
    "\u02bc": "'",
    "\u2010": "-",
    "\u2011": "-",
    "\u2013": "-",
    "\u2014": "-",
}


def plain(text: str, letters: Mapping[str, str] = LETTERS) -> str | None:
    """`Jürgen Õun` → `Jurgen Oun`; None when a letter has no rendering (Cyrillic, Greek, Chinese …).

    An upper-case letter takes the rendering of its lower-case one: Ø → O, Æ → Ae.
    """
    out: list[str] = []
    for letter in unicodedata.normalize("NFC", text):
        found = _rendered(letter, letters)
        if found is None:
            return None
        out.append(found)
    return "".join(out)


def _rendered(letter: str, letters: Mapping[str, str]) -> str | None:
    if letter.isascii():
        return letter
    small = letter.lower()
    if small in letters:
        found = letters[small]
        return found if letter == small else found.capitalize()
    base = "".join(c for c in unicodedata.normalize("NFKD", letter) if not unicodedata.combining(c))
    if base.isascii() and base:
        return base
    return None
