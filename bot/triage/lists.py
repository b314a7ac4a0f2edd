"""In: cases of a storm, a list of changes that people review. Out: what may stand in it, what is sealed of it, how far
its run is.
Promise: pure; an item is exactly what was seen; whatever moved since is no longer in the list.
"""

import hashlib
import hmac
from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from datetime import datetime, timedelta

from bot.model import (
    Case,
    Grant,
    Item,
    ListAgreement,
    Moment,
    Proposal,
    Run,
    Say,
    State,
    Storm,
)
from bot.triage.aside import is_alert
from bot.triage.causes import OVER, may_go_along
from bot.triage.choice import first_choice
from bot.triage.plan import canonical

CANARY = 5
LONGEST = 20  # the writer's own cap of an hour, which cannot be raised
_FLOWS = frozenset({State.APPROVED, State.APPLYING, State.WRITTEN, State.EXPORTED}) | OVER
_IN_FLIGHT = frozenset({State.APPROVED, State.APPLYING})
_HOUR = timedelta(hours=1)


def item_of(case: Case) -> Item | None:
    first = first_choice(case)
    if first is None or not may_go_along(case):
        return None
    return Item(
        case_id=case.id,
        proposal_id=first.id,
        revision=case.revision,
        plan_hash=first.plan_hash,
    )


def change_of(case: Case | None, item: Item) -> Proposal | None:
    """The change, if it is still exactly what was seen and may still go along."""
    return first_choice(case) if case is not None and item_of(case) == item else None


def room(storm: Storm, now: datetime, per_hour: int) -> int:
    """How many the caps leave for a run that begins now, as far as this storm knows."""
    run = storm.run
    used = run.grant.upto if run and now < run.grant.at + _HOUR else 0
    return max(0, min(LONGEST, per_hour) - used)


def is_running(storm: Storm) -> bool:
    run = storm.run
    return run is not None and run.stopped is None and not is_done(run)


def is_writing(storm: Storm) -> bool:
    """Between the first ones and the others nothing is: then people may go on, or begin anew with what is left."""
    return is_running(storm) and not (storm.run and storm.run.ready)


def is_done(run: Run) -> bool:
    return run.ready and run.grant.upto >= len(run.items)


def is_taken(case: Case | None, item: Item) -> bool:
    return (
        case is not None
        and case.decision is not None
        and (case.decision.proposal_id, case.decision.plan_hash)
        == (item.proposal_id, item.plan_hash)
    )


def broken(run: Run, cases: Mapping[str, Case]) -> str | None:
    """The first case that did not go as it should; its value, or its id where the channel may not hear of that."""
    for item in run.items[: run.grant.upto]:
        case = cases.get(item.case_id)
        if case is None:
            return item.case_id
        fine = case.state in _FLOWS if is_taken(case, item) else change_of(case, item)
        if not fine:
            return case.id if is_alert(case) else case.key.value
    return None


def in_flight(run: Run, cases: Mapping[str, Case]) -> bool:
    return any(
        cases[i.case_id].state in _IN_FLIGHT
        for i in run.items[: run.grant.upto]
        if is_taken(cases.get(i.case_id), i)
    )


def next_item(run: Run, cases: Mapping[str, Case]) -> Item | None:
    granted = run.items[: run.grant.upto]
    return next((i for i in granted if not is_taken(cases.get(i.case_id), i)), None)


def told(
    case: Case, storm: Storm, now: datetime, who: str, say: Say, *, loud: bool = False
) -> Case:
    """The case of a storm as its list stands now, and what its thread tells of that."""
    return replace(case, storm=storm, timeline=(*case.timeline, Moment(now, who, say, loud)))


# ---------------------------------------------------------------- what the edge seals


def name_of(run: Run) -> str:
    """Of the grant that a button to go on was drawn for: another run, or another part of it, has another."""
    return hashlib.sha256(run.grant.seal.encode()).hexdigest()[:16]


def agreed_bytes(tenant: str, storm_id: str, agreed: ListAgreement) -> bytes:
    """The word in front keeps it from ever being a click's or a single approval's."""
    document = {"tenant": tenant, "storm": storm_id, **asdict(replace(agreed, seal=""))}
    return b"agreed-list:" + canonical(document)


def granted_bytes(tenant: str, storm_id: str, items: tuple[Item, ...], grant: Grant) -> bytes:
    document = {
        "tenant": tenant,
        "storm": storm_id,
        "items": [asdict(item) for item in items],
        **asdict(replace(grant, seal="")),
    }
    return b"granted:" + canonical(document)


def first_of_two(case: Case, seal_of: Callable[[bytes], str]) -> ListAgreement | None:
    """As far as this edge has sealed it."""
    agreed = case.storm.agreed if case.storm else None
    if agreed is None:
        return None
    ours = seal_of(agreed_bytes(case.key.tenant, case.id, agreed))
    return agreed if hmac.compare_digest(agreed.seal, ours) else None


def is_granted(case: Case, run: Run, seal_of: Callable[[bytes], str]) -> bool:
    ours = seal_of(granted_bytes(case.key.tenant, case.id, run.items, run.grant))
    return hmac.compare_digest(run.grant.seal, ours)
