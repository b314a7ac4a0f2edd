"""In: nothing. Out: for each kind of answer that the bot can draw, answers as bad as a directory can make them.
Promise: a new kind of answer is one line here; `test_every_card.py` fails until it stands here.
"""

import json
from collections.abc import Mapping
from typing import Any

from hypothesis import strategies as st

from bot.model import Bundled, Listing
from tests.unit.slack.hostile import SAYS, TEXTS, answers, explanations
from tests.unit.slack.test_hostile_softmatch import foretellings

# a case file is JSON, in which nothing is invisible (`casefile.write_short`)
_FILES = st.lists(TEXTS, max_size=40).map(json.dumps)

ANSWERS: Mapping[str, st.SearchStrategy[Any]] = {
    "say": SAYS,
    "list": st.builds(Listing, title=SAYS, lines=st.lists(SAYS, max_size=70).map(tuple)),
    "bundled": st.builds(Bundled, case_id=TEXTS, redacted=st.booleans(), text=_FILES),
    "explained": explanations(),
    "softmatch": foretellings(),
    "whohas": answers(),
}
