"""In: the stage itself. Out: AD, sync, Entra and bot hang together as they do outside.
Promise: a change goes the whole way round through the servers, and a second scenario finds nothing of the first.
"""

from bot.model import Risk, State
from tests.stage.on_premises import differences
from tests.stage.stage import Stage


async def test_an_approved_change_goes_all_the_way_round_and_nothing_else_moves(
    stage: Stage,
) -> None:
    stage.person("John Doe", "SMTP:john@contoso.com", "smtp:john.d@contoso.com")
    stage.person("Svc Scanner", "SMTP:svc.scanner@contoso.com")
    await stage.sync()
    stage.give("Svc Scanner", "smtp:john@contoso.com")
    await stage.sync()
    first = stage.snapshot_ad()
    await stage.poll()

    case = stage.case("john@contoso.com")

    assert case.diagnosis is not None
    assert (case.diagnosis.code, case.state) == ("C01", State.PENDING)
    assert [p.risk for p in case.proposals] == [Risk.SAFE]

    written = await stage.approve("john@contoso.com")

    assert written.state is State.WRITTEN
    assert stage.proxies("Svc Scanner") == ("SMTP:svc.scanner@contoso.com",)
    assert len(differences(first, stage.snapshot_ad())) == 1

    await stage.settle()

    assert stage.errors() == {}
    assert stage.case("john@contoso.com").state is State.VERIFIED

    await stage.undo("john@contoso.com")

    assert differences(first, stage.snapshot_ad()) == []

    await stage.sync()

    assert stage.errors() == {"Svc Scanner": ["smtp:john@contoso.com"]}


async def test_a_scenario_begins_with_an_empty_company(stage: Stage) -> None:
    await stage.sync()
    await stage.poll()

    assert list(stage.tenant.objects.values()) == []
    assert stage.bot.cases.all() == []
