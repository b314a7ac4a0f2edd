"""In: sentences and the language of who reads them. Out: what that person is shown.
Promise: what is spoken in one place is not heard in another; no language, no sentence and no value is lost.
"""

import asyncio

import msgspec
import pytest

from bot.model import Say
from bot.slack.words import plain, runs
from bot.words import Language, language_of, sentence, speaking, t


def test_english_is_spoken_where_nothing_else_was_asked_for() -> None:
    assert sentence(Say("Looked in {searched}.", {"searched": "AD corp"})) == "Looked in AD corp."


def test_a_sentence_nobody_translated_is_shown_in_english() -> None:
    with speaking(Language.NB):
        assert (
            t("A sentence that stands in no catalogue.")
            == "A sentence that stands in no catalogue."
        )


async def test_two_answers_drawn_at_once_each_keep_their_language() -> None:
    async def heard(language: Language) -> str:
        with speaking(language):
            await asyncio.sleep(0)
            return t("Details")

    alone = [await heard(language) for language in Language]
    together = await asyncio.gather(*(heard(language) for language in Language))

    assert alone == together


@pytest.mark.parametrize(
    ("tag", "language"),
    [
        ("nb-NO", Language.NB),
        ("no", Language.NB),
        ("nn_NO.UTF-8", Language.NB),
        ("et", Language.ET),
        ("et_EE.UTF-8", Language.ET),
        ("en-GB", Language.EN),
        ("C.UTF-8", None),
        ("de-DE", None),
        ("", None),
    ],
)
def test_what_slack_browsers_and_shells_call_a_language(
    tag: str, language: Language | None
) -> None:
    assert language_of(tag) == language


NESTED = Say(
    "{done} of {all} changes were written, then it stopped: {why}",
    {"done": "1", "all": "2", "why": Say("No right: {user} may not.", {"user": "svc{x}"})},
)
TOLD = "1 of 2 changes were written, then it stopped: No right: svc{x} may not."


def test_a_sentence_within_a_sentence_is_drawn_with_it() -> None:
    drawn = "".join(run["text"] for run in runs(NESTED))

    assert [NESTED.english(), sentence(NESTED), plain(NESTED), drawn] == [TOLD] * 4


def test_a_sentence_within_a_sentence_is_stored_with_it() -> None:
    assert msgspec.json.decode(msgspec.json.encode(NESTED), type=Say) == NESTED


@pytest.mark.parametrize("language", Language)
def test_a_sentence_within_a_sentence_is_in_the_same_language(language: Language) -> None:
    inner = Say("Nothing yet.")
    with speaking(language):
        assert sentence(Say("{why} {todo}", {"why": inner, "todo": "x"})).startswith(
            t("Nothing yet.")
        )
