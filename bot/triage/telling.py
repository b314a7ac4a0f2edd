"""In: the answers to list, free, check, calculate and status. Out: each as a title and a few sentences.
Slack and the terminal draw the same sentences, each in its own way.
Promise: pure; what was not read is told as such, and a difference is told as one.
"""

from collections.abc import Iterator
from datetime import datetime

from bot.answers import (
    Answer,
    Calculated,
    Calculation,
    CaseLine,
    CaseList,
    Checked,
    Checkup,
    Compared,
    Dropped,
    Free,
    Listing,
    Status,
)
from bot.model import Case, Mode, Say, State, mark
from bot.triage import pause
from bot.triage.aside import is_aside

MAX_VALUES = 12
MODES = {
    Mode.OBSERVE: mark("The bot only observes: nothing can be approved."),
    Mode.PROPOSE: mark("The bot proposes: approved changes are made by hand."),
    Mode.APPLY: mark("The bot writes what was approved."),
}


def cases(found: CaseList) -> Listing:
    if found.trouble:
        return Listing(title=found.trouble)
    if not found.cases:
        return Listing(
            title=Say(
                "There is no such case. Not closed, all in all: {count}.", {"count": str(found.all)}
            )
        )
    gaps = {"count": str(len(found.cases)), "all": str(found.all)}
    return Listing(
        title=Say(
            "{count} of {all} cases that are not closed, what waits for somebody first.", gaps
        ),
        lines=tuple(map(case_line, found.cases)),
    )


def case_line(line: CaseLine) -> Say:
    told: dict[str, str | Say] = {
        "case": line.id,
        "state": Say(line.stands or STATES[line.state]),
        "code": line.code,
        "title": line.title,
        "since": when(line.first_seen),
        "who": line.owner,
    }
    if line.owner:
        return Say(
            "{case} {code}: {title}. {state}; first seen {since}. {who} takes care of it.", told
        )
    return Say("{case} {code}: {title}. {state}; first seen {since}.", told)


def stands(case: Case) -> str:
    """How a case stands, in the words of its card; empty where its state says it."""
    if is_aside(case):
        return mark("Ignored") if case.ignored else mark("Snoozed")
    if case.held:
        return mark("Held")
    if case.state is State.PENDING and any(case.proposal(a.proposal_id) for a in case.agreed):
        return mark("Waiting for a second approval")
    return ""


def free(found: Free) -> Listing:
    if found.trouble:
        return Listing(title=found.trouble)
    gaps = {"value": found.value, "names": ", ".join(found.holders)}
    if found.free is Answer.YES and found.gaps:
        title = Say(
            "{value} is free: nothing alive holds it. Not every recycle bin could be read.", gaps
        )
    elif found.free is Answer.YES:
        title = Say("{value} is free: nothing in AD or Entra holds it, nor any recycle bin.", gaps)
    elif found.free is Answer.UNKNOWN:
        title = Say("Nobody is known to hold {value}, but not every place could be read.", gaps)
    elif found.holders:
        title = Say("{value} is not free: {names} has it.", gaps)
    else:
        title = Say("{value} is not free. Who holds it is shown to full readers only.", gaps)
    too = found.free is Answer.YES
    lines = [
        Say("Free too: {value}" if too else "Free instead: {value}", {"value": each})
        for each in found.instead
    ]
    if not lines:
        lines = [Say("No other name like it was found to be free.")]
    return Listing(title=title, lines=tuple(lines))


def checked(found: Checked) -> Listing:
    if found.trouble:
        return Listing(title=found.trouble)
    if not found.found:
        title = Say(
            "Nothing alive holds {value}, as far as this bot can see.", {"value": found.asked}
        )
        return Listing(title=title)
    lines: list[Say] = []
    for each in found.found:
        lines += _checkup(each, full=found.full)
    synced = Say("The tenant was last synchronized at {when}.", {"when": when(found.last_sync_at)})
    title = Say("What both sides have of {value}", {"value": found.asked})
    return Listing(title=title, lines=(*lines, synced))


def calculated(found: Calculation) -> Listing:
    if found.trouble:
        return Listing(title=found.trouble)
    if not found.objects:
        say = Say("No AD object was found for {value}.", {"value": found.asked})
        return Listing(title=say)
    lines: list[Say] = []
    for made in found.objects:
        lines += _made(made)
    return Listing(
        title=Say("What Entra makes of {value}", {"value": found.asked}), lines=tuple(lines)
    )


def _made(made: Calculated) -> Iterator[Say]:
    name = {"name": made.ad.name}
    if made.left_out:
        gaps: dict[str, str | Say] = {**name, "why": made.left_out}
        yield Say("{name} is not synchronized: {why}.", gaps)
        return
    if made.synced is None:
        yield Say("{name}, if it is synchronized: which OUs are was not stated.", name)
    else:
        yield Say("{name}, as it is synchronized:", name)
    for row in made.compared:
        yield _foretold(row)
    yield from _dropped(made.dropped)
    yield from made.assumed


def _foretold(row: Compared) -> Say:
    gaps: dict[str, str | Say] = {
        "attribute": row.attribute,
        "stored": _values(row.ad),
        "meant": _values(row.meant),
        "shown": _values(row.entra),
    }
    if row.entra is None:
        return Say("{attribute}: AD {stored}; Entra will show {meant}", gaps)
    if row.differs:
        return Say("{attribute} differs: AD {stored}; Entra will show {meant}, now {shown}", gaps)
    return Say("{attribute}: AD {stored}; Entra will show {meant}, as it does now", gaps)


def _dropped(dropped: tuple[Dropped, ...]) -> Iterator[Say]:
    for lost in dropped:
        told: dict[str, str | Say] = {
            "attribute": lost.attribute,
            "value": lost.value,
            "why": lost.why,
        }
        yield Say("Entra does not show {attribute} {value} as it stands: {why}.", told)


def _checkup(each: Checkup, *, full: bool) -> Iterator[Say]:
    gaps: dict[str, str | Say] = {"name": each.name, "when": when(each.last_sync_at)}
    if each.in_ad and each.in_entra:
        yield Say("{name} is in AD and in Entra, last synchronized at {when}.", gaps)
    elif each.in_ad:
        yield Say("{name} is in AD only.", gaps)
    else:
        yield Say("{name} is in Entra only.", gaps)
    if each.dn:
        yield Say("DN: {dn}", {"dn": each.dn})
    yield from _scope(each)
    yield from (_compared(row) for row in each.attributes if row.ad or row.meant or row.entra)
    yield from _dropped(each.dropped)
    yield from _in_entra(each, full=full)


def _scope(each: Checkup) -> Iterator[Say]:
    if each.left_out:
        yield Say("It is not synchronized: {why}.", {"why": each.left_out})
    elif each.in_ad and each.synced is None:
        yield Say("Whether it is synchronized is not known: which OUs are was not stated.")
    elif each.in_ad:
        yield Say("It lies within what is synchronized.")


def _in_entra(each: Checkup, *, full: bool) -> Iterator[Say]:
    for error in each.errors:
        told = {
            "category": error.category or "?",
            "attribute": error.attribute or "?",
            "value": error.value or "?",
        }
        yield Say("Entra reports {category} on {attribute}: {value}", told)
    if not each.errors and each.in_entra:
        yield Say("Entra reports no error on it.")
    if not full or not each.in_entra:
        return
    if each.roles is None:
        yield Say("Its roles could not be read.")
    elif each.roles:
        yield Say("Roles: {roles}", {"roles": ", ".join(each.roles)})


def _compared(row: Compared) -> Say:
    gaps: dict[str, str | Say] = {
        "attribute": row.attribute,
        "stored": _values(row.ad),
        "meant": _values(row.meant),
        "shown": _values(row.entra),
    }
    if row.differs:
        return Say(
            "{attribute} differs: AD {stored}; Entra should show {meant}, and shows {shown}", gaps
        )
    return Say("{attribute}: AD {stored}; Entra {shown}", gaps)


def _values(values: tuple[str, ...] | None) -> str | Say:
    if values is None:
        return Say("not there")
    if not values:
        return Say("nothing")
    if len(values) > MAX_VALUES:
        told = {"values": ", ".join(values[:MAX_VALUES]), "count": str(len(values) - MAX_VALUES)}
        return Say("{values} and {count} more", told)
    return ", ".join(values)


def status(told: Status) -> Listing:
    lines = [Say(MODES[told.mode])]
    if told.paused:
        lines.append(Say("Attention: {why}", {"why": pause.told(told.paused)}))
        if told.paused.lifting:
            who = {"who": told.paused.lifting.name}
            lines.append(
                Say(
                    "{who} wants writing to go on. It takes one more approver: /dirsync resume.",
                    who,
                )
            )
    else:
        lines.append(Say("Writing is not paused."))
    lines.append(Say("The last complete poll was at {when}.", {"when": when(told.last_poll_at)}))
    synced = {"when": when(told.last_sync_at)}
    lines.append(
        Say("Directory sync has stopped: the last one was at {when}.", synced)
        if told.sync_stopped
        else Say("The tenant was last synchronized at {when}.", synced)
    )
    if told.waiting:
        count = {"count": str(told.waiting)}
        lines.append(Say("{count} approved changes wait for the writer. Is it running?", count))
    if told.aside:
        lines.append(Say("Snoozed or ignored: {count}", {"count": str(told.aside)}))
    lines += [
        Say("{state}: {count}", {"state": Say(STATES[state]), "count": str(told.cases[state])})
        for state in State
        if state in told.cases
    ]
    if not told.cases:
        lines.append(Say("No case is open."))
    return Listing(
        title=Say("How the bot stands (version {number})", {"number": told.version}),
        lines=tuple(lines),
    )


STATES = {
    State.NEW: mark("Being looked at"),
    State.OPEN: mark("Explained, nothing to approve"),
    State.PENDING: mark("Waiting for an approval"),
    State.APPROVED: mark("Approved"),
    State.APPLYING: mark("Being written"),
    State.WRITTEN: mark("Written to AD, waiting for sync"),
    State.EXPORTED: mark("Written and synced, waiting for Entra’s hourly clean-up"),
    State.VERIFIED: mark("Fixed and verified"),
    State.CLOSED: mark("Closed"),
    State.PARTIAL: mark("Partly written"),
    State.UNKNOWN: mark("Write not answered, reading AD to find out"),
    State.FAILED: mark("Nothing was written"),
    State.REFUSED: mark("Refused by the writer"),
    State.OVERDUE: mark("Written, but Entra still complains"),
    State.REJECTED: mark("Rejected"),
    State.EXPIRED: mark("Expired without a decision"),
    State.UNDONE: mark("Undone"),
}


def when(moment: datetime | None) -> str | Say:
    return f"{moment:%Y-%m-%d %H:%M} UTC" if moment else Say("an unknown time")
