"""In: the code and the catalogues. Out: catalogues that name every sentence, and their compiled form.
`make words` runs it; `--missing LANGUAGE` prints what still has to be translated.
Promise: no translation is thrown away while its sentence stands in the code.
"""

import argparse
import sys
from datetime import UTC, datetime
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from tests.words.extract import ROOT, extract

LANGUAGES = ("nb", "et")
WORDS = ROOT / "bot" / "words"
DAY = datetime(2026, 1, 1, tzinfo=UTC)  # a compiled catalogue names one, whatever day it is


def path_of(language: str) -> Path:
    return WORDS / f"{language}.po"


def read(language: str) -> Catalog:
    with path_of(language).open("rb") as file:
        return read_po(file, locale=language)


def updated(language: str) -> Catalog:
    """The catalogue with exactly the sentences of the code; no dates, so that the same code gives the same file."""
    known = read(language) if path_of(language).exists() else Catalog(locale=language)
    fresh = Catalog(
        locale=language,
        project="dirsync-triage",
        charset="utf-8",
        fuzzy=False,
        header_comment=f"# {language}: sentences of dirsync-triage",
    )
    for text, places in extract().sentences.items():
        message = known.get(text)
        files = sorted({p.file for p in places})
        fresh.add(text, str(message.string) if message else "", locations=[(f, 0) for f in files])
    return fresh


def missing(language: str) -> list[str]:
    return [str(m.id) for m in updated(language) if m.id and not m.string]


def write(language: str) -> None:
    catalogue = updated(language)
    with path_of(language).open("wb") as file:
        write_po(
            file, catalogue, width=0, include_lineno=False, sort_output=True, omit_header=False
        )
    path_of(language).write_text(_without_dates(path_of(language).read_text("utf-8")), "utf-8")
    compiled = read(language)
    compiled.creation_date = compiled.revision_date = DAY
    with path_of(language).with_suffix(".mo").open("wb") as file:
        write_mo(file, compiled)


def _without_dates(text: str) -> str:
    dated = ("POT-Creation-Date", "PO-Revision-Date", "Generated-By", "Report-Msgid-Bugs-To")
    return "".join(
        line for line in text.splitlines(keepends=True) if not line.lstrip('"').startswith(dated)
    )


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--missing", choices=LANGUAGES, help="print what has no translation yet")
    given = asked.parse_args()
    if given.missing:
        sys.stdout.write("".join(f"{text}\n" for text in missing(given.missing)))
        return
    for language in LANGUAGES:
        write(language)
        sys.stdout.write(f"{language}: {len(missing(language))} missing\n")


if __name__ == "__main__":
    main()
