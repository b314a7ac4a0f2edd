"""In: nothing; these are the rows of the table of routes, and when people are reminded. Out: one frozen type each.
A row has conditions, all optional, and what follows from it; the settings of `slack` are the last row.
Promise: a row that can never be reached, a name that is none and a condition that nothing fulfils are refused.
"""

import difflib
import json
import re
from collections.abc import Mapping
from datetime import time
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator

from bot.model import ObjectType, Risk
from bot.settings import kinds
from bot.settings.parts import Part, help_

LAST_CASE = 62
EXAMPLE = (
    '[{"domains":["contoso.com"],"risks":["judge"],"channel":"C0123456780","language":"nb",'
    '"owners":["U0123456789"],"notify":["U0123456781"],"lead":"U0123456780"}]'
)
_HOURS = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)")


def _cases(codes: tuple[str, ...]) -> tuple[str, ...]:
    codes = tuple(code.upper() for code in codes)
    known = {f"C{number:02}" for number in range(LAST_CASE + 1)}
    if not set(codes) <= known:
        raise ValueError(f"expected cases of the catalogue, C00 to C{LAST_CASE}")
    return codes


def _users(users: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(kinds.slack_user(user) for user in users)


def _user(user: str) -> str:
    return kinds.slack_user(user) if user else user


def zone_known(name: str) -> str:
    """The name itself. Raises ValueError where this machine knows no such zone."""
    if name == "UTC":
        return name  # a machine without time zones knows this one too
    try:
        ZoneInfo(name)
    except (ValueError, OSError, KeyError):  # what is not found is a KeyError
        raise ValueError("expected a time zone such as Europe/Oslo or UTC") from None
    return name


def hours_of(text: str) -> tuple[time, time] | None:
    """`20:00-07:00` as two clock times; None: no hour."""
    found = _HOURS.fullmatch(text)
    if found is None:
        return None
    numbers = [int(number) for number in found.groups()]
    return time(numbers[0], numbers[1]), time(numbers[2], numbers[3])


def _hours(text: str) -> str:
    if not text or text == "none":
        return "none"
    hours = hours_of(text)
    if hours is None or hours[0] == hours[1]:
        raise ValueError("expected hours such as 20:00-07:00, or none")
    return text


def _rows(value: Any) -> Any:
    """A list of tables, or the same as JSON in one variable."""
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except json.JSONDecodeError:
        raise ValueError("expected a list of tables as JSON") from None


Domains = Annotated[tuple[kinds.Domain, ...], BeforeValidator(kinds.split_list)]
Cases = Annotated[kinds.Names, AfterValidator(_cases)]
Risks = Annotated[tuple[Risk, ...], BeforeValidator(kinds.split_list)]
Types = Annotated[tuple[ObjectType, ...], BeforeValidator(kinds.split_list)]
Users = Annotated[kinds.Names, AfterValidator(_users)]


class Route(Part):
    """One row. What it does not say is as in the settings of `slack`."""

    domains: Domains = ()
    ous: kinds.Dns = ()
    cases: Cases = ()
    risks: Risks = ()
    types: Types = ()
    channel: kinds.ChannelId = ""
    language: kinds.Language | Literal[""] = ""
    owners: Users = ()
    approvers: Users = ()
    notify: Users = ()
    watch: Users = ()
    lead: Annotated[str, AfterValidator(_user)] = ""

    @property
    def asks(self) -> bool:
        return any((self.domains, self.ous, self.cases, self.risks, self.types))


Routes = Annotated[tuple[Route, ...], BeforeValidator(_rows)]


class Reminders(Part):
    owner_hours: Annotated[
        float,
        help_(
            "After so many hours without an answer the owners are mentioned; 0: never.",
            4,
            ge=0,
            le=168,
        ),
    ] = 4
    lead_hours: Annotated[
        float,
        help_("After so many hours the lead of the route is; 0: never.", 8, ge=0, le=168),
    ] = 8
    quiet_hours: Annotated[
        str,
        AfterValidator(_hours),
        help_(
            "When nobody is reminded of anything but a possible attack, by the clock of ZONE; or none.",
            "20:00-07:00",
        ),
    ] = "20:00-07:00"
    quiet_weekends: Annotated[
        bool, help_("Whether Saturday and Sunday are quiet as well.", "true")
    ] = True
    zone: Annotated[
        str, AfterValidator(zone_known), help_("Time zone of the quiet hours.", "Europe/Oslo")
    ] = "UTC"


def problems_of(routes: tuple[Route, ...], approvers: Mapping[str, str]) -> list[str]:
    """What does not fit together; each row was found to be well made by itself."""
    lines = []
    whole: int | None = None
    for number, route in enumerate(routes, 1):
        called = f"DIRSYNC_ROUTES, row {number}"
        if whole is not None:
            lines.append(
                f"{called} is never reached: row {whole} takes every case; give that one a condition or put it last."
            )
        elif not route.asks:
            whole = number
        strangers = [user for user in route.approvers if user not in approvers]
        if strangers:
            lines.append(
                f"{called}: approvers names {', '.join(strangers)}, who is not in DIRSYNC_SLACK__APPROVERS; a route takes rights away and gives none."
            )
    return lines


def too_few_in(routes: tuple[Route, ...], approvers: Mapping[str, str]) -> list[str]:
    """Rows under which nobody ever approves what takes two people: a warning, for they may be about safe changes."""
    lines = []
    for number, route in enumerate(routes, 1):
        people = {approvers[user] for user in route.approvers if user in approvers}
        if len(people) == 1 and set(route.risks) != {Risk.SAFE}:
            lines.append(
                f"DIRSYNC_ROUTES, row {number}: approvers names one person; what takes two people can never be approved there."
            )
    return lines


def problem(written: str, path: tuple[str, ...], kind: str, expected: str | None) -> str:
    """One line about one place in the table; `path` begins with the number of the row."""
    number, *rest = path
    if not number.isdecimal():
        return f"{written} is no list of tables, for example DIRSYNC_ROUTES={EXAMPLE}."
    where = f"{written}, row {int(number) + 1}"
    if not rest:
        return f"{where} is no table, for example {EXAMPLE[1:-1]}."
    name = rest[0]
    if kind == "extra_forbidden":
        near = difflib.get_close_matches(name, list(Route.model_fields), n=1, cutoff=0.0)[0]
        return f"{where}: {name} is no part of a route; the nearest name is {near}."
    return f"{where}: {name} is not right; {expected or _EXPECTED.get(name, 'expected text')}."


_EXPECTED = {
    "risks": "expected a list of " + ", ".join(Risk),
    "types": "expected a list of " + ", ".join(ObjectType),
    "language": "expected one of en, nb, et",
    "lead": "expected one Slack user id",
    "channel": "expected a channel's id (C…)",
    **dict.fromkeys(
        ("domains", "ous", "cases", "owners", "approvers", "notify", "watch"),
        "expected a list of texts",
    ),
}
