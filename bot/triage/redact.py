"""In: a case file of real people. Out: the same case of nobody: names, addresses, DNs, SIDs and ids are replaced.
The same value always becomes the same one; letter case, Unicode forms, lengths and what equals what stay as they are.
Promise: pure; the diagnosis of what comes out has the same code and the same shape of plan; raw errors are left out.
"""

import base64
import hashlib
import re
import unicodedata
import uuid
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import msgspec

from bot.model import Evidence
from bot.triage.casefile import CaseFile
from bot.triage.disguise import other_letter
from bot.triage.naming import candidates
from bot.triage.policy import Policy
from bot.triage.value import fold, guid_of_anchor

# what is the same everywhere and says nothing about anybody; some of it is what cases look for
_COMMON = frozenset(
    word
    for words in (
        "smtp sip x400 x500 eum o ou cn dc l st c cnf acnf del mailto mail ext former",
        "onmicrosoft microsoftonline local lan internal corp com net org edu gov int info biz",
        "no ee se dk fi de fr uk eu us ru pl is lv lt nl es it",
        "users groups contacts computers builtin people foreignsecurityprincipals lostandfound deleted objects",
        "aad msol support cas systemmailbox krbtgt exchange administrative group recipients",
    )
    for word in words.split()
)
_GUID = r"(?i:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})"
_SID = r"(?i:s-1-5-21(?:-\d+){1,15})"
_MARK = "\u0300-\u036f"  # what stands behind a letter that was taken apart
_PIECE = re.compile(
    rf"(?P<guid>{_GUID})|(?P<sid>{_SID})|(?P<escaped>\\[0-9A-Fa-f]{{2}})|(?P<letters>(?:[A-Za-z](?![{_MARK}]))+)"
    rf"|(?P<digits>[0-9]+)|(?P<cluster>(?:[^\x00-\x7f]|[A-Za-z])[{_MARK}]*)"
)
_IN_PROSE = re.compile(
    rf"{_GUID}|{_SID}|[^\s;,<>()\[\]\"']+@[^\s;,<>()\[\]\"']+|(?i:CN|OU)=[^;\"<>\]]+"
)
_WELL_KNOWN_RID = 1000

# what servers write and cases look for, in any error: it is kept, the rest of the text is not
PHRASES = (
    "Hard match operation blocked due to security hardening",
    "OnPremisesObjectIdentifier mapping",
    "PublicFolder_",
    "synchronization operation, Delete, is not valid",
    "0x8023134a",
    "device",
)
_PROSE = frozenset({"why", "what"})
_IDS = frozenset({"guid", "id", "mapped_to", "object_id", "conflict_id", "tenant"})
_KEPT = frozenset(
    {"category", "attribute", "object_type", "origin", "type", "classes", "joined_by", "where", "searched",
     "roles", "stated_on", "forest", "patterns", "former", "letters", "kind"}
)  # fmt: skip


@dataclass(slots=True)
class _Nobody:
    """What has been replaced by what. `secret` makes the replacements of two files unlike each other."""

    secret: bytes
    words: dict[str, str] = field(default_factory=dict)  # in lower case
    given: set[str] = field(default_factory=set)

    def text(self, text: str) -> str:
        return _PIECE.sub(self._piece, text)

    def prose(self, text: str) -> str:
        """A sentence of a server: only what names somebody."""
        return _IN_PROSE.sub(lambda found: self.text(found.group()), text)

    def guid(self, text: str) -> str:
        made = uuid.UUID(bytes=self._bytes("guid", text.lower(), 16), version=4)
        return str(made).upper() if text.isupper() else str(made)

    def id(self, text: str) -> str:
        return self.guid(text) if re.fullmatch(_GUID, text) else self.text(text)

    def anchor(self, text: str) -> str:
        guid = guid_of_anchor(text)
        if guid is None:  # one that is broken stays so, and as long as it was
            return self.text(text)
        return base64.b64encode(uuid.UUID(self.guid(guid)).bytes_le).decode()

    def sid(self, text: str) -> str:
        prefix, parts = text[:8], text[8:].lstrip("-").split("-")
        *domain, rid = parts
        own = "-".join(domain)
        made = [str(self._number("sid", own, n, 4_000_000_000)) for n in range(len(domain))]
        if int(rid) >= _WELL_KNOWN_RID:
            rid = str(_WELL_KNOWN_RID + self._number("rid", f"{own}-{rid}", 0, 2_000_000_000))
        return "-".join([prefix, *made, rid])

    def ref(self, text: str) -> str:
        place, colon, id_ = text.rpartition(":")
        return f"{place}{colon}{self.id(id_)}" if place.startswith(("ad", "entra")) else text

    def _piece(self, found: re.Match[str]) -> str:
        text = found.group()
        match found.lastgroup:
            case "guid":
                return self.guid(text)
            case "sid":
                return self.sid(text)
            case "letters":
                return self._word(text)
            case "digits":
                return self._digits(text)
            case "cluster":
                return self._cluster(text)
            case _:  # a character that a DN writes as two digits
                return text

    def _word(self, text: str) -> str:
        small = text.lower()
        if small in _COMMON:
            return text
        made = self.words.get(small) or self._fresh(small, "abcdefghijklmnopqrstuvwxyz")
        return "".join(n.upper() if o.isupper() else n for o, n in zip(text, made, strict=True))

    def _digits(self, text: str) -> str:
        """One or two of them tell people of one name apart, and nobody from anybody."""
        return text if len(text) < 3 else self.words.get(text) or self._fresh(text, "0123456789")

    def _fresh(self, word: str, letters: str) -> str:
        """A word of the same length that stands for no other."""
        for tries in range(100_000):
            raw = self._bytes("word", f"{tries}:{word}", len(word))
            made = "".join(letters[b % len(letters)] for b in raw)
            if made not in self.given and made not in _COMMON:
                break
        self.given.add(made)
        self.words[word] = made
        return made

    def _cluster(self, text: str) -> str:
        """A letter with its marks: composed or taken apart, as it was."""
        composed = unicodedata.normalize("NFC", text)
        if len(composed) != 1:
            return text
        made = other_letter(composed, self.secret)
        if made == composed:
            return text
        return unicodedata.normalize("NFD", made) if text != composed else made

    def _number(self, kind: str, of: str, n: int, below: int) -> int:
        return int.from_bytes(self._bytes(kind, f"{n}:{of}", 8)) % below

    def _bytes(self, kind: str, of: str, length: int) -> bytes:
        shake = hashlib.shake_256(self.secret + f"\n{kind}\n{of}".encode("utf-8", "surrogatepass"))
        return shake.digest(length)


def redacted(file: CaseFile, secret: bytes) -> CaseFile:
    """`secret` is thrown away afterwards: without it nothing leads back from a replacement to what it stands for."""
    nobody = _Nobody(secret)
    plain = msgspec.to_builtins(file, builtin_types=(datetime, timedelta))
    made: CaseFile = msgspec.convert(_walked(plain, "", nobody), CaseFile)
    return replace(
        made,
        evidence=_with_candidates(file.evidence, made.evidence, file.policy, made.policy, nobody),
        previous=made.previous
        and file.previous
        and _with_candidates(file.previous, made.previous, file.policy, made.policy, nobody),
    )


def _with_candidates(
    real: Evidence, made: Evidence, policy: Policy | None, other: Policy | None, nobody: _Nobody
) -> Evidence:
    """New names are made from the names of people: those of nobody are taken, or free, as those of the people were."""
    before = candidates(real, policy or Policy())
    after = candidates(made, other or Policy())
    paired = dict(zip(before, after, strict=False)) if len(before) == len(after) else {}
    taken = {
        paired.get(value) or nobody.text(value): tuple(nobody.ref(ref) for ref in refs)
        for value, refs in real.taken.items()
    }
    return replace(made, taken=taken)


def _walked(node: Any, name: str, nobody: _Nobody) -> Any:
    if isinstance(node, dict):
        if name in {"standings", "taken"}:
            return {nobody.ref(k): _walked(v, "standing", nobody) for k, v in node.items()}
        return {k: _walked(v, k, nobody) for k, v in node.items()} if name not in _KEPT else node
    if isinstance(node, list | tuple):
        return [_walked(part, name, nobody) for part in node]
    return _text(node, name, nobody) if isinstance(node, str) else node


def _text(text: str, name: str, nobody: _Nobody) -> str:
    if name == "raw":
        told = fold(" ".join(text.split()))
        return " … ".join(phrase for phrase in PHRASES if fold(phrase) in told)
    if name in _KEPT or not text:
        return text
    ways = {"ref": nobody.ref, "anchor": nobody.anchor}
    if name in _IDS:
        return nobody.id(text)
    if name in _PROSE:
        return nobody.prose(text)
    return ways.get(name, nobody.text)(text)
