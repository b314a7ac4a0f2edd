"""In: a case, its route, when people are reminded. Out: where its card would go and why, for a terminal and as JSON.
Promise: pure but for the console it writes to; values of a directory are data, never terminal codes or markup.
"""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from rich.console import Console
from rich.text import Text

from bot.model import Case, Say
from bot.slack.words import visible
from bot.triage.quiet import Reminders
from bot.triage.routing import Route, Table
from bot.words import sentence, t


def show(case: Case, route: Route, table: Table, reminders: Reminders, console: Console) -> None:
    row = route.row
    title = sentence(case.diagnosis.title) if case.diagnosis else case.key.value
    _line(console, f"{case.id}  {case.diagnosis.code if case.diagnosis else ''}  {title}", "bold")
    for say in _where(route, table):
        _line(console, sentence(say))
    for name, people in (
        (t("Approvers"), route.approvers),
        (t("Owners"), row.owners),
        (t("Told in the thread"), row.notify),
        (t("Told at the end"), row.watch),
        (t("Lead"), (row.lead,) if row.lead else ()),
    ):
        _line(console, f"  {name}: {_people(people)}")
    _line(console, f"  {t('Language')}: {row.language}")
    for say in _reminded(route, reminders):
        _line(console, f"  {sentence(say)}")
    for passed in route.passed:
        said = t("Row {number} does not take it: {why}.")
        _line(console, said.format(number=passed.number, why=sentence(passed.why)), "dim")


def told(case: Case, route: Route, table: Table, reminders: Reminders) -> dict[str, Any]:
    """For other programs: in English, with stable names."""
    row = route.row
    return {
        "caseId": case.id,
        "code": case.diagnosis.code if case.diagnosis else None,
        "alert": route.alert,
        "row": None if row is table.rest else row.number,
        "channel": route.channel or None,
        "language": row.language,
        "approvers": list(route.approvers),
        "owners": list(row.owners),
        "notify": list(row.notify),
        "watch": list(row.watch),
        "lead": row.lead or None,
        "reminders": {
            "ownerHours": _hours(reminders.owner_after),
            "leadHours": _hours(reminders.lead_after),
            "quietHours": _quiet(reminders),
            "quietWeekends": reminders.weekends,
            "quietKept": not route.alert,
        },
        "passed": [{"row": p.number, "why": p.why.english()} for p in route.passed],
    }


def _where(route: Route, table: Table) -> Iterable[Say]:
    if route.row is table.rest:
        yield Say("No row of routes takes it, so the settings of slack do.")
    else:
        yield Say("Row {number} of routes takes it.", {"number": str(route.row.number)})
    if not route.alert:
        yield Say("Its card goes to the channel {id}.", {"id": route.channel})
    elif route.channel:
        yield Say(
            "This may be an attack: its card goes to the security channel {id} and to no other.",
            {"id": route.channel},
        )
    else:
        yield Say(
            "This may be an attack, and no security channel is set: it is announced, and not shown. Set "
            "DIRSYNC_SLACK__SECURITY_CHANNEL."
        )


def _reminded(route: Route, reminders: Reminders) -> Iterable[Say]:
    if reminders.owner_after:
        gaps = {"number": _hours(reminders.owner_after)}
        yield Say("Without an answer for {number} hours the owners are reminded.", gaps)
    if reminders.lead_after:
        gaps = {"number": _hours(reminders.lead_after)}
        yield Say("Without an answer for {number} hours the lead is reminded.", gaps)
    if route.alert:
        yield Say("Quiet hours are not kept for it.")
    elif quiet := _quiet(reminders):
        yield Say(
            "Quiet hours are kept: {when} ({place}).", {"when": quiet, "place": str(reminders.zone)}
        )


def _quiet(reminders: Reminders) -> str:
    if reminders.quiet is None:
        return ""
    start, end = reminders.quiet
    return f"{start:%H:%M}-{end:%H:%M}"


def _hours(span: timedelta) -> str:
    return f"{span.total_seconds() / 3600:g}"


def _people(people: Iterable[str]) -> str:
    return ", ".join(people) or t("nobody")


def _line(console: Console, line: str, style: str = "") -> None:
    console.print(Text(visible(line, 3000), style=style), soft_wrap=True)
