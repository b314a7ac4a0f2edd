"""In: a case and fresh evidence. Out: the case as it stands now, and what follows from that.
The one place where a case gets a diagnosis, proposals and a new revision; triage and apply both come here.
Promise: pure; when nothing that people see has changed, the revision stays and no card is redrawn.
"""

from dataclasses import replace
from datetime import datetime

from bot.events import CaseChanged, Event, ExpiryDue
from bot.model import Case, Evidence, Kind, Mode, Moment, Risk, Say, State
from bot.ports import AuditLine, Due, Result
from bot.triage import aside
from bot.triage.diagnose import Finding, diagnose
from bot.triage.past import set_aside, undos_of_case
from bot.triage.policy import Policy
from bot.triage.proposals import numbered
from handlers.remind import first
from handlers.timing import Timing

# a person or the writer said no: the case stays so until the evidence changes or somebody asks again
_SETTLED = {State.REJECTED, State.EXPIRED, State.REFUSED}
# the story of these is over: what was known then explains nothing of an error that is new
_OVER = {State.CLOSED, State.VERIFIED}
_PUT_RIGHT = {"C54", "C55"}  # the data is right already: since when is remembered


def review(
    event: Event,
    case: Case,
    evidence: Evidence,
    *,
    now: datetime,
    mode: Mode,
    timing: Timing,
    policy: Policy,
    why: Say | None = None,
) -> Result:
    """`why`: what changed behind an approval, told in the timeline when the case is reopened by it."""
    over = case.state in _OVER
    known_fixed = None if over else case.fixed_since
    finding = diagnose(
        evidence,
        case_id=case.id,
        previous=None if over else case.evidence,
        now=now,
        policy=policy,
        fixed_since=known_fixed,
        repairs=case.repairs,
    )
    held = _held(case, evidence, finding, now=now, timing=timing)
    put_right = finding.diagnosis.code in _PUT_RIGHT
    fixed_since = (known_fixed or now) if put_right else None
    state = _state(finding, mode=mode, held=held)
    if why is None and _same(case, finding, state=state, mode=mode, held=held):
        quiet = replace(case, evidence=evidence, updated_at=now, fixed_since=fixed_since)
        return Result(event=event, case=quiet, follow=_other_undos(case, quiet))
    revision = case.revision + 1
    base, back = _beside(case, finding, now)
    say = why or _moment(case, finding, mode=mode, held=held)
    told = (Moment(now, "", say, _loud(case, finding, why)), *back)
    reviewed = replace(
        set_aside(base),
        state=state,
        revision=revision,
        errors=evidence.errors,
        evidence=evidence,
        diagnosis=finding.diagnosis,
        proposals=numbered(finding.proposals, revision),
        mode=mode,
        agreed=(),
        chosen=None,
        reminded=(),
        held=held,
        expires_at=now + timing.proposal_good_for if state is State.PENDING else None,
        fixed_since=fixed_since,
        first_seen=case.first_seen or now,
        back_at=now if case.revision and case.state in _OVER else case.back_at,
        updated_at=now,
        timeline=(*case.timeline, *told),
    )
    return Result(
        event=event,
        case=reviewed,
        follow=(CaseChanged(tenant=case.key.tenant, id=_id(reviewed, "shown"), case_id=case.id),),
        later=(*_expiry(reviewed), *_reminders(reviewed, now, timing)),
        audit=(
            AuditLine(
                actor="bot",
                action="case.reviewed",
                case_id=case.id,
                facts={
                    "revision": str(revision),
                    "code": finding.diagnosis.code,
                    "state": state,
                    "plans": ",".join(p.plan_hash for p in reviewed.proposals),
                },
            ),
        ),
    )


def _beside(case: Case, finding: Finding, now: datetime) -> tuple[Case, tuple[Moment, ...]]:
    """What people decided beside the state, as far as the fresh look leaves it, and what it says to that."""
    if case.state in _OVER:
        # it was decided about a story that is over, and says nothing of the new one
        return replace(case, snoozed=None, ignored=None, owner=None), ()
    alert = finding.diagnosis.alert and not aside.is_alert(case)
    back = aside.brought_back(case, changed=not _same_evidence(case, finding), alert=alert)
    if back is None:
        return case, ()
    told = Moment(now, "", back, broadcast=alert)
    return replace(case, snoozed=None, ignored=None), (told,)


def _loud(case: Case, finding: Finding, why: Say | None) -> bool:
    """Somebody approved what is no longer so, or what looked harmless may be an attack. A card that is only just
    posted is heard of anyway.
    """
    known = case.diagnosis is not None and case.diagnosis.alert and case.state not in _OVER
    alarming = finding.diagnosis.alert and not known
    return why is not None or bool(case.agreed) or (alarming and case.revision > 0)


def _other_undos(case: Case, quiet: Case) -> tuple[Event, ...]:
    """What was written earlier may be seen not to stand any more, or to stand again."""
    if undos_of_case(case) == undos_of_case(quiet):
        return ()
    return (CaseChanged(tenant=case.key.tenant, id=_id(case, "undos"), case_id=case.id),)


def _id(case: Case, what: str) -> str:
    return f"{case.id}:{case.revision}:{what}"


def _expiry(case: Case) -> tuple[Due, ...]:
    if case.expires_at is None:
        return ()
    event = ExpiryDue(
        tenant=case.key.tenant,
        id=_id(case, "expiry"),
        case_id=case.id,
        revision=case.revision,
    )
    return (Due(event, case.expires_at),)


def _reminders(case: Case, now: datetime, timing: Timing) -> tuple[Due, ...]:
    return first(case, now, timing.reminders) if case.state is State.PENDING else ()


def _held(
    case: Case, evidence: Evidence, finding: Finding, *, now: datetime, timing: Timing
) -> Say | None:
    """C59 holds every other case back: while sync is stopped nothing could be verified. An alert is never held: an
    attack does not wait for the sync.
    """
    if finding.diagnosis.alert:
        return None
    last = evidence.tenant.last_sync_at
    stopped = timing.sync_stopped(evidence.tenant, now)
    if case.key.kind is Kind.TENANT or last is None or not stopped:
        return None
    return Say(
        "Held: directory sync has not run since {when}. The buttons come back when it runs again.",
        {"when": f"{last:%Y-%m-%d %H:%M} UTC"},
        ("tenant",),
    )


def _state(finding: Finding, *, mode: Mode, held: Say | None) -> State:
    """Pending only when there is something a person can approve right now."""
    approvable = any(p.risk is not Risk.DESTRUCTIVE for p in finding.proposals)
    if approvable and mode is not Mode.OBSERVE and held is None:
        return State.PENDING
    return State.OPEN


def _same(case: Case, finding: Finding, *, state: State, mode: Mode, held: Say | None) -> bool:
    if not _same_evidence(case, finding):
        return False
    # without buttons there is nothing for a stopped sync or another mode to take away or to bring back
    return case.state in _SETTLED or (
        case.mode is mode and (case.held is None) == (held is None) and case.state is state
    )


def _same_evidence(case: Case, finding: Finding) -> bool:
    plans = [p.plan_hash for p in case.proposals]
    return case.diagnosis == finding.diagnosis and plans == [p.plan_hash for p in finding.proposals]


def _moment(case: Case, finding: Finding, *, mode: Mode, held: Say | None) -> Say:
    if case.revision == 0:
        return Say("Seen for the first time.", cites=("err",))
    if case.state in _OVER:
        return Say("The error is back.", cites=("err",))
    if case.state is State.UNDONE:
        return Say("The change was put back; this is the problem as it was before.", cites=("err",))
    if case.diagnosis and case.diagnosis.code != finding.diagnosis.code:
        return Say("The situation has changed; this is the new one.", cites=("err",))
    if not _same_evidence(case, finding):
        return Say("Looked again: the evidence has changed.", cites=("err",))
    if held and case.held is None:
        return Say("Directory sync has stopped; the case is held until it runs.", cites=("tenant",))
    if case.held and held is None:
        return Say("Directory sync runs again; the case goes on.", cites=("tenant",))
    if case.mode is not mode:
        return Say("The bot runs in mode {mode} now.", {"mode": mode})
    return Say("Looked again: the situation is the same.", cites=("err",))
