"""In: the cases as they stand, one short look at each; what the days before were. Out: a `Digest`, the numbers of a day.
Promise: pure; every case is counted in one way that is written down here; no possible attack is named, only counted.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

import msgspec

from bot.answers import CaseLine
from bot.model import Case, Ended, Member, Mode, Paused, Say, State
from bot.triage.aside import is_alert, is_aside
from bot.triage.causes import OVER, Cause, grouped, has_own_card, is_one_click, member_of
from bot.triage.telling import stands

MARK = "digest"  # the last one, and the days before it
FIRST = "digest:first"  # the first complete poll ever; no digest has told of it yet
WAITS_LONG = timedelta(hours=24)
MOST_CAUSES, MOST_NAMED, MOST_DAYS = 8, 3, 14
UNCONFIRMED = frozenset({State.WRITTEN, State.EXPORTED, State.OVERDUE, State.UNKNOWN})
# decided and in order: nobody has to do anything now
_ON_ITS_WAY = frozenset({State.APPROVED, State.APPLYING, State.WRITTEN, State.EXPORTED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What a digest has to know of one case. `line`: how it is named, if it may be named where the digest is read.

    `began`: when its error was seen first, or came back after it had been put right.
    """

    member: Member
    began: datetime | None = None
    ended: Ended | None = None
    alert: bool = False
    aside: bool = False
    together: bool = False  # the card of a storm tells of it
    line: CaseLine | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DayCount:
    """One day of the chart. None: there was no digest on it."""

    day: date
    open: int | None = None
    new: int = 0
    fixed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class CauseCount:
    """`example`: the title of one case of it that may be named here."""

    code: str
    attribute: str
    open: int
    safe: int
    waiting: int
    example: Say | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """How the bot stood at the moment of the digest, from what is stored."""

    mode: Mode
    paused: Paused | None = None
    last_poll_at: datetime | None = None
    last_sync_at: datetime | None = None
    sync_stopped: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    """The numbers of one day. Cases that may be an attack are in `security` and in no other number.

    open: not put right yet, whatever is done about it. new: seen first, or again, since `since`. fixed: Entra was shown
    to be clean since then; by_hand: of these, not by a write of the bot. waiting: open for more than 24 hours, not set
    aside, and no approved change is on its way; `oldest` are the first of these. unconfirmed: written, and Entra has
    not shown it yet; overdue: of these, for too long. together: open, and told by the card of a storm.
    `since` None: this is the first look at a tenant, and all is new.
    """

    id: str
    day: date
    at: datetime
    since: datetime | None
    known: Known
    open: int = 0
    new: int = 0
    fixed: int = 0
    by_hand: int = 0
    waiting: int = 0
    aside: int = 0
    unconfirmed: int = 0
    overdue: int = 0
    together: int = 0
    security: int = 0
    unread: int = 0  # open, and not looked at yet
    oldest: tuple[CaseLine, ...] = ()
    causes: tuple[CauseCount, ...] = ()
    more_causes: int = 0
    in_more_causes: int = 0  # open cases
    days: tuple[DayCount, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """What is kept between two digests: one mark, written in the commit that says a digest is due."""

    days: tuple[DayCount, ...] = ()
    digest: Digest | None = None


def look_at(case: Case, *, here: bool) -> Look | None:
    """`here`: where the digest is read, the case may be named. None: the case is about other cases."""
    if case.storm is not None:
        return None
    alert = is_alert(case)
    over = case.state in OVER
    return Look(
        # a digest tells of cases with a card of their own too
        member=replace(member_of(case), safe=is_one_click(case)),
        began=case.back_at or case.first_seen,
        ended=case.ended if over else None,
        alert=alert,
        aside=is_aside(case),
        together=not has_own_card(case),
        line=None if alert or over or not here else _line(case),
    )


def _line(case: Case) -> CaseLine | None:
    if case.diagnosis is None:
        return None
    return CaseLine(
        id=case.id,
        state=case.state,
        code=case.diagnosis.code,
        title=case.diagnosis.title,
        first_seen=case.back_at or case.first_seen,
        owner=case.owner.name if case.owner else "",
        stands=stands(case),
    )


def digest_of(
    looks: Iterable[Look],
    *,
    id_: str,
    day: date,
    now: datetime,
    since: datetime | None,
    known: Known,
    before: Sequence[DayCount] = (),
    shown: Sequence[date] = (),
) -> Digest:
    """`before`: the numbers of earlier days; `shown`: which days the chart has, the oldest first."""
    looks = list(looks)
    told = [look for look in looks if not look.alert]
    open_ = [look for look in told if look.member.state not in OVER]
    new = sum(since is None or (look.began is not None and look.began > since) for look in told)
    fixed = [o for o in (look.ended for look in told) if o and (since is None or o.at > since)]
    waiting = sorted(filter(lambda look: _waits_long(look, now), open_), key=_began)
    causes, examples = grouped(look.member for look in open_), _examples(open_)
    known_causes = [cause for cause in causes if cause.code]
    # what was put aside waits for nobody
    waits = Counter(
        (look.member.code, look.member.attribute)
        for look in open_
        if look.member.state is State.PENDING and not look.aside
    )
    today = DayCount(day=day, open=len(open_), new=new, fixed=len(fixed))
    return Digest(
        id=id_,
        day=day,
        at=now,
        since=since,
        known=known,
        open=len(open_),
        new=new,
        fixed=len(fixed),
        by_hand=sum(not ended.by_us for ended in fixed),
        waiting=len(waiting),
        aside=sum(look.aside for look in open_),
        unconfirmed=sum(look.member.state in UNCONFIRMED for look in open_),
        overdue=sum(look.member.state is State.OVERDUE for look in open_),
        together=sum(look.together for look in open_),
        security=sum(look.alert and look.member.state not in OVER for look in looks),
        unread=sum(cause.count for cause in causes if not cause.code),
        oldest=tuple(look.line for look in waiting if look.line)[:MOST_NAMED],
        causes=tuple(
            _counted(c, examples, waits[c.code, c.attribute]) for c in known_causes[:MOST_CAUSES]
        ),
        more_causes=len(known_causes[MOST_CAUSES:]),
        in_more_causes=sum(cause.count for cause in known_causes[MOST_CAUSES:]),
        days=_days((*before, today), shown or (day,)),
    )


def _waits_long(look: Look, now: datetime) -> bool:
    long = look.began is not None and look.began <= now - WAITS_LONG
    return long and not look.aside and look.member.state not in _ON_ITS_WAY


def _began(look: Look) -> tuple[datetime, str]:
    assert look.began is not None  # noqa: S101 - only those that wait are sorted
    return look.began, look.member.case_id


def _examples(open_: Sequence[Look]) -> Mapping[tuple[str, str], Say]:
    found: dict[tuple[str, str], Say] = {}
    for look in open_:
        if look.line:
            found.setdefault((look.member.code, look.member.attribute), look.line.title)
    return found


def _counted(cause: Cause, examples: Mapping[tuple[str, str], Say], waiting: int) -> CauseCount:
    return CauseCount(
        code=cause.code,
        attribute=cause.attribute,
        open=cause.count,
        safe=cause.safe,
        waiting=waiting,
        example=examples.get((cause.code, cause.attribute)),
    )


def _days(counts: Sequence[DayCount], shown: Sequence[date]) -> tuple[DayCount, ...]:
    by_day = {count.day: count for count in counts}
    return tuple(by_day.get(day) or DayCount(day=day) for day in shown)


def remembered(text: str | None) -> Memory:
    """What cannot be read is begun anew; whoever posts looks whether the day was told already."""
    try:
        return msgspec.json.decode(text, type=Memory) if text else Memory()
    except msgspec.MsgspecError:
        return Memory()


def after(memory: Memory, digest: Digest) -> str:
    """The text of the mark once this digest is on its way."""
    today = DayCount(day=digest.day, open=digest.open, new=digest.new, fixed=digest.fixed)
    days = [d for d in memory.days if d.day != digest.day]
    kept = Memory(days=(*days, today)[-MOST_DAYS:], digest=digest)
    return msgspec.json.encode(kept).decode()
