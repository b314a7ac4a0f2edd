"""In: nothing; these say when the digest is posted. Out: one frozen type, and its texts as clock time and days.
Promise: a time or a day that is none is refused; the time zone is that of the reminders unless another is named.
"""

import re
from datetime import time
from typing import Annotated

from pydantic import AfterValidator

from bot.settings.parts import Part, help_
from bot.settings.routes import zone_known

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
OFF = "off"
_CLOCK = re.compile(r"([01]\d|2[0-3]):([0-5]\d)")


def clock_of(text: str) -> time | None:
    """`08:00` as a clock time; None: never."""
    found = _CLOCK.fullmatch(text)
    return time(int(found[1]), int(found[2])) if found else None


def days_of(text: str) -> frozenset[int]:
    """`mon-fri` or `mon,wed,fri`; 0 is Monday. Raises ValueError."""
    found: set[int] = set()
    for part in re.split(r"[,;]", text.lower().replace(" ", "")):
        first, dash, last = part.partition("-")
        start, end = DAYS.index(first), DAYS.index(last if dash else first)
        found |= {(start + n) % len(DAYS) for n in range((end - start) % len(DAYS) + 1)}
    return frozenset(found)


def _time(text: str) -> str:
    if text != OFF and clock_of(text) is None:
        raise ValueError("expected a time such as 08:00, or off")
    return text


def _days(text: str) -> str:
    try:
        days_of(text)
    except ValueError:
        raise ValueError("expected days such as mon-fri or mon,wed,fri") from None
    return text


def _zone(name: str) -> str:
    return zone_known(name) if name else name


class Digest(Part):
    time: Annotated[
        str,
        AfterValidator(_time),
        help_("When the digest of the day is posted, by the clock of ZONE; or off.", "08:00"),
    ] = "08:00"
    days: Annotated[
        str,
        AfterValidator(_days),
        help_("On which days; it comes also when nothing is open.", "mon-fri"),
    ] = "mon-fri"
    zone: Annotated[
        str,
        AfterValidator(_zone),
        help_("Time zone of it; without one, that of DIRSYNC_REMINDERS__ZONE.", "Europe/Oslo"),
    ] = ""
