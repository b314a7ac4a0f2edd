"""In: nothing. Out: for each kind of answer that the bot can draw, answers as bad as a directory can make them.
Promise: a new kind of answer is one line here; `test_every_card.py` fails until it stands here.
"""

import json
from collections.abc import Mapping
from typing import Any

from hypothesis import strategies as st

from bot.answers import (
    Answer,
    Bundled,
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
    Loss,
    Status,
)
from bot.model import Mode, ObjectType, Paused, State
from tests.builders import NOW
from tests.unit.slack.hostile import GAPS, SAYS, TEXTS, answers, cases, explanations, holders
from tests.unit.slack.test_hostile_softmatch import foretellings

# a case file is JSON, in which nothing is invisible (`casefile.write_short`)
_FILES = st.lists(TEXTS, max_size=40).map(json.dumps)

SEVERAL = st.lists(TEXTS, max_size=20).map(tuple)
_MOMENTS = st.none() | st.just(NOW)
_STATES = st.sampled_from(State)
LINES = st.builds(
    CaseLine, id=TEXTS, state=_STATES, code=TEXTS, title=SAYS, first_seen=_MOMENTS, owner=TEXTS
)
_SIDES = st.none() | SEVERAL
_CHECKUPS = st.builds(
    Checkup,
    name=TEXTS,
    type=st.sampled_from(ObjectType),
    in_ad=st.booleans(),
    in_entra=st.booleans(),
    left_out=st.none() | SAYS,
    attributes=st.lists(
        st.builds(Compared, attribute=TEXTS, ad=_SIDES, meant=_SIDES, entra=_SIDES), max_size=5
    ).map(tuple),
    roles=_SIDES,
    dn=TEXTS,
)

_COMPARED = st.builds(Compared, attribute=TEXTS, ad=_SIDES, meant=_SIDES, entra=_SIDES)
_DROPPED = st.builds(
    Dropped, attribute=TEXTS, value=TEXTS, loss=st.sampled_from(Loss), why=SAYS, shown=TEXTS
)


@st.composite
def calculations(draw: st.DrawFn) -> Calculation:
    made = [
        Calculated(
            ad=held.ad,
            licensed=draw(st.none() | st.booleans()),
            synced=draw(st.none() | st.booleans()),
            left_out=draw(st.none() | SAYS),
            dropped=draw(st.lists(_DROPPED, max_size=12).map(tuple)),
            assumed=draw(st.lists(SAYS, max_size=5).map(tuple)),
            compared=draw(st.lists(_COMPARED, max_size=5).map(tuple)),
        )
        for held in draw(st.lists(holders(), max_size=3))
        if held.ad
    ]
    return Calculation(
        asked=draw(TEXTS),
        objects=tuple(made) * draw(st.sampled_from([1, 1, 20])),
        gaps=draw(GAPS),
        searched=draw(SEVERAL),
        trouble=draw(st.none() | SAYS),
    )


ANSWERS: Mapping[str, st.SearchStrategy[Any]] = {
    "say": SAYS,
    "list": st.builds(Listing, title=SAYS, lines=st.lists(SAYS, max_size=70).map(tuple)),
    "case": cases(),
    "cases": st.builds(
        CaseList,
        asked=TEXTS,
        cases=st.lists(LINES, max_size=70).map(tuple),
        all=st.integers(0, 10**6),
        trouble=st.none() | SAYS,
    ),
    "checked": st.builds(
        Checked,
        asked=TEXTS,
        found=st.lists(_CHECKUPS, max_size=5).map(tuple),
        last_sync_at=_MOMENTS,
        full=st.booleans(),
        trouble=st.none() | SAYS,
    ),
    "free": st.builds(
        Free,
        asked=TEXTS,
        value=TEXTS,
        free=st.sampled_from(Answer),
        holders=SEVERAL,
        instead=SEVERAL,
        trouble=st.none() | SAYS,
    ),
    "status": st.builds(
        Status,
        mode=st.sampled_from(Mode),
        version=TEXTS,
        paused=st.none()
        | st.builds(Paused, id=TEXTS, at=st.just(NOW), by=TEXTS, reason=TEXTS, cases=SEVERAL),
        last_poll_at=_MOMENTS,
        last_sync_at=_MOMENTS,
        sync_stopped=st.booleans(),
        cases=st.dictionaries(_STATES, st.integers(1, 10**6)),
        waiting=st.integers(0, 10**6),
    ),
    "calculated": calculations(),
    "bundled": st.builds(Bundled, case_id=TEXTS, redacted=st.booleans(), text=_FILES),
    "explained": explanations(),
    "softmatch": foretellings(),
    "whohas": answers(),
}
