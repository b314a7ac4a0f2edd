"""In: the digest of a day. Out: its one message; its chart, and the same as words for those who cannot see it.
Promise: pure; within Slack's limits whatever a directory holds; what is not in the table is counted in its last row.
"""

from datetime import timedelta
from typing import Any

from bot.model import Say
from bot.slack.cards import date
from bot.slack.chart import Chart, Column
from bot.slack.limits import within
from bot.slack.storms import cause_lines
from bot.slack.words import bullets, cell, escaped, heading, plain, plain_text, rich, visible
from bot.triage import pause, telling
from bot.triage.digest import CauseCount, DayCount, Digest
from bot.words import t

EVENT_TYPE = "dirsync_digest"
LATE = timedelta(hours=1)  # the lists are read every minute
MAX_ALT = 1000
Json = dict[str, Any]


def draw(digest: Digest) -> tuple[str, list[Json], Json]:
    """The fallback text, the blocks, and the metadata by which the message is found again."""
    title = _title(digest)
    blocks = [
        {
            "type": "header",
            "block_id": f"h:{digest.id}",
            "text": plain_text(f"📊 {plain(title)}"[:150]),
        },
        _stand(digest),
        rich(f"numbers:{digest.id}", bullets(_numbers(digest))),
    ]
    if digest.oldest:
        oldest = bullets(map(telling.case_line, digest.oldest))
        blocks.append(rich(f"oldest:{digest.id}", heading(t("Waiting longest")), oldest))
    if digest.causes:
        blocks.append(_table(digest))
    metadata = {"event_type": EVENT_TYPE, "event_payload": {"digest": digest.id}}
    return escaped(plain(title)), within(blocks), metadata


def _title(digest: Digest) -> Say:
    gaps = {
        "count": str(digest.open),
        "fresh": str(digest.new),
        "fixed": str(digest.fixed),
    }
    if digest.known.last_poll_at is None:
        return Say("Sync errors: not known, for nothing was read yet")
    if digest.since is None:
        return Say("First look at this tenant: {count} open sync errors", gaps)
    if not digest.open:
        return Say("Sync errors: none open, {fresh} new, {fixed} fixed", gaps)
    return Say("Sync errors: {count} open, {fresh} new, {fixed} fixed", gaps)


def _stand(digest: Digest) -> Json:
    known = digest.known
    parts = []
    if digest.since:
        parts.append(t("since {when}").format(when=date(digest.since)))
    if known.last_poll_at:
        parts.append(t("last poll {when}").format(when=date(known.last_poll_at)))
    if known.last_sync_at:
        parts.append(t("last sync {when}").format(when=date(known.last_sync_at)))
    parts.append(t(telling.MODES[known.mode]))
    return {
        "type": "context",
        "block_id": f"stand:{digest.id}",
        "elements": [{"type": "mrkdwn", "text": "  •  ".join(parts), "verbatim": True}],
    }


def _numbers(digest: Digest) -> list[Say]:
    """What is zero is left out, but for what people look for first."""
    says = [*_troubles(digest)]
    if digest.since is None:
        says.append(Say("All that was open when the bot first looked counts here."))
    else:
        says.append(Say("New, or back: {count}.", _count(digest.new)))
        says.append(Say("Fixed: {count}.", _count(digest.fixed)))
        if digest.by_hand:
            says.append(
                Say("Of these, put right without the bot: {count}.", _count(digest.by_hand))
            )
    says.append(Say("Waiting for more than 24 hours: {count}.", _count(digest.waiting)))
    if digest.unconfirmed:
        gaps = {"count": str(digest.unconfirmed), "later": str(digest.overdue)}
        says.append(
            Say("Written, and not confirmed by Entra yet: {count}; overdue: {later}.", gaps)
        )
    if digest.together:
        gap = _count(digest.together)
        says.append(Say("Told together in the card of many at once: {count}.", gap))
    if digest.aside:
        says.append(Say("Snoozed or ignored: {count}.", _count(digest.aside)))
    if digest.unread:
        says.append(Say("Not looked at yet: {count}.", _count(digest.unread)))
    if digest.security:
        gap = _count(digest.security)
        says.append(Say("Possible attacks, told apart from this: {count}.", gap))
    return says


def _count(number: int) -> dict[str, str | Say]:
    return {"count": str(number)}


def _troubles(digest: Digest) -> list[Say]:
    """What makes the numbers old, or keeps them from going down."""
    known, says = digest.known, []
    if known.last_poll_at is None:
        says.append(Say("Entra’s error lists have not been read to their end yet."))
    elif digest.at - known.last_poll_at > LATE:
        gaps = {"when": telling.when(known.last_poll_at)}
        says.append(
            Say("Entra’s error lists were last read at {when}: these numbers are old.", gaps)
        )
    if known.sync_stopped:
        gaps = {"when": telling.when(known.last_sync_at)}
        says.append(Say("Directory sync has stopped. It last ran at {when}.", gaps))
    if known.paused:
        says.append(Say("Nothing is written now: {why}", {"why": pause.told(known.paused)}))
    return says


def _table(digest: Digest) -> Json:
    heads = (t("Cause"), t("Errors"), t("Safe fixes"), t("Waiting for people"))
    rows = [[cell(head) for head in heads], *map(_row, digest.causes)]
    if digest.more_causes:
        said = t("… and {count} more causes").format(count=digest.more_causes)
        rows.append([cell(said), cell(str(digest.in_more_causes)), cell(""), cell("")])
    return {
        "type": "table",
        "block_id": f"causes:{digest.id}",
        "column_settings": [{"is_wrapped": True}, *({"align": "right"} for _ in heads[1:])],
        "rows": rows,
    }


def _row(cause: CauseCount) -> list[Json]:
    lines = cause_lines(cause.code, cause.attribute)
    if cause.example:
        lines.append(t("such as: {title}").format(title=visible(plain(cause.example), 120)))
    numbers = (cause.open, cause.safe, cause.waiting)
    return [cell("\n".join(lines)), *(cell(str(number)) for number in numbers)]


# ---------------------------------------------------------------- the chart


def chart_of(digest: Digest) -> Chart:
    return Chart(
        title=t("Sync errors, day by day"),
        words=(t("Open cases"), t("New cases"), t("Fixed cases")),
        columns=tuple(map(_column, digest.days)),
    )


def _column(count: DayCount) -> Column:
    label = t("{month}-{day}").format(month=f"{count.day:%m}", day=f"{count.day:%d}")
    return Column(label, None if count.open is None else (count.open, count.new, count.fixed))


def alt_of(digest: Digest) -> str:
    """The chart in words."""
    days = [
        f"{count.day:%m-%d}: {count.open}/{count.new}/{count.fixed}"
        for count in digest.days
        if count.open is not None
    ]
    said = t("Open, new and fixed cases of each day: {days}").format(days=", ".join(days))
    return said if len(said) <= MAX_ALT else said[: MAX_ALT - 1] + "…"
