"""In: the lab's Entra and the poller on our adapter. Out: polls, and what they cost.
The source of errors that runs all day long, on real parts.
Promise: a quiet poll is four requests whatever the tenant's size; a broken one is no poll.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from bot.errors import ListBroken, Refused
from bot.lab.entra import Fault
from bot.sources.entra_quarantine import EntraQuarantine
from tests.contract.entra.lab import contact, contoso, entra, group, quarantined, user

if TYPE_CHECKING:
    from bot.lab.certs import Certificates

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


@dataclass
class Noon:
    def now(self) -> datetime:
        return NOW

    def new_id(self, prefix: str) -> str:
        return f"{prefix}-1"


@pytest.mark.parametrize("people", [0, 2500])
async def test_a_quiet_poll_is_four_requests(certificates: "Certificates", people: int) -> None:
    tenant = contoso()
    for number in range(people):
        user(tenant, f"u{number}", sync_enabled=True)
    async with entra(tenant, certificates) as (_, cloud):
        source = EntraQuarantine(cloud=cloud, clock=Noon())
        poll = await source.poll()
        first = cloud.requests
        await source.poll()

    assert (first, cloud.requests) == (4, 8)
    assert (poll.errors, poll.tenant.name, poll.read_at) == ((), "Contoso", NOW)


async def test_a_poll_holds_every_error_of_every_type(certificates: "Certificates") -> None:
    tenant = contoso()
    twice = user(tenant, "Twice")
    quarantined(tenant, twice, "SMTP:a@contoso.com")
    quarantined(tenant, twice, "b@contoso.com", propertyCausingError="UserPrincipalName")
    quarantined(tenant, group(tenant, "Team"), "SMTP:c@contoso.com")
    quarantined(tenant, contact(tenant, "Partner"), "SMTP:d@contoso.com")
    async with entra(tenant, certificates) as (_, cloud):
        poll = await EntraQuarantine(cloud=cloud, clock=Noon()).poll()

    assert [(error.object_name, error.value) for error in poll.errors] == [
        ("Partner", "SMTP:d@contoso.com"),
        ("Team", "SMTP:c@contoso.com"),
        ("Twice", "SMTP:a@contoso.com"),
        ("Twice", "b@contoso.com"),
    ]


async def test_one_list_that_breaks_off_is_no_poll(certificates: "Certificates") -> None:
    tenant = contoso()
    for number in range(1100):
        quarantined(tenant, group(tenant, f"g{number}"), f"SMTP:g{number}@contoso.com")
    async with entra(tenant, certificates) as (lab, cloud):
        lab.faults.plan(Fault(what="broken-list", path="/groups"))
        with pytest.raises(ListBroken):
            await EntraQuarantine(cloud=cloud, clock=Noon()).poll()


async def test_one_list_that_may_not_be_read_is_no_poll(certificates: "Certificates") -> None:
    async with entra(contoso(but="OrgContact.Read.All"), certificates) as (_, cloud):
        with pytest.raises(Refused, match="may not read contacts"):
            await EntraQuarantine(cloud=cloud, clock=Noon()).poll()
