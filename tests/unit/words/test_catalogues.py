"""In: the code, and the catalogues beside it. Out: which sentence has no place in them, or has lost a gap there.
Promise: nobody is shown a mixture of languages, and no translation can break a card.
"""

import ast
import string
from collections.abc import Iterator

import pytest
from babel.messages.mofile import read_mo

from bot.words import Language, speaking, t
from tests.words.__main__ import LANGUAGES, missing, path_of, read, updated
from tests.words.extract import CALLS, ROOT, extract

# they draw sentences that stand elsewhere
# `dialogs` says what `heard` and `views` have marked
DRAWN_BY = frozenset(
    {
        "bot/slack/words.py",
        "bot/words/__init__.py",
        "bot/slack/dialogs.py",
        "bot/slack/batches.py",
        "bot/slack/digests.py",
        "bot/slack/pressed.py",
        "bot/slack/sheets.py",
    }
)
# what people read is made of these, and of nothing that is not a sentence of the catalogues
DRAWING = (
    "answers", "batches", "buttons", "byhand", "cards", "dialogs", "digests", "edge", "explained", "faces", "heard", "listed", "more", "others", "pages", "papers", "people", "pressed", "replies", "sheets",
    "storms", "table", "views",
)  # fmt: skip


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_sentence_is_without_a_translation(language: str) -> None:
    assert missing(language) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_catalogue_names_exactly_the_sentences_of_the_code(language: str) -> None:
    assert {str(m.id) for m in read(language) if m.id} == set(extract().sentences)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_catalogue_and_its_compiled_form_say_the_same(language: str) -> None:
    """What has no translation is left out of the compiled form; its header may name another day."""
    with path_of(language).with_suffix(".mo").open("rb") as file:
        compiled = {str(m.id): str(m.string) for m in read_mo(file) if m.id}

    assert compiled == {str(m.id): str(m.string) for m in read(language) if m.id and m.string}


def test_a_sentence_made_elsewhere_is_marked_there() -> None:
    found = extract()

    assert {place.file for place in found.indirect} - found.marking - DRAWN_BY == set()


def test_no_drawing_room_holds_a_text_that_cannot_be_translated() -> None:
    files = [ROOT / "bot" / "slack" / f"{name}.py" for name in DRAWING]
    files.append(ROOT / "bot" / "console.py")
    bare = [
        f"{path.name}:{node.lineno} {node.value!r}"
        for path in files
        for node in _bare_words(ast.parse(path.read_text("utf-8")))
    ]

    assert bare == []


def _bare_words(tree: ast.AST) -> Iterator[ast.Constant]:
    """Texts of two words or a capital that are neither in a call that translates nor told to the log nor a docstring."""
    if isinstance(tree, ast.Call) and _named(tree.func) in CALLS | {"log.error", "log.warning"}:
        return
    if isinstance(tree, ast.keyword) and tree.arg in {"style", "kind"}:
        return
    if isinstance(tree, ast.Constant) and isinstance(tree.value, str):
        words = [w for w in tree.value.split() if w.strip(".,:;…()").isalpha()]
        words = [w for w in words if w.strip(":") not in {"Entra", "AD"}]
        if len(words) > 1 or (words and words[0].istitle() and len(words[0]) > 1):
            yield tree
    for child in ast.iter_child_nodes(tree):
        if not (isinstance(child, ast.Expr) and isinstance(child.value, ast.Constant)):
            yield from _bare_words(child)


def _named(function: ast.expr) -> str:
    return ast.unparse(function)


def test_a_text_without_words_has_no_translation() -> None:
    with speaking(Language.NB):
        assert t("") == ""


def translated(language: str) -> Iterator[tuple[str, str]]:
    for message in updated(language):
        if message.id and message.string:
            yield str(message.id), str(message.string)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_translation_has_the_gaps_of_its_sentence(language: str) -> None:
    wrong = [(a, b) for a, b in translated(language) if gaps(a) != gaps(b)]

    assert wrong == []


def gaps(text: str) -> frozenset[str] | str:
    """By name: a gap may stand twice in one language and once in the other. A stray brace is told as such."""
    try:
        found = [(name, how, what) for _, name, how, what in string.Formatter().parse(text)]
    except ValueError as error:
        return str(error)
    if any(how or what for _, how, what in found):
        return f"a gap with a form: {text}"
    return frozenset(name for name, _, _ in found if name is not None)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_translation_begins_and_ends_as_its_sentence_does(language: str) -> None:
    wrong = [(a, b) for a, b in translated(language) if edges(a) != edges(b)]

    assert wrong == []


def edges(text: str) -> tuple[bool, bool, str]:
    """A blank glues to what stands beside it; a colon and dots say that something follows; a sentence has an end."""
    bare = text.strip()
    end = next((sign for sign in ("…", "...", ":", "?", ".") if bare.endswith(sign)), "")
    return text[:1].isspace(), text[-1:].isspace(), "…" if end == "..." else end


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_translation_brings_no_sign_that_slack_obeys(language: str) -> None:
    """Some stand in mrkdwn fields: what links, notifies or ends a code span there is in no translation."""
    wrong = [(a, b) for a, b in translated(language) if set(b) & set("<>`*") - set(a)]

    assert wrong == []
