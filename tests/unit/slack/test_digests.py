"""In: digests as bad as a directory and people can make them. Out: messages that Slack takes, and charts with their words.
Promise: within every limit in every language; the picture has letters for all that stands in it, and the same in words.
"""

from dataclasses import fields, replace
from datetime import date, timedelta
from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageFont

from bot.model import Mode, Paused
from bot.slack.chart import HEIGHT, WIDTH, Chart, Column, as_json, ceiling, draw, from_json
from bot.slack.digests import MAX_ALT, alt_of, chart_of
from bot.slack.digests import draw as draw_digest
from bot.slack.pictures import painted
from bot.triage.digest import (
    MOST_CAUSES,
    MOST_DAYS,
    MOST_NAMED,
    CauseCount,
    DayCount,
    Digest,
    Known,
)
from bot.words import Language, speaking
from tests.builders import NOW
from tests.sizes import examples
from tests.unit.slack.checks import wrong_with_message
from tests.unit.slack.hostile import SAYS, TEXTS
from tests.unit.slack.hostile_answers import LINES, SEVERAL
from tests.unit.slack.samples import DIGEST

COUNTS = st.integers(0, 10**9)
SOMETIME = st.none() | st.just(NOW) | st.just(NOW - timedelta(days=400))
CAUSES = st.builds(
    CauseCount,
    code=TEXTS,
    attribute=TEXTS,
    open=COUNTS,
    safe=COUNTS,
    waiting=COUNTS,
    example=st.none() | SAYS,
)
PAUSES = st.builds(Paused, id=TEXTS, at=st.just(NOW), by=TEXTS, reason=TEXTS, cases=SEVERAL)
KNOWN = st.builds(
    Known,
    mode=st.sampled_from(Mode),
    paused=st.none() | PAUSES,
    last_poll_at=SOMETIME,
    last_sync_at=SOMETIME,
    sync_stopped=st.booleans(),
)
DAYS = st.lists(
    st.builds(
        DayCount,
        day=st.dates(date(2020, 1, 1), date(2040, 1, 1)),
        open=st.none() | COUNTS,
        new=COUNTS,
        fixed=COUNTS,
    ),
    max_size=MOST_DAYS,
).map(tuple)
DIGESTS = st.builds(
    Digest,
    id=st.just("digest:2026-11-30"),
    day=st.just(date(2026, 11, 30)),
    at=st.just(NOW),
    since=SOMETIME,
    known=KNOWN,
    oldest=st.lists(LINES, max_size=MOST_NAMED).map(tuple),
    causes=st.lists(CAUSES, max_size=MOST_CAUSES).map(tuple),
    days=DAYS,
    **{field.name: COUNTS for field in fields(Digest) if field.type is int},
)


@settings(max_examples=examples(30), deadline=None)
@given(DIGESTS)
def test_any_digest_is_one_that_slack_takes(digest: Digest) -> None:
    for language in Language:
        with speaking(language):
            text, blocks, _ = draw_digest(digest)
            alt = alt_of(digest)

        assert wrong_with_message(text, blocks) == []
        assert 0 < len(alt) <= MAX_ALT


@pytest.mark.parametrize("language", Language)
def test_the_picture_has_letters_for_all_its_words(language: Language) -> None:
    """The font that comes with Pillow has no letters of other alphabets; a box would stand in their place."""
    font = ImageFont.load_default(24)
    with speaking(language):
        chart = chart_of(DIGEST)
    said = chart.title + "".join(chart.words) + "".join(c.label for c in chart.columns)
    unknown = bytes(font.getmask("\uffff"))

    assert [c for c in set(said) if bytes(font.getmask(c)) == unknown] == []


@settings(max_examples=examples(5), deadline=None)
@given(DAYS)
def test_any_chart_is_a_picture_of_its_size(days: tuple[DayCount, ...]) -> None:
    chart = chart_of(replace(DIGEST, days=days))
    picture = Image.open(BytesIO(draw(from_json(as_json(chart)))))
    picture.load()

    assert (picture.format, picture.size) == ("PNG", (2 * WIDTH, 2 * HEIGHT))


def test_a_bar_is_as_high_as_its_number() -> None:
    """Counted along the middle of each bar, in the colour of what was open."""

    def high(number: int) -> int:
        columns = (Column("a", (number, 0, 0)), Column("b", (100, 0, 0)))
        picture = Image.open(BytesIO(draw(Chart("", ("", "", ""), columns)))).convert("RGB")
        column = [picture.getpixel((366, y)) for y in range(2 * HEIGHT)]
        return sum(isinstance(c, tuple) and c[2] > c[0] + 40 for c in column)

    assert [high(n) for n in (0, 50, 100)] == [
        0,
        pytest.approx(184, abs=6),
        pytest.approx(368, abs=6),
    ]


@pytest.mark.parametrize(
    ("highest", "top"), [(0, 2), (1, 2), (3, 4), (5, 6), (7, 10), (11, 20), (41, 60), (999, 1000)]
)
def test_the_axis_ends_at_a_round_number(highest: int, top: int) -> None:
    assert ceiling(highest) == top


async def test_it_is_painted_by_a_process_of_its_own() -> None:
    chart = chart_of(DIGEST)

    assert await painted(chart) == draw(chart)


@pytest.mark.parametrize("program", ["raise SystemExit('no font')", "", "import os; os.abort()"])
async def test_a_picture_that_cannot_be_painted_is_none(
    tmp_path_factory: pytest.TempPathFactory, program: str
) -> None:
    file = tmp_path_factory.mktemp("chart") / "chart.py"
    file.write_text(program)

    assert await painted(chart_of(DIGEST), program=file) is None


async def test_the_painter_sees_no_secret_of_the_bot(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DIRSYNC_SLACK__BOT_TOKEN", "xoxb-very-secret")
    file = tmp_path_factory.mktemp("chart") / "chart.py"
    file.write_text("import os; print('there', dict(os.environ))")
    said = await painted(chart_of(DIGEST), program=file)

    assert said is not None
    assert b"there" in said
    assert b"DIRSYNC" not in said
