"""In: cases about which much is to be told. Out: cards on which what people decide by is still there.
Promise: who approved stays on the card; a card that would be too long says less, and nowhere that it was cut.
"""

from dataclasses import replace

from bot.model import Moment, Say, Score, State, Term
from bot.slack.cards import draw
from tests.builders import NOW, case
from tests.unit.slack.test_looks import outline


def test_a_card_without_room_for_every_point_tells_who_has_how_many() -> None:
    """Two people of one name on an ordinary card: "This part is too long for Slack" stood where the points had been."""
    made = case()
    assert made.diagnosis
    long = Say("{name} has a mailbox", {"name": "Per Hansen (per.hansen@contoso.com) " * 8})
    scores = tuple(
        Score(ref=name, name=name, terms=(Term(points, long),) * 10)
        for name, points in (("Per Hansen", 4), ("Per Olav Hansen", 1))
    )
    diagnosis = replace(made.diagnosis, scores=scores)
    said = outline(draw(replace(made, diagnosis=diagnosis), approvers=()).blocks)

    assert "*Per Hansen*: *+40*" in said
    assert "*Per Olav Hansen*: *+10*" in said
    assert "What counted has no room here" in said
    assert "too long for Slack" not in said


def test_a_green_card_still_says_who_approved_it_and_when() -> None:
    """The card kept the last four lines of its story, and the approval was not among them any more."""
    story = (
        Moment(NOW, "", Say("Seen for the first time.")),
        Moment(NOW, "Ingrid Berg", Say("Approved.")),
        *(Moment(NOW, "", Say("Step {count}.", {"count": str(n)})) for n in range(4)),
    )
    made = replace(case(), state=State.VERIFIED, timeline=story)
    said = outline(draw(made, approvers=()).blocks)

    assert "Ingrid Berg: Approved." in said
    assert "Seen for the first time." not in said
    assert said.count("Step ") == 4
