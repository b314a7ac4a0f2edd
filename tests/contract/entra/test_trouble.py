"""In: refused sign-ins, throttling, broken servers. Out: one clear error of ours, or a read that went through.
The real azure-identity and kiota run into each of them over TLS.
Promise: away is told from refused, the waiting time is passed on, no secret is in a message.
"""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from bot.entra.cloud import EntraCloud
from bot.errors import Refused, Unreachable
from bot.lab.entra import Fault
from bot.model import ObjectType
from tests.contract.entra.lab import CLIENT_ID, contoso, entra, names, settings, user
from tests.contract.entra.scripted import Reply, scripted

if TYPE_CHECKING:
    from bot.lab.certs import Certificates


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"client_secret": "guessed"}, "does not accept the client secret"),
        ({"client_id": "00000000-0000-4000-8000-000000000000"}, "knows no app with this client id"),
        (
            {"tenant_id": "22222222-2222-4222-8222-222222222222"},
            "knows no tenant with this tenant id",
        ),
    ],
    ids=["secret", "app", "tenant"],
)
async def test_a_refused_sign_in_says_what_is_wrong(
    certificates: "Certificates", changes: dict[str, Any], says: str
) -> None:
    async with entra(contoso(), certificates, **changes) as (_, cloud):
        with pytest.raises(Refused, match=says) as caught:
            await cloud.facts()

    assert "app registrations" in caught.value.todo.lower()
    assert "guessed" not in str(caught.value)


async def test_an_expired_secret_says_so_and_a_new_one_works(certificates: "Certificates") -> None:
    tenant = contoso()
    app = tenant.apps[CLIENT_ID]
    tenant.register_app(replace(app, secret_expires=datetime(2026, 1, 1, tzinfo=UTC)))
    async with entra(tenant, certificates) as (_, cloud):
        with pytest.raises(Refused, match="client secret for Entra has expired"):
            await cloud.facts()
        tenant.register_app(app)
        facts = await cloud.facts()

    assert facts.name == "Contoso"


async def test_a_token_that_graph_does_not_accept_is_refused(certificates: "Certificates") -> None:
    async with entra(contoso(), certificates) as (lab, cloud):
        await cloud.facts()
        lab.issuer._key = b"another key"
        with pytest.raises(Refused, match="does not accept the bot's token"):
            await cloud.facts()


@pytest.mark.parametrize("what", ["throttled", "unavailable"])
async def test_a_read_waits_as_long_as_graph_asks_and_goes_through(
    certificates: "Certificates", what: Any
) -> None:
    async with entra(contoso(), certificates) as (lab, cloud):
        lab.faults.plan(Fault(what=what, path="/organization", retry_after=1))
        facts = await cloud.facts()
        sent = cloud.requests

    assert facts.name == "Contoso"
    assert sent == 2


async def test_a_long_wait_is_passed_on_not_waited(certificates: "Certificates") -> None:
    async with entra(contoso(), certificates) as (lab, cloud):
        lab.faults.plan(Fault(what="throttled", path="/organization", retry_after=120))
        with pytest.raises(Unreachable, match="slow down") as caught:
            await cloud.facts()

    assert (caught.value.what, caught.value.retry_after) == ("Entra", 120)


async def test_one_throttled_question_of_a_batch_is_asked_again_alone(
    certificates: "Certificates",
) -> None:
    tenant = contoso()
    user(tenant, "John", "SMTP:john@contoso.com")
    async with entra(tenant, certificates) as (lab, cloud):
        lab.faults.plan(Fault(what="throttled", path="/users", retry_after=1))
        found = await cloud.holders(["john@contoso.com"])
        asked = [each.path for each in lab.batched]

    assert names(found["john@contoso.com"].objects) == ["John"]
    assert (len(asked), asked[5:]) == (6, ["/users"])


async def test_a_throttled_question_of_a_batch_passes_its_long_wait_on(
    certificates: "Certificates",
) -> None:
    async with entra(contoso(), certificates) as (lab, cloud):
        lab.faults.plan(Fault(what="throttled", path="/contacts", retry_after=90))
        with pytest.raises(Unreachable) as caught:
            await cloud.holders(["john@contoso.com"])

    assert caught.value.retry_after == 90


@pytest.mark.parametrize("what", ["html", "drop"])
async def test_a_broken_server_is_unreachable(certificates: "Certificates", what: Any) -> None:
    async with entra(contoso(), certificates) as (lab, cloud):
        lab.faults.plan(Fault(what=what, path="/organization", times=None))
        with pytest.raises(Unreachable):
            await cloud.facts()
        lab.faults.clear()
        facts = await cloud.facts()

    assert facts.name == "Contoso"


async def test_a_connection_that_breaks_once_is_not_noticed(certificates: "Certificates") -> None:
    async with entra(contoso(), certificates) as (lab, cloud):
        await cloud.facts()
        lab.faults.plan(Fault(what="drop", path="/organization"))
        facts = await cloud.facts()

    assert facts.name == "Contoso"


async def test_a_server_that_does_not_answer_in_time_is_unreachable(
    certificates: "Certificates",
) -> None:
    async with entra(contoso(), certificates, timeout=0.5) as (lab, cloud):
        await cloud.facts()
        lab.faults.plan(Fault(what="slow", path="/organization", seconds=5.0))
        with pytest.raises(Unreachable, match=r"no answer in 0\.5 seconds"):
            await cloud.facts()


async def test_a_sign_in_server_that_is_away_is_unreachable(certificates: "Certificates") -> None:
    async with entra(contoso(), certificates) as (lab, _):
        away = settings(lab, certificates)
    cloud = EntraCloud(away)
    with pytest.raises(Unreachable, match="cannot be reached"):
        await cloud.facts()
    await cloud.aclose()


async def test_a_sign_in_server_in_trouble_is_unreachable_not_refused(
    certificates: "Certificates",
) -> None:
    async with entra(contoso(), certificates) as (lab, cloud):
        lab.faults.plan(Fault(what="html", path="/token", times=None))
        with pytest.raises(Unreachable):
            await cloud.facts()


async def test_a_server_of_another_authority_is_not_trusted(certificates: "Certificates") -> None:
    async with entra(contoso(), certificates, ca_file=None) as (_, cloud):
        with pytest.raises(Unreachable):
            await cloud.facts()


@pytest.mark.parametrize(
    "body", ["<html>sign in to the guest network</html>", {"value": []}, {"a": 1}]
)
async def test_what_is_not_graph_is_unreachable(certificates: "Certificates", body: Any) -> None:
    async with scripted(certificates) as (graph, cloud):
        graph.replies["/organization"] = Reply(body)
        with pytest.raises(Unreachable):
            await cloud.facts()


async def test_a_redirect_is_not_followed(certificates: "Certificates") -> None:
    async with scripted(certificates) as (graph, cloud), scripted(certificates) as (other, _):
        moved = {"Location": f"{other.url}/v1.0/organization"}
        graph.replies["/organization"] = Reply({}, status=302, headers=moved)
        with pytest.raises(Unreachable):
            await cloud.facts()
        sent = other.seen

    assert sent == []


async def test_a_batch_that_leaves_an_answer_out_is_unreachable(
    certificates: "Certificates",
) -> None:
    async with scripted(certificates) as (graph, cloud):
        first, second = (f"cccccccc-2222-3333-4444-dddddddddd{n}" for n in ("01", "02"))
        graph.replies[f"/users/{first}"] = Reply({"id": first})
        graph.left_out = f"/users/{second}"
        with pytest.raises(Unreachable, match="not complete"):
            await cloud.objects([(ObjectType.USER, first), (ObjectType.USER, second)])


async def test_a_forbidden_answer_without_a_body_is_refused(certificates: "Certificates") -> None:
    async with entra(contoso(), certificates) as (lab, cloud):
        lab.faults.plan(Fault(what="forbidden", path="/organization"))
        with pytest.raises(Refused, match="may not read the tenant's own record"):
            await cloud.facts()


async def test_many_calls_at_once_ask_for_one_token(certificates: "Certificates") -> None:
    async with entra(contoso(), certificates) as (lab, cloud):
        await asyncio.gather(*(cloud.facts() for _ in range(8)))
        tokens = sum(count for path, count in lab.counters.items() if path.endswith("/token"))

    assert tokens == 1
