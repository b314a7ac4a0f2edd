"""In: English sentences with named gaps, and the language of whoever reads them. Out: the sentence in that language.
The catalogues beside this file are gettext's; `make words` brings them up to date with the code.
Promise: a sentence without a translation is shown in English, never lost; a value is never translated.
"""

import gettext
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from importlib.resources import files

from bot.model import Say


class Language(StrEnum):
    EN = "en"
    NB = "nb"
    ET = "et"


_speaking: ContextVar[Language] = ContextVar("speaking", default=Language.EN)


@contextmanager
def speaking(language: Language) -> Iterator[None]:
    """Everything drawn inside is drawn in this language; tasks begun inside keep it."""
    before = _speaking.set(language)
    try:
        yield
    finally:
        _speaking.reset(before)


def spoken() -> Language:
    return _speaking.get()


@dataclass(frozen=True, slots=True)
class Languages:
    """What a channel reads, and who of its people reads something else (by their id there)."""

    channel: Language = Language.EN
    people: Mapping[str, Language] = field(default_factory=dict)

    def of(self, person: str) -> Language:
        return self.people.get(person, self.channel)


def t(text: str) -> str:
    """The text in the language that is spoken here. Only for literals: `make words` collects them."""
    language = _speaking.get()
    # gettext keeps its header as the translation of an empty text
    return _catalogue(language).gettext(text) if text and language is not Language.EN else text


def sentence(say: Say) -> str:
    said = {k: sentence(v) if isinstance(v, Say) else v for k, v in say.values.items()}
    return t(say.msgid).format(**said)


def language_of(tag: str) -> Language | None:
    """`nb-NO`, `no`, `nn_NO.UTF-8`, `et-EE`: what Slack, browsers and shells call a language. None: not spoken here."""
    name = re.split(r"[-_.]", tag)[0].lower()
    known = {"no": "nb", "nn": "nb"}
    return next((language for language in Language if language == known.get(name, name)), None)


@cache
def _catalogue(language: Language) -> gettext.NullTranslations:
    with files(__package__).joinpath(f"{language}.mo").open("rb") as catalogue:
        return gettext.GNUTranslations(catalogue)
