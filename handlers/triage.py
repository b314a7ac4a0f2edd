"""In: SyncErrorSeen and SyncErrorChanged, up to a hundred at once. Out: cases opened or brought up to date.
Evidence for the whole batch is read in one pass; then each case is diagnosed by pure code.
Promise: a case whose fix is on its way is left to `apply` and `verify`; its errors are kept, nothing else.
What cannot be told yet is looked at again by itself: no case waits for an event that will not come.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from bot.events import CaseChanged, SyncErrorChanged, SyncErrorCleared, SyncErrorSeen
from bot.model import Case, Evidence, Kind, Mode, State
from bot.ports import AdReader, Cases, Clock, Cloud, Due, Result
from bot.triage import confirm
from bot.triage.policy import Policy
from handlers import watch
from handlers.clicks import LOOK_AGAIN
from handlers.evidence import gather, unanswered
from handlers.review import review
from handlers.storm import batch_of, is_storm, member_mark
from handlers.timing import Timing

ON_ITS_WAY = {
    State.APPROVED,
    State.APPLYING,
    State.UNKNOWN,
    State.WRITTEN,
    State.EXPORTED,
    State.OVERDUE,
}

_AWAITED = {State.WRITTEN, State.EXPORTED, State.OVERDUE}

Seen = SyncErrorSeen | SyncErrorChanged


async def triage(
    events: Sequence[Seen],
    *,
    cases: Cases,
    ad: AdReader,
    cloud: Cloud,
    clock: Clock,
    mode: Mode,
    timing: Timing,
    policy: Policy,
) -> list[Result]:
    ids = sorted({event.case_id for event in events})
    stored = await cases.get_many(ids)
    marks = await cases.marks_of(
        [name for case_id in ids for name in (watch.name_of(case_id), member_mark(case_id))]
    )
    storms = await cases.get_many(sorted(_storms(ids, marks)))
    open_now: dict[str, Case] = {}
    for case_id in ids:
        text = marks.get(watch.name_of(case_id))
        if text is None:
            continue  # cleared meanwhile
        seen = watch.read(text)
        case = stored.get(case_id) or Case(key=seen.key, first_seen=clock.now())
        open_now[case_id] = replace(batch_of(case, marks, storms), errors=seen.errors)
    wanted = [(case.key, case.errors) for case in open_now.values() if not _is_on_its_way(case)]
    evidence = (
        await gather(wanted, ad=ad, cloud=cloud, clock=clock, policy=policy) if wanted else {}
    )
    results = []
    for event in events:
        known = open_now.get(event.case_id)
        if known is None and is_storm(stored.get(event.case_id)):
            results.append(Result(event=event))  # its members are looked at, each by itself
        elif known is None:
            results.append(_not_listed(event))
        elif known.id not in evidence:
            results.append(Result(event=event, case=known))
        else:
            results.append(_reviewed(event, known, evidence[known.id], clock, mode, timing, policy))
        await asyncio.sleep(0)  # a hundred diagnoses take their time; whoever asks gets in between
    return results


def _storms(ids: Sequence[str], marks: Mapping[str, str]) -> set[str]:
    return {marks[name] for name in map(member_mark, ids) if name in marks}


def _is_on_its_way(case: Case) -> bool:
    """A fix whose errors are now those of other objects did its part: what is left is looked at anew."""
    if case.state in _AWAITED and case.evidence is not None:
        failing = {e.object_id for e in case.errors}
        approved_for = {e.object_id for e in case.evidence.errors}
        if failing <= approved_for:
            # of three that hold the value two waited for it, and one of them has let go
            return not failing or bool(failing & _mended(case, approved_for))
        return case.state is not State.OVERDUE
    return case.state in ON_ITS_WAY


def _mended(case: Case, approved_for: set[str]) -> set[str]:
    """Those of the failing objects that the approved change was about; all of them, when it was another one's."""
    twins = (
        {h.ad.ref: h.cloud.id for h in case.evidence.holders if h.ad and h.cloud}
        if case.evidence
        else {}
    )
    changed = {twins.get(step.ref, "") for step in confirm.steps_of(case)}
    return approved_for & changed or approved_for


def _not_listed(event: Seen) -> Result:
    """The list no longer has it: `close` looks whether that is so, whoever asked for this look."""
    cleared = SyncErrorCleared(
        tenant=event.tenant, id=f"{event.case_id}:not-listed", case_id=event.case_id
    )
    return Result(event=event, follow=(cleared,))


def _reviewed(
    event: Seen,
    case: Case,
    evidence: Evidence,
    clock: Clock,
    mode: Mode,
    timing: Timing,
    policy: Policy,
) -> Result:
    now = clock.now()
    again = Due(replace(event, id=f"{case.id}:again"), now + timing.look_every)
    if _is_gone(case, evidence, timing.sync_stopped(evidence.tenant, now)):
        # The list and the direct read disagree. One of them lags: the next poll clears the case, or it is still there
        return Result(event=event, later=(again,))
    reviewed = review(event, case, evidence, now=now, mode=mode, timing=timing, policy=policy)
    if event.id.endswith(LOOK_AGAIN) and not reviewed.follow:
        # whoever asked sees on the card that it was read again, also when all is as it was
        shown = CaseChanged(tenant=event.tenant, id=f"{event.id}:shown", case_id=case.id)
        reviewed = replace(reviewed, follow=(shown,))
    if unanswered(evidence.gaps):
        return replace(reviewed, later=(*reviewed.later, again))
    if reviewed.case and (at := _may_be_late_until(reviewed.case, now, policy)):
        return replace(reviewed, later=(*reviewed.later, Due(again.event, at)))
    return reviewed


def _may_be_late_until(case: Case, now: datetime, policy: Policy) -> datetime | None:
    """What is right already and only waits for Entra (C54) is looked at again when that takes too long: nothing else
    would turn "late" into "stuck".
    """
    since = case.fixed_since
    if since is None or case.diagnosis is None or case.diagnosis.code != "C54":
        return None
    just_after = timedelta(minutes=1)
    ends = [since + span + just_after for span in (policy.stale_for, policy.stuck_after)]
    return next((end for end in ends if end > now), now + policy.stale_for)


def _is_gone(case: Case, evidence: Evidence, sync_stopped: bool) -> bool:  # noqa: FBT001 - one fact, read above
    return not sync_stopped if case.key.kind is Kind.TENANT else not evidence.errors
