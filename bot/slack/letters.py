"""In: a text from a directory. Out: the same, in which what deceives the eye stands as its code point, such as <U+202E>.
Invisible and direction-changing characters, odd spaces, marks that hide in a letter, letters of another script among Latin ones.
Promise: pure; what is hidden is seen; a name that is written in a script of its own is left as it is.
"""

import re
import unicodedata

# controls, formats (bidi, zero width), private use, half characters, line and paragraph separators
_HIDDEN = frozenset({"Cc", "Cf", "Co", "Cs", "Zl", "Zp"})
_TOKEN = re.compile(r"\S+")
_RUN = re.compile(r"[^\W\d_]+")
_LAST_LATIN = 0x24F
# letters that most fonts draw like a Latin one: Cyrillic, Greek, Armenian, and those of phonetic writing
_ALIKE = frozenset(
    "\u0410\u0412\u0415\u0405\u0406\u0408\u041a\u041c\u041d\u041e\u0420\u0421\u0422\u0423\u0425\u04ae\u04ba\u04c0\u050c\u051a\u051c"
    "\u0430\u0435\u043a\u043e\u0440\u0441\u0443\u0445\u0455\u0456\u0458\u0475\u04af\u04bb\u04cf\u0501\u051b\u051d"
    "\u0391\u0392\u0395\u0396\u0397\u0399\u039a\u039c\u039d\u039f\u03a1\u03a4\u03a5\u03a7"
    "\u03b1\u03b9\u03ba\u03bd\u03bf\u03c1\u03c4\u03c5\u03c7\u03f2\u03f3"
    "\u0555\u0561\u0566\u0570\u0578\u057d\u0581\u0585"
    "\u0251\u0261\u0269\u026a\u0274\u0280\u028b\u028f\u0299\u029c\u029f"
)
_DRESSED = ("<wide>", "<narrow>", "<font>")  # full-width and mathematical forms of ordinary letters


def hidden(char: str) -> bool:
    return unicodedata.category(char) in _HIDDEN


def code_point(char: str) -> str:
    return f"<U+{ord(char):04X}>"


def shown(text: str) -> str:
    if text.isascii() and text.isprintable():
        return text
    alike = {n for token in _TOKEN.finditer(text) for n in _alike_in(token)}
    before = " "
    out = []
    for n, char in enumerate(text):
        deceives = n in alike or (not char.isascii() and _deceives(before, char))
        out.append(code_point(char) if deceives or hidden(char) else char)
        before = char
    return "".join(out)


def _deceives(before: str, char: str) -> bool:
    if unicodedata.category(char) == "Zs" or unicodedata.decomposition(char).startswith(_DRESSED):
        return True
    # the Kelvin sign is drawn like a K; a mark after its letter like the letter that has it
    single = unicodedata.normalize("NFC", char) != char
    return single or unicodedata.normalize("NFC", before + char) != before + char


def _alike_in(token: re.Match[str]) -> set[int]:
    """Where letters of another script pass for Latin ones: among Latin letters, or as a word beside them."""
    latin = any(c.isalpha() and ord(c) <= _LAST_LATIN for c in token[0])
    found: set[int] = set()
    for run in _RUN.finditer(token[0]) if latin else ():
        alike = {n for n, c in enumerate(run[0]) if c in _ALIKE}
        mixed = any(ord(c) <= _LAST_LATIN for c in run[0])
        if mixed or len(alike) == len(run[0]):
            found |= {token.start() + run.start() + n for n in alike}
    return found
