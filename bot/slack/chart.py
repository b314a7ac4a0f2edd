"""In: how many cases were open, new and fixed on each of some days, and the words beside them; as JSON on stdin.
Out: the picture, as a PNG on stdout. It is a program of its own, run by `pictures.py`: once it has ended, the bot
holds no more memory than before.
Promise: imports nothing of the bot and reads no file; the same numbers are the same picture on every machine.
"""

import json
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from io import BytesIO
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.ImageDraw import ImageDraw

WIDTH, HEIGHT = (
    640,
    320,
)  # small, so that its words are read where a thread shows it smaller still; drawn twice as fine
FINE = 2
SMOOTH = 2  # drawn larger still and made smaller: Pillow's own corners have steps
LEFT, RIGHT, TOP, BOTTOM = 52, 16, 96, 40
EDGE, LEGEND, WORD = (
    20,
    62,
    16,
)  # where the words begin, how far down the legend stands, its letters
BAR, BETWEEN = 10, 2
LEAST = 3  # of a bar that stands for anything at all
MOST = 1_000_000
PAPER, LINE, INK, FAINT = "#fbfbfc", "#e3e5e9", "#1d2530", "#5c6673"
OPEN, NEW, FIXED = "#4d6a8f", "#e6932e", "#2a9d74"


@dataclass(frozen=True, slots=True)
class Column:
    """One day. Without numbers there was no digest on it."""

    label: str
    numbers: tuple[int, int, int] | None = None


@dataclass(frozen=True, slots=True)
class Chart:
    """`words` are those for open, new and fixed; in letters of `ImageFont.load_default`, which knows ASCII."""

    title: str
    words: tuple[str, str, str]
    columns: tuple[Column, ...]


def as_json(chart: Chart) -> bytes:
    return json.dumps(asdict(chart)).encode()


def from_json(text: bytes) -> Chart:
    told = json.loads(text)
    columns = (
        Column(c["label"], tuple(c["numbers"]) if c["numbers"] else None) for c in told["columns"]
    )
    return Chart(told["title"], tuple(told["words"]), tuple(columns))


def ceiling(highest: int) -> int:
    """A round number that half of is round as well, so that both can stand beside the axis."""
    step = 1
    while True:
        for times in (2, 4, 6, 10):
            if highest <= step * times:
                return step * times
        step *= 10


def draw(chart: Chart) -> bytes:
    from PIL import Image, ImageDraw

    large = Image.new("RGB", (_px(WIDTH, SMOOTH), _px(HEIGHT, SMOOTH)), PAPER)
    top = ceiling(max((n for c in chart.columns for n in c.numbers or ()), default=1))
    _bars(ImageDraw.Draw(large), chart, top)
    picture = large.resize((_px(WIDTH), _px(HEIGHT)), Image.Resampling.LANCZOS)
    _words(ImageDraw.Draw(picture), chart, top)
    out = BytesIO()
    # few colours: a quarter of the bytes, and nothing that the eye would miss
    picture.quantize(64, dither=Image.Dither.NONE).save(out, "PNG", optimize=True)
    return out.getvalue()


def _px(points: float, smooth: int = 1) -> int:
    return round(points * FINE * smooth)


def _bars(pen: "ImageDraw", chart: Chart, top: int) -> None:
    def at(*points: float) -> tuple[int, ...]:
        return tuple(_px(p, SMOOTH) for p in points)

    pen.rectangle(at(0, 0, WIDTH - 0.5, HEIGHT - 0.5), None, LINE, 4)
    for share in (0, 0.5, 1):
        y = _height(share)
        pen.line(at(LEFT, y, WIDTH - RIGHT, y), LINE, 4)
    for middle, column in _places(chart):
        if column.numbers is None:
            y = HEIGHT - BOTTOM - 4
            pen.rounded_rectangle(at(middle - 5, y - 1, middle + 5, y + 1), 4, LINE)
            continue
        left = middle - (3 * BAR + 2 * BETWEEN) / 2
        for number, colour in zip(column.numbers, (OPEN, NEW, FIXED), strict=True):
            if number > 0:
                high = max(LEAST, _height(0) - _height(min(number, MOST) / top))
                box = at(left, _height(0) - high, left + BAR, _height(0))
                round_ = (True, True, False, False)
                pen.rounded_rectangle(box, _px(min(4, high / 2), SMOOTH), colour, corners=round_)
            left += BAR + BETWEEN
    for x, colour in zip(_legend(chart), (OPEN, NEW, FIXED), strict=True):
        pen.rounded_rectangle(at(x, LEGEND - 7, x + 14, LEGEND + 7), _px(3, SMOOTH), colour)


def _words(pen: "ImageDraw", chart: Chart, top: int) -> None:
    from PIL import ImageFont

    def write(x: float, y: float, text: str, size: float, anchor: str, colour: str = FAINT) -> None:
        font = ImageFont.load_default(size * FINE)
        pen.text((_px(x), _px(y)), text, colour, font, anchor)

    write(EDGE, 28, chart.title, 20, "lm", INK)
    for x, word in zip(_legend(chart), chart.words, strict=True):
        write(x + 20, LEGEND, word, WORD, "lm", INK)
    for share in (0, 0.5, 1):
        write(LEFT - 10, _height(share), f"{round(top * share)}", 15, "rm")
    for middle, column in _places(chart):
        write(middle, HEIGHT - BOTTOM + 18, column.label, 14, "mm")
        if column.numbers and column.numbers[0]:
            left = middle - (3 * BAR + 2 * BETWEEN) / 2
            high = max(LEAST, _height(0) - _height(min(column.numbers[0], MOST) / top))
            write(left + BAR / 2, _height(0) - high - 3, str(column.numbers[0]), 13, "ms", INK)


def _height(share: float) -> float:
    return HEIGHT - BOTTOM - share * (HEIGHT - BOTTOM - TOP)


def _places(chart: Chart) -> Iterator[tuple[float, Column]]:
    each = (WIDTH - LEFT - RIGHT) / max(1, len(chart.columns))
    for number, column in enumerate(chart.columns):
        yield LEFT + each * (number + 0.5), column


def _legend(chart: Chart) -> tuple[float, ...]:
    """A line of its own below the title: in some languages its words are long."""
    from PIL import ImageFont

    font = ImageFont.load_default(WORD * FINE)
    x, found = float(EDGE), []
    for word in chart.words:
        found.append(x)
        x += 20 + font.getlength(word) / FINE + 24
    return tuple(found)


if __name__ == "__main__":
    sys.stdout.buffer.write(draw(from_json(sys.stdin.buffer.read())))
