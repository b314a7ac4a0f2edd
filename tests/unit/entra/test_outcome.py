"""In: every status that an HTTP server can give to a PATCH, and what a read shows then. Out: the result.
Promise: "nothing was written" is said only where Graph said no; what nobody knows is unknown.
"""

import pytest

from bot.entra import outcome
from bot.entra.pen import Said
from bot.model import WriteResult
from tests.builders import cloud_object

OLD, NEW = "old@contoso.com", "new@contoso.com"


def seen(name: str | None) -> WriteResult:
    target = cloud_object(user_principal_name=name) if name else None
    return outcome.of(Said(204), target, OLD, NEW)[0]


def test_a_refusal_is_a_4xx_and_nothing_else() -> None:
    results = {
        status: outcome.of(Said(status), None, OLD, NEW)[0] for status in (0, *range(300, 600))
    }

    refused = {status for status, result in results.items() if result is WriteResult.REFUSED}
    unknown = {status for status, result in results.items() if result is WriteResult.UNKNOWN}
    assert refused == set(range(400, 500)) - {404, 408}
    assert unknown == {0, *range(300, 400), 408, *range(500, 600)}
    assert results[404] is WriteResult.STALE


@pytest.mark.parametrize("name", [NEW, OLD, "else@contoso.com", None])
def test_a_yes_of_graph_is_a_yes_whatever_a_read_shows(name: str | None) -> None:
    assert seen(name) is WriteResult.WRITTEN


@pytest.mark.parametrize("status", [200, 202, 206])
@pytest.mark.parametrize("name", [OLD, "else@contoso.com", None])
def test_a_yes_that_is_not_graphs_is_believed_only_when_a_read_shows_it(
    status: int, name: str | None
) -> None:
    target = cloud_object(user_principal_name=name) if name else None

    assert outcome.of(Said(status), target, OLD, NEW)[0] is WriteResult.UNKNOWN
    shown = cloud_object(user_principal_name=NEW)
    assert outcome.of(Said(status), shown, OLD, NEW)[0] is WriteResult.WRITTEN


def test_a_conflict_is_told_by_its_code_too() -> None:
    said = Said(400, frozenset({"Request_BadRequest", "ObjectConflict"}), "Another object …")

    assert outcome.of(said, None, OLD, NEW)[1].english() == (
        "Another object in Entra has this sign-in name. Nothing was written."
    )


def test_braces_in_graphs_words_are_words() -> None:
    _, say = outcome.of(Said(400, words="{no} {0} sense."), None, OLD, NEW)

    assert say.english() == (
        "Microsoft Graph refused the change: {no} {0} sense. Nothing was written."
    )


@pytest.mark.parametrize("ours", [True, False])
@pytest.mark.parametrize("pair", [(OLD, NEW), None])
def test_settling_never_says_written_unless_the_new_name_is_there_and_ours(
    ours: bool,  # noqa: FBT001 -- a case of the table
    pair: tuple[str, str] | None,
) -> None:
    results = {
        name: outcome.settled(
            cloud_object(user_principal_name=name) if name else None, pair, ours=ours
        )[0]
        for name in (OLD, NEW, "else@contoso.com", None)
    }

    there = WriteResult.WRITTEN if ours else WriteResult.ALREADY
    assert results.pop(NEW) is (there if pair else WriteResult.STALE)
    assert set(results.values()) == {WriteResult.STALE}
