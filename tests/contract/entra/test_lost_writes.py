"""In: a Graph that refuses, stalls, hangs up, lags or is away while a sign-in name is written. Out: receipts.
The real SDK over TLS; every PATCH that arrives is counted, and what the lab holds in the end is compared.
Promise: never a second PATCH; what nobody knows is UNKNOWN, and a read decides; nothing private is logged.
"""

import asyncio
import logging
import socket
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from typing import Any

import pytest

from bot.entra import sdk
from bot.entra.cloud import EntraCloud
from bot.errors import Unreachable
from bot.lab.certs import Certificates
from bot.lab.entra import App, Fault, add_public_folder, assign_licence
from bot.model import CloudObject, ObjectType, Receipt, WriteResult
from bot.quota import Caps
from bot.triage.undo import undo_of
from tests.contract.entra.lab import SECRET, settings, user
from tests.contract.entra.scripted import Reply, Scripted, refusal, rows, scripted
from tests.contract.entra.writing import (
    NEW,
    OLD,
    WRITER_ID,
    Desk,
    approved,
    at_the_desk,
    proposed,
    renames,
)

SLOW_DOWN = "Microsoft Graph asks the bot to slow down. Nothing was written; approve again."
NO_RIGHT = (
    "Entra does not let the app that writes do this. It needs User.ReadWrite.All with admin consent; "
    "an administrator's name is changed by a person. Nothing was written."
)
TAKEN = "Another object in Entra has this sign-in name. Nothing was written."
GONE = "The user is gone from Entra. Nothing was written."


@pytest.fixture
async def desk(certificates: Certificates) -> AsyncIterator[Desk]:
    async with at_the_desk(certificates) as made:
        yield made


def told(receipt: Receipt) -> tuple[WriteResult, str]:
    return receipt.result, receipt.note.english()


def patches_meet(desk: Desk, what: Any, **more: Any) -> None:
    desk.lab.faults.plan(Fault(what=what, path="/users", method="PATCH", times=None, **more))


# ---------------------------------------------------------------- a plain no


async def test_graph_asks_to_slow_down_and_is_not_asked_again(desk: Desk) -> None:
    cy = desk.user()
    patches_meet(desk, "throttled", retry_after=0)

    receipt = await desk.write(proposed(renames(cy)))

    assert told(receipt) == (WriteResult.REFUSED, SLOW_DOWN)
    assert (len(desk.patches), cy.user_principal_name) == (1, OLD)


async def test_somebody_took_the_name_where_no_list_shows_it(desk: Desk) -> None:
    cy = desk.user()
    assign_licence(desk.tenant, cy, "SPE_E3")
    add_public_folder(desk.tenant, "Archive", addresses=(f"SMTP:{NEW}",))

    receipt = await desk.write(proposed(renames(cy)))

    assert told(receipt) == (WriteResult.REFUSED, TAKEN)
    assert (len(desk.patches), cy.user_principal_name) == (1, OLD)


async def test_an_app_without_the_permission_says_which(desk: Desk) -> None:
    cy = desk.user()
    roles = frozenset({"User.Read.All"})
    desk.tenant.register_app(App(client_id=WRITER_ID, secret=SECRET, roles=roles))

    receipt = await desk.write(proposed(renames(cy)))

    assert told(receipt) == (WriteResult.REFUSED, NO_RIGHT)
    assert (len(desk.patches), cy.user_principal_name) == (1, OLD)


async def test_an_administrator_of_this_very_moment(desk: Desk) -> None:
    """Made one between the look at the roles and the write: Entra itself says no."""
    cy = desk.user()

    class Promoted(EntraCloud):
        async def standings(self, ids: Any) -> Any:
            found = await super().standings(ids)
            desk.tenant.grant_role(cy.id, "Global Administrator")
            return found

    reads = Promoted(settings(desk.lab, desk.certificates))
    receipt = await desk.write(proposed(renames(cy)), desk.writer(cloud=reads))
    await reads.aclose()

    assert told(receipt) == (WriteResult.REFUSED, NO_RIGHT)
    assert cy.user_principal_name == OLD


async def test_a_secret_that_is_wrong_is_told_before_anything_is_sent(desk: Desk) -> None:
    writer = desk.writer(app={"client_secret": "guessed"})

    receipt = await desk.write(proposed(renames(desk.user())), writer)

    assert receipt.result is WriteResult.REFUSED
    assert receipt.note.english().startswith("Entra does not accept the client secret.")
    assert desk.patches == []


async def test_a_certificate_that_cannot_be_read_is_a_receipt_too(desk: Desk) -> None:
    writer = desk.writer(app={"client_secret": "", "certificate_file": "/nowhere/writer.pem"})

    receipt = await desk.write(proposed(renames(desk.user())), writer)

    assert receipt.result is WriteResult.REFUSED
    assert receipt.note.english().startswith("The certificate for Entra cannot be read")


# ---------------------------------------------------------------- nobody knows


@pytest.mark.parametrize(
    ("what", "held", "settled"),
    [
        ("request-lost", OLD, WriteResult.STALE),
        ("answer-lost", NEW, WriteResult.WRITTEN),
        ("unavailable", OLD, WriteResult.STALE),
        ("html", OLD, WriteResult.STALE),
    ],
)
async def test_an_answer_that_is_lost_is_settled_by_a_read_never_by_a_second_write(
    desk: Desk, what: Any, held: str, settled: WriteResult
) -> None:
    cy = desk.user()
    about = proposed(renames(cy))
    patches_meet(desk, what)

    receipt = await desk.write(about)
    desk.lab.faults.clear()
    at_once = await desk.settle(about)
    desk.clock.forward(minutes=6)  # by then every replica has heard of it
    later = await desk.settle(about) if at_once.result is WriteResult.UNKNOWN else at_once

    assert (at_once.result is WriteResult.UNKNOWN) is (held == OLD)
    assert receipt.result is WriteResult.UNKNOWN
    assert receipt.note.english().startswith("Entra did not answer the write (")
    assert (len(desk.patches), cy.user_principal_name) == (1, held)
    assert later.result is settled
    assert [b.values for b in later.before] == [(OLD,)]
    assert [b.values for b in later.after] == [(held,)]


async def test_a_write_that_stalls_is_given_up_and_not_repeated(desk: Desk) -> None:
    cy = desk.user()
    patches_meet(desk, "slow", seconds=30.0)

    receipt = await desk.write(proposed(renames(cy)), desk.writer(app={"timeout": 3.0}))

    assert told(receipt) == (
        WriteResult.UNKNOWN,
        "Entra did not answer the write (no answer in 3 seconds). A look at the user will tell.",
    )
    assert len(desk.patches) == 1


async def test_a_lost_answer_counts_towards_the_caps(desk: Desk) -> None:
    patches_meet(desk, "answer-lost")
    writer = desk.writer(caps=Caps(per_hour=1))
    users = [desk.user(name) for name in ("Cy", "Di")]

    results = [
        (await desk.write(proposed(renames(u, f"{u.id}@contoso.com"), id=u.id), writer)).result
        for u in users
    ]

    assert results == [WriteResult.UNKNOWN, WriteResult.REFUSED]


async def test_settling_tells_what_stands_there(desk: Desk) -> None:
    users = [desk.user(name) for name in ("Cy", "Di", "Ed", "Flo")]
    plans = [
        proposed(renames(each, f"new.{n}@contoso.com"), id=f"p-{n}") for n, each in enumerate(users)
    ]
    for each in plans[:3]:
        await desk.journal.intend(approved(each), each)
    users[0].user_principal_name = "new.0@contoso.com"
    users[1].user_principal_name = "else@contoso.com"
    desk.tenant.purge(users[2].id)
    users[3].user_principal_name = "new.3@contoso.com"

    writer = desk.writer()
    settled = [await writer.settle(each, 0) for each in plans]

    assert [told(each) for each in settled] == [
        (WriteResult.WRITTEN, "The answer was lost, but the change is there."),
        (WriteResult.STALE, "Something else stands there now. Look at the card again."),
        (WriteResult.STALE, GONE),
        (WriteResult.ALREADY, "It already is as it should be. Nothing was written."),
    ]


async def test_settling_waits_while_entra_is_away(desk: Desk) -> None:
    about = proposed(renames(desk.user()))
    desk.lab.faults.plan(Fault(what="html", path="/users", times=None))

    with pytest.raises(Unreachable):
        await desk.writer().settle(about, 0)


# ---------------------------------------------------------------- nothing was sent


async def test_entra_is_away_before_the_write(desk: Desk) -> None:
    cy, writer = desk.user(), desk.writer(caps=Caps(per_hour=1))
    desk.lab.faults.plan(Fault(what="html", path="/users", times=None))
    with pytest.raises(Unreachable):
        await desk.write(proposed(renames(cy)), writer)
    desk.lab.faults.clear()

    again = await desk.write(proposed(renames(cy), id="p-2"), writer)

    assert again.result is WriteResult.WRITTEN
    assert len(desk.patches) == 1


async def test_the_connection_that_writes_cannot_be_opened(desk: Desk) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        closed = f"https://127.0.0.1:{nobody.getsockname()[1]}/v1.0"
        writer = desk.writer(app={"graph_url": closed})
        with pytest.raises(Unreachable, match="cannot be reached"):
            await desk.write(proposed(renames(desk.user())), writer)

    assert desk.patches == []


# ---------------------------------------------------------------- after the write


async def test_a_read_that_lags_behind_is_no_after_image(desk: Desk) -> None:
    cy = desk.user()
    desk.lab.faults.plan(Fault(what="lagging", path="/users"))

    receipt = await desk.write(proposed(renames(cy)))

    assert told(receipt) == (
        WriteResult.WRITTEN,
        "Written. Entra takes a moment to show it everywhere.",
    )
    assert ([b.values for b in receipt.before], receipt.after) == ([(OLD,)], ())
    assert cy.user_principal_name == NEW


async def test_what_was_written_while_reads_lagged_can_be_put_back(desk: Desk) -> None:
    cy = desk.user()
    about = proposed(renames(cy))
    desk.lab.faults.plan(Fault(what="lagging", path="/users"))
    receipt = await desk.write(about)
    undo = undo_of(about, [receipt], tenant="contoso", revision=1)
    assert undo is not None

    back = await desk.write(replace(undo, id="p-2"))

    assert back.result is WriteResult.WRITTEN
    assert cy.user_principal_name == OLD


class Fading(EntraCloud):
    """Entra answers the two looks before the write, and then no more."""

    looks = 0

    async def objects(self, ids: Sequence[tuple[ObjectType, str]]) -> dict[str, CloudObject | None]:
        self.looks += 1
        if self.looks > 2:
            raise Unreachable("Entra", "Microsoft Graph cannot answer now (503).")
        return dict(await super().objects(ids))


async def test_a_look_that_fails_afterwards_does_not_take_the_write_back(desk: Desk) -> None:
    cy, fading = desk.user(), Fading(settings(desk.lab, desk.certificates))

    receipt = await desk.write(proposed(renames(cy)), desk.writer(cloud=fading))
    await fading.aclose()

    assert told(receipt) == (WriteResult.WRITTEN, "Written; the look afterwards failed.")
    assert cy.user_principal_name == NEW


async def test_a_cancelled_write_ends_by_itself(desk: Desk) -> None:
    cy, writer = desk.user(), desk.writer()
    about = proposed(renames(cy))
    made = approved(about)
    await desk.journal.intend(made, about)
    patches_meet(desk, "slow", seconds=0.2)

    waiting = asyncio.create_task(writer.write(made, about, 0))
    while not desk.patches:  # noqa: ASYNC110 -- the lab has no event for it
        await asyncio.sleep(0.01)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    await writer.close()

    assert (len(desk.patches), cy.user_principal_name) == (1, NEW)


# ---------------------------------------------------------------- what only a script says


ID = "cccccccc-2222-3333-4444-dddddddddddd"


def present(name: str = OLD) -> Reply:
    return Reply({"id": ID, "displayName": "Cy", "userPrincipalName": name})


def answers(graph: Scripted, patch: Reply, after: Reply | None = None) -> None:
    """A user without roles whose new name is free; the PATCH is the third request about the user."""
    domains = {"id": "t", "verifiedDomains": [{"name": "contoso.com", "isInitial": True}]}
    graph.replies |= {
        f"/users/{ID}/": rows(),
        f"/users/{ID}": [present(), present(), patch, *([after] if after else [])],
        "/organization": rows(domains),
        "/users?": rows(),
        "/groups?": rows(),
        "/contacts?": rows(),
        "/directory/": rows(),
        "/roleManagement/": rows(),
    }


CHALLENGE = {
    "WWW-Authenticate": 'Bearer realm="", error="insufficient_claims", claims="eyJhY2Nlc3NfdG9rZW4iOnt9fQ=="'
}


@pytest.mark.parametrize(
    ("patch", "after", "expected"),
    [
        (
            refusal(409, "Request_MultipleObjectsWithSameKeyValue"),
            None,
            (WriteResult.REFUSED, TAKEN),
        ),
        (refusal(404, "Request_ResourceNotFound"), None, (WriteResult.STALE, GONE)),
        (refusal(401, "InvalidAuthenticationToken"), None, (WriteResult.REFUSED, NO_RIGHT)),
        (
            Reply({"error": {"code": "InvalidAuthenticationToken"}}, 401, CHALLENGE),
            None,
            (WriteResult.REFUSED, NO_RIGHT),
        ),
        (
            refusal(400, "Request_BadRequest", "Property userPrincipalName is invalid."),
            None,
            (
                WriteResult.REFUSED,
                "Microsoft Graph refused the change: Property userPrincipalName is invalid. Nothing was written.",
            ),
        ),
        (
            Reply("<html>no", 403),
            None,
            (WriteResult.REFUSED, NO_RIGHT),
        ),
        (refusal(408, "Timeout"), None, (WriteResult.UNKNOWN, None)),
        (refusal(502, "BadGateway"), None, (WriteResult.UNKNOWN, None)),
        (Reply("{no json", 500), None, (WriteResult.UNKNOWN, None)),
        (Reply("", 302, {"Location": "/elsewhere"}), None, (WriteResult.UNKNOWN, None)),
        (Reply({}, drop=True), None, (WriteResult.UNKNOWN, None)),
        (Reply("<html>Sign in to the hotel", 200), present(OLD), (WriteResult.UNKNOWN, None)),
        (Reply("<html>Sign in to the hotel", 200), present(NEW), (WriteResult.WRITTEN, "Written.")),
        (
            Reply("", 204),
            present("else@contoso.com"),
            (WriteResult.WRITTEN, "Written, and somebody has changed it again since."),
        ),
    ],
    ids=lambda given: str(given.status) if isinstance(given, Reply) else "",
)
async def test_each_answer_is_told_as_what_it_is(
    certificates: Certificates,
    patch: Reply,
    after: Reply | None,
    expected: tuple[WriteResult, str | None],
) -> None:
    async with at_the_desk(certificates) as desk, scripted(certificates) as (graph, cloud):
        answers(graph, patch, after)
        cy = user(desk.tenant, "Cy", id=ID)
        there = {"authority": graph.url, "graph_url": f"{graph.url}/v1.0"}
        receipt = await desk.write(proposed(renames(cy)), desk.writer(cloud=cloud, app=there))
        sent = [path for path in graph.seen if path == f"/users/{ID}"]
        elsewhere = [path for path in graph.seen if path.startswith("/elsewhere")]

    assert receipt.result is expected[0]
    assert expected[1] in {None, receipt.note.english()}
    assert len(sent) == 1
    assert elsewhere == []


# ---------------------------------------------------------------- kept apart, kept quiet


async def test_a_line_for_reading_sends_no_write(desk: Desk) -> None:
    counted: list[int] = []
    reading = settings(desk.lab, desk.certificates)
    line = await asyncio.to_thread(sdk.connect, reading, counted.append)

    with pytest.raises(RuntimeError, match="for reading"):
        await line.patch(f"{desk.lab.graph_url}/users/{ID}", b"{}")

    await line.aclose()
    assert desk.patches == []


async def test_no_name_no_secret_and_no_token_is_logged(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    cy = desk.user()
    caplog.set_level(logging.DEBUG)

    await desk.write(proposed(renames(cy)))

    assert NEW not in caplog.text
    assert SECRET not in caplog.text
    assert "eyJ" not in caplog.text
