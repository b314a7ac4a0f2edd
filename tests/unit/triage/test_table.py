"""In: the table of cases. Out: nothing; the table is held to the order that it is explained by.
Promise: each code stands once, in the order of `ORDER`, and the last one answers everything.
"""

from hypothesis import given

from bot.model import Evidence
from bot.triage.cases import CASES, ORDER
from bot.triage.cases.catalogue import CATALOGUE, Entry
from bot.triage.diagnose import diagnose
from tests.builders import NOW
from tests.unit.triage.test_words import read


def test_the_table_stands_in_the_order_that_is_explained() -> None:
    codes = [code for code, _ in CASES]

    assert codes == [code for code in ORDER if code in codes]


def test_every_case_of_the_catalogue_has_one_place_in_the_order() -> None:
    assert sorted(ORDER) == [f"C{n:02}" for n in range(63)]


def test_what_nobody_recognises_comes_last() -> None:
    assert CASES[-1][0] == "C00"


@given(read())
def test_no_case_offers_more_than_the_catalogue_says(of: Evidence) -> None:
    finding = diagnose(of, case_id="c-1", previous=None, now=NOW)
    entry = CATALOGUE.get(finding.diagnosis.code, Entry("not recognised", ""))

    assert {p.risk for p in finding.proposals} <= set(entry.buttons)
    assert entry.by_hand or not finding.diagnosis.runbooks
