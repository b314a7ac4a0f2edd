"""In: connections that behave, that misbehave, and faults that a test sets.
Out: answers, closed connections, counters.
Promise: a fault happens exactly when it was set to; the server outlives every client.
"""

import asyncio

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.lab.ad import Directory, LabAd, wire
from tests.unit.lab_ad.conftest import PEOPLE, Client, Connect, equals, modify, search

WHO_AM_I: wire.Operation = ("extendedReq", {"requestName": b"1.3.6.1.4.1.4203.1.11.3"})
ANN = f"CN=ann,{PEOPLE}"
EXCHANGE = (
    ("delete", "proxyAddresses", [b"smtp:dup@contoso.com"]),
    ("add", "proxyAddresses", [b"smtp:new@contoso.com"]),
)


async def bound(connect: Connect) -> Client:
    client = await connect()
    assert await client.bind() == "success"
    return client


async def gone(client: Client) -> bool:
    """The connection ends without another answer."""
    try:
        return await client.receive() is None
    except (wire.Malformed, ConnectionError):
        return True


def addresses(directory: Directory) -> list[bytes]:
    return directory.tree.resolve(ANN).values["proxyAddresses"]


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.binary(min_size=1, max_size=80))
async def test_random_octets_end_no_more_than_their_connection(
    connect: Connect, data: bytes
) -> None:
    rude, polite = await connect(), await connect()
    rude.writer.write(data)
    rude.writer.close()

    assert await polite.ask(WHO_AM_I) == ("success", [])
    polite.writer.close()


@pytest.mark.parametrize(
    "data",
    [
        b"\x30\x03\x02\x01\x01",
        b"GET / HTTP/1.1\r\n\r\n",
        wire.encode(1, wire.result("addResponse")),
    ],
)
async def test_what_is_no_request_gets_a_notice_of_disconnection(
    connect: Connect, data: bytes
) -> None:
    client = await connect()
    client.writer.write(data)
    notice = await client.receive()

    assert notice is not None
    assert notice["messageID"] == 0
    assert notice["protocolOp"][1]["responseName"] == b"1.3.6.1.4.1.1466.20036"
    assert await client.receive() is None


async def test_several_requests_in_flight_are_all_answered(connect: Connect) -> None:
    client = await bound(connect)
    sent = [client.send(WHO_AM_I) for _ in range(5)]
    received = [(await client.receive() or {})["messageID"] for _ in sent]

    assert sorted(received) == sent


async def test_a_slow_request_does_not_hold_up_a_later_one(connect: Connect, lab: LabAd) -> None:
    client = await bound(connect)
    lab.faults.delay = 60
    client.send(search(equals("cn", "ann")))
    await asyncio.sleep(0.05)
    lab.faults.delay = 0

    assert await client.ask(WHO_AM_I) == ("success", [])


async def test_an_abandoned_request_is_never_answered(connect: Connect, lab: LabAd) -> None:
    client = await bound(connect)
    lab.faults.delay = 60
    slow = client.send(search(equals("cn", "ann")))
    client.send(("abandonRequest", slow))
    while not lab.counters.abandoned:  # noqa: ASYNC110  a server tells nobody that it abandons
        await asyncio.sleep(0.01)
    lab.faults.delay = 0

    assert await client.ask(WHO_AM_I) == ("success", [])
    assert lab.counters.searches == 0


async def test_counters_count_round_trips(connect: Connect, lab: LabAd) -> None:
    client = await bound(connect)
    await client.ask(search(("or", [equals("mail", "ann@contoso.com"), equals("cn", "bob")])))
    await client.ask(search(equals("department", "x")))
    await client.ask(modify(ANN, *EXCHANGE))
    counters = lab.counters

    assert (counters.binds, counters.searches, counters.modifies) == (1, 2, 1)
    assert (counters.entries, counters.scans) == (2, 1)


async def test_an_indexed_search_of_two_thousand_scans_nothing(
    connect: Connect, lab: LabAd, directory: Directory
) -> None:
    for number in range(2000):
        address = f"smtp:many{number}@contoso.com"
        given_values = {"objectClass": "contact", "proxyAddresses": [address]}
        directory.add(f"CN=many{number},{PEOPLE}", given_values)
    client = await bound(connect)
    parts = [equals("proxyAddresses", f"SMTP:MANY{number}@contoso.com") for number in range(50)]
    code, entries = await client.ask(search(("or", parts)))

    assert (code, len(entries), lab.counters.scans) == ("success", 50, 0)


async def test_busy_and_unavailable_as_often_as_set(connect: Connect, lab: LabAd) -> None:
    client = await bound(connect)
    lab.faults.busy, lab.faults.unavailable = 2, 1
    codes = [(await client.ask(modify(ANN, *EXCHANGE)))[0] for _ in range(4)]

    assert codes == ["busy", "busy", "unavailable", "success"]


async def test_drop_before_the_second_modify_writes_the_first_only(
    connect: Connect, lab: LabAd, directory: Directory
) -> None:
    client = await bound(connect)
    lab.faults.drop_before_modify = 2
    first, _ = await client.ask(modify(ANN, ("delete", "mail", [])))
    client.send(modify(ANN, *EXCHANGE))
    assert await gone(client)

    assert first == "success"
    assert addresses(directory) == [b"SMTP:ann@contoso.com", b"smtp:dup@contoso.com"]


async def test_drop_after_a_modify_leaves_it_written(
    connect: Connect, lab: LabAd, directory: Directory
) -> None:
    client = await bound(connect)
    lab.faults.drop_after_modify = 1
    client.send(modify(ANN, *EXCHANGE))
    assert await gone(client)

    assert addresses(directory) == [b"SMTP:ann@contoso.com", b"smtp:new@contoso.com"]
    again = await bound(connect)
    assert await again.ask(search(equals("proxyAddresses", "smtp:new@contoso.com"))) == (
        "success",
        [ANN],
    )


async def test_a_server_that_accepts_nobody(connect: Connect, lab: LabAd) -> None:
    lab.faults.accepting = False
    refused = await connect()
    refused.send(WHO_AM_I)
    assert await gone(refused)
    lab.faults.accepting = True

    assert await (await connect()).ask(WHO_AM_I) == ("success", [])


async def test_a_server_that_went_away_comes_back_on_its_port(connect: Connect, lab: LabAd) -> None:
    port = lab.port
    before = await bound(connect)
    await lab.stop_listening()
    with pytest.raises(ConnectionRefusedError):
        await connect()
    await lab.listen()

    assert lab.port == port
    assert await (await connect()).bind() == "success"
    before.writer.transport.abort()


async def test_nobody_writes_before_a_bind(connect: Connect) -> None:
    client = await connect()

    assert await client.ask(modify(ANN, *EXCHANGE)) == ("operationsError", [])


async def test_a_failed_bind_takes_the_earlier_one_away(connect: Connect) -> None:
    client = await bound(connect)
    failed = await client.bind(password="wrong")

    assert (failed, await client.ask(search(equals("cn", "ann")))) == (
        "invalidCredentials",
        ("operationsError", []),
    )
