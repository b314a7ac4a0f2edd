"""In: cases as bad as a directory can hold them, and dialogs filled in by anybody. Out: what Slack takes, and plain input.
Promise: no dialog is over a limit, no name or reason is obeyed, and what was not offered is not read out of one.
"""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.lab.slack.blocks import check_blocks
from bot.model import Case, Change, Ignored, Moment
from bot.slack import more, views
from bot.slack.buttons import buttons
from bot.slack.more import Wish
from bot.slack.others import others
from bot.slack.words import visible
from bot.words import Language, speaking
from tests import builders
from tests.builders import NOW
from tests.unit.slack.checks import obeyed, wrong_with_view
from tests.unit.slack.hostile import cases

CARRIES = "c-1\n1\nC0DIRSYNC1"
LANGUAGES = st.sampled_from(Language)
SLOW = settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])


def taken(view: dict[str, Any]) -> None:
    assert wrong_with_view(view) == []


@pytest.mark.parametrize("text", ["😀" * 900, "<" * 400, "\u202e" * 400, "a"])
@pytest.mark.parametrize("count", [1, 40])
def test_slack_takes_other_fixes_of_endless_values(text: str, count: int) -> None:
    """And what has no room to be read in full cannot be chosen."""
    case = builders.case(builders.evidence(builders.keeper(), builders.both_primary()))
    change = Change("proxyAddresses", delete=(text,) * count, add=(text,))
    first = case.proposals[0]
    step = replace(first.steps[0], changes=(change,) * 3)
    made = tuple(replace(first, id=f"p-{n}", steps=(step,) * 6) for n in range(12))
    view = others(replace(case, proposals=made), may_choose=True, carries="C0DIRSYNC1")
    whole = [b for b in view["blocks"] if "rich_text_preformatted" in repr(b)]
    buttons = [b for b in view["blocks"] if b["type"] == "actions"]

    taken(view)
    assert len(buttons) <= len(whole)


@given(LANGUAGES)
def test_slack_takes_the_box_that_breaks_the_glass(language: Language) -> None:
    proposal = builders.case().proposals[0]
    with speaking(language):
        view = views.reason(
            proposal, action="approve", first=None, carries=CARRIES, may_break_glass=True
        )
        taken(view)


def test_every_line_of_a_long_history_is_on_one_page() -> None:
    told = tuple(Moment(NOW, f"Person {n}.", builders.case().timeline[0].say) for n in range(53))
    case = builders.case(timeline=told)
    pages = [repr(views.details(case, page=n)["blocks"]) for n in range(3)]
    found = ["".join(str(page.count(f"Person {n}.: ")) for page in pages) for n in range(53)]

    assert found == ["001"] * 13 + ["010"] * 20 + ["100"] * 20
    assert ["details_older" in p for p in pages] == [True, True, False]
    assert ["details_newer" in p for p in pages] == [False, True, True]


# ------------------------------------------------------------ what comes back from a dialog


def filled(**fields: Any) -> dict[str, Any]:
    return {"state": {"values": {name: {"v": value} for name, value in fields.items()}}}


@pytest.mark.parametrize(
    ("view", "wish"),
    [
        (
            filled(until={"selected_date_time": 1795348800}),
            Wish(datetime(2026, 11, 22, 12, tzinfo=UTC), until_changed=False, reason=""),
        ),
        (
            filled(
                how={"selected_option": {"value": "change"}},
                until={"selected_date_time": 1795348800},
            ),
            Wish(None, until_changed=True, reason=""),
        ),
        (filled(reason={"value": "  Why.  "}), Wish(None, until_changed=False, reason="Why.")),
        (filled(until={"selected_date_time": 10**30}), Wish(None, until_changed=False, reason="")),
        (filled(until={"selected_date_time": "soon"}), Wish(None, until_changed=False, reason="")),
        (filled(until=None, how=None, reason=None), Wish(None, until_changed=False, reason="")),
        ({}, Wish(None, until_changed=False, reason="")),
    ],
)
def test_what_was_filled_in(view: dict[str, Any], wish: Wish) -> None:
    assert more.wished(view) == wish


@pytest.mark.parametrize(
    ("view", "alone"),
    [
        (filled(glass={"selected_options": [{"value": "alone"}]}), True),
        (filled(glass={"selected_options": []}), False),
        (filled(glass=None), False),
        ({}, False),
    ],
)
def test_whether_the_glass_was_broken(view: dict[str, Any], *, alone: bool) -> None:
    assert views.breaks_glass(view) == alone


@SLOW
@given(cases())
def test_the_buttons_of_a_case_that_is_set_aside_and_the_menu_of_any(case: Case) -> None:
    """One to five lines, each with the case and the revision that were seen; no approval of what is set aside."""
    names = {b["action_id"] for b in buttons(case)}
    aside = case.snoozed is not None or case.ignored is not None
    menu = more.menu(case)

    assert ("aside_wake" in names) == aside
    assert not aside or names.isdisjoint({"fix_approve", "reason_approve", "fix_reject"})
    if menu is not None:
        assert 1 <= len(menu["options"]) <= 5
        assert check_blocks([{"type": "actions", "elements": [menu]}], "message") == []
        seen = f";c={case.id};v={case.revision}"
        assert all(option["value"].endswith(seen) for option in menu["options"])


def test_a_reason_is_shown_as_it_was_typed_and_obeyed_by_nobody() -> None:
    reason = "<!channel> *now* \u202e"
    case = builders.case()
    until = NOW + timedelta(days=9)
    given_up = Ignored(at=NOW, by="Ingrid", reason=reason, until=until)
    ignored = replace(case, ignored=given_up)
    told = repr(more.told(ignored, "aside"))

    assert visible(reason) in told
    assert obeyed(more.told(ignored, "aside")) == []
