"""In: a case that was set aside, taken, chosen for, or approved by one alone. Out: what a person reads, as snapshots.
Promise: a changed word on such a card or dialog is seen in review.
"""

import pytest
from syrupy.assertion import SnapshotAssertion

from tests.unit.slack.samples_aside import CARDS, DIALOGS
from tests.unit.slack.test_looks import look, outline


@pytest.mark.parametrize("name", CARDS)
def test_a_card(name: str, snapshot: SnapshotAssertion) -> None:
    assert look(CARDS[name]) == snapshot


@pytest.mark.parametrize("name", DIALOGS)
def test_a_dialog(name: str, snapshot: SnapshotAssertion) -> None:
    view = DIALOGS[name]()
    title, submit = view["title"]["text"], view.get("submit", {}).get("text", "")

    assert f"{title} [{submit}]\n{outline(view['blocks'])}" == snapshot
