"""In: a lab's AD that cuts, stalls, refuses or is away. Out: what the reader and the writer make of it.
Promise: a broken question is asked again, a broken write never; each trouble is one plain sentence.
"""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import pytest

from bot.ad.forest import Forest
from bot.ad.journal import FileJournal, open_journal
from bot.ad.modify import Writer
from bot.ad.protection import Protection
from bot.ad.search import Reader
from bot.admission import Admission
from bot.errors import Refused, Unreachable
from bot.lab.ad.changes import Change as LabChange
from bot.lab.ad.changes import attribute_of
from bot.lab.certs import make_certificates
from bot.model import Change, Mode, Proposal, Receipt, Step, WriteResult
from tests.contract.ad.places import (
    KEY,
    TENANT,
    Lab,
    approved,
    nobody_special,
    proposed,
    running_lab,
)

VALUE = "bo@contoso.com"


@dataclass
class Bench:
    """A user in the lab, a reader, and a writer with its journal."""

    lab: Lab
    dn: str
    reader: Reader
    writer: Writer
    journal: FileJournal
    proposal: Proposal

    async def write(self) -> Receipt:
        decision = approved(self.proposal)
        await self.journal.intend(decision, self.proposal)
        receipt = await self.writer.write(decision, self.proposal, 0)
        await self.journal.record(receipt)
        return receipt

    def stored(self) -> list[bytes]:
        return self.lab.directory.tree.resolve(self.dn).values.get("proxyAddresses", [])


@pytest.fixture
async def bench(lab: Lab, tmp_path: Path) -> AsyncIterator[Bench]:
    dn = lab.user("bo", proxyAddresses=[f"smtp:{VALUE}"])
    journal = await open_journal(tmp_path / "journal.jsonl", lab.clock)
    writer = Writer(
        [lab.forest()],
        admission=Admission(
            tenant=TENANT,
            public_key=KEY.public_key(),
            mode_allowed=Mode.APPLY,
            journal=journal,
            clock=lab.clock,
        ),
        standing=nobody_special,
        protection=Protection(),
        clock=lab.clock,
    )
    guid = str(UUID(bytes_le=lab.directory.tree.resolve(dn).values["objectGUID"][0]))
    change = Change("proxyAddresses", delete=(f"smtp:{VALUE}",))
    step = Step(forest="corp", guid=guid, dn=dn, name="bo", changes=(change,))
    reader = Reader([lab.forest()])
    yield Bench(lab, dn, reader, writer, journal, proposed(step))
    await reader.close()
    await writer.close()
    await journal.close()


async def answered(forest: Forest) -> BaseException | None:
    """What one question to this forest ends in."""
    reader = Reader([forest])
    try:
        await reader.holders([VALUE])
    except (Unreachable, Refused) as error:
        return error
    finally:
        await reader.close()
    return None


# ---------------------------------------------------------------- lost answers


async def test_cut_off_before_the_modify(bench: Bench) -> None:
    bench.lab.faults.drop_before_modify = 1

    first = await bench.write()
    then = await bench.writer.settle(bench.proposal, 0)

    assert (first.result, then.result) == (WriteResult.UNKNOWN, WriteResult.STALE)
    assert then.note.english() == "Nothing was written: the old values still stand there."
    assert bench.stored() == [f"smtp:{VALUE}".encode()]
    assert bench.lab.server.counters.modifies == 0


async def test_cut_off_after_the_modify(bench: Bench) -> None:
    bench.lab.faults.drop_after_modify = 1

    first = await bench.write()
    then = await bench.writer.settle(bench.proposal, 0)

    assert (first.result, then.result) == (WriteResult.UNKNOWN, WriteResult.WRITTEN)
    assert bench.stored() == []
    assert bench.lab.server.counters.modifies == 1


async def test_settle_while_the_dc_is_away(bench: Bench) -> None:
    bench.lab.faults.drop_after_modify = 1
    await bench.write()
    await bench.lab.server.stop_listening()

    with pytest.raises(Unreachable):
        await bench.writer.settle(bench.proposal, 0)


async def test_a_dc_that_is_away_before_the_write_means_that_nothing_was_sent(
    bench: Bench,
) -> None:
    await bench.lab.server.stop_listening()

    with pytest.raises(Unreachable):
        await bench.write()
    await bench.lab.server.listen()

    assert bench.lab.server.counters.modifies == 0
    assert await bench.journal.receipts(bench.proposal.id) == ()


async def test_a_cancelled_write_ends_by_itself(bench: Bench) -> None:
    decision = approved(bench.proposal)
    await bench.journal.intend(decision, bench.proposal)
    task = asyncio.create_task(bench.writer.write(decision, bench.proposal, 0))
    await asyncio.sleep(0)  # it has begun
    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await task
    await bench.writer.close()

    assert bench.stored() == []
    assert bench.lab.server.counters.modifies == 1


async def test_a_lost_answer_counts_towards_the_caps(bench: Bench) -> None:
    bench.lab.faults.drop_after_modify = 1
    await bench.write()

    assert await bench.journal.writes_since(bench.lab.clock.now()) == 1


# ---------------------------------------------------------------- questions


async def test_a_connection_that_the_server_closed_is_opened_again(bench: Bench) -> None:
    await bench.reader.holders([VALUE])
    await bench.lab.server.stop_listening()
    await bench.lab.server.listen()

    found = await bench.reader.holders([VALUE])

    assert [o.dn for o in found[VALUE].objects] == [bench.dn]


async def test_a_dc_that_is_away_and_comes_back(bench: Bench) -> None:
    await bench.lab.server.stop_listening()
    with pytest.raises(Unreachable, match="Nothing listens on"):
        await bench.reader.holders([VALUE])
    await bench.lab.server.listen()

    found = await bench.reader.holders([VALUE])

    assert [o.dn for o in found[VALUE].objects] == [bench.dn]


async def test_a_dc_that_is_busy_is_asked_again_later(bench: Bench) -> None:
    bench.lab.faults.busy = 2  # the bind, then the rootDSE
    errors = []
    for _ in range(2):
        with pytest.raises(Unreachable) as caught:
            await bench.reader.holders([VALUE])
        errors.append(caught.value.what)

    found = await bench.reader.holders([VALUE])

    assert errors == ["AD corp", "AD corp"]
    assert [o.dn for o in found[VALUE].objects] == [bench.dn]


async def test_one_forest_away_is_a_gap_beside_the_others_objects(
    bench: Bench, tmp_path: Path
) -> None:
    async with running_lab(tmp_path / "other", "DC=sub,DC=contoso,DC=com") as other:
        other.user("twin", mail=VALUE)
        reader = Reader([bench.lab.forest(), other.forest(name="sub")])
        both = (await reader.holders([VALUE]))[VALUE]
        await other.server.stop_listening()
        one = (await reader.holders([VALUE]))[VALUE]
        await reader.close()

    assert [(o.forest, o.name) for o in both.objects] == [("corp", "bo"), ("sub", "twin")]
    assert [(o.forest, o.name) for o in one.objects] == [("corp", "bo")]
    assert [(g.where, g.what) for g in one.gaps] == [("AD sub", "everything")]
    assert one.searched == ("AD corp", "AD corp recycle bin")


async def test_a_dc_that_does_not_answer_in_time(bench: Bench) -> None:
    bench.lab.faults.delay = 3.0

    error = await answered(bench.lab.forest(receive_timeout=1))

    assert isinstance(error, Unreachable)
    assert "did not answer in time" in str(error)
    assert bench.lab.server.counters.connections == 1


async def test_four_hundred_values_take_at_most_ten_searches(bench: Bench) -> None:
    await bench.reader.holders([VALUE])
    before = bench.lab.server.counters.searches

    found = await bench.reader.holders([VALUE, *(f"v{i}@contoso.com" for i in range(399))])

    assert bench.lab.server.counters.searches - before <= 10
    assert [value for value, f in found.items() if f.objects] == [VALUE]
    assert bench.lab.server.counters.scans == 0


async def test_mass_work_leaves_a_connection_for_whoever_waits(bench: Bench) -> None:
    reader = Reader([bench.lab.forest(max_connections=2)])
    await reader.holders([VALUE])
    bench.lab.faults.delay = 0.05
    mass = asyncio.create_task(reader.holders([f"v{i}@contoso.com" for i in range(1000)]))
    await asyncio.sleep(0.1)

    found = await reader.holders([VALUE])
    running = not mass.done()
    await mass
    await reader.close()

    assert [o.dn for o in found[VALUE].objects] == [bench.dn]
    assert running
    assert bench.lab.server.counters.connections <= 2


async def test_a_cancelled_question_keeps_its_connection_until_it_is_answered(
    bench: Bench,
) -> None:
    reader = Reader([bench.lab.forest(max_connections=2)])
    await reader.holders([VALUE])
    bench.lab.faults.delay = 0.6
    task = asyncio.create_task(reader.holders([VALUE]))
    await asyncio.sleep(0.3)
    task.cancel()

    found = await reader.holders([VALUE])
    await reader.close()

    assert task.cancelled()
    assert [o.dn for o in found[VALUE].objects] == [bench.dn]
    assert bench.lab.server.counters.connections == 2


# ---------------------------------------------------------------- who we are, who they are


async def test_a_wrong_password(lab: Lab) -> None:
    error = await answered(lab.forest(password="wrong"))

    assert isinstance(error, Refused)
    assert error.message == f"The password of {lab.forest().user} is wrong."


async def test_no_password_is_not_an_anonymous_sign_in(lab: Lab) -> None:
    error = await answered(lab.forest(password=""))

    assert isinstance(error, Refused)
    assert error.message == f"The password of {lab.forest().user} is empty."
    assert lab.server.counters.connections == 0


async def test_a_disabled_account(lab: Lab) -> None:
    account = disabled(lab)

    error = await answered(lab.forest(user=account))

    assert isinstance(error, Refused)
    assert error.message == f"The account {account} is disabled."


def disabled(lab: Lab) -> str:
    account = lab.directory.add_account("off", lab.forest().password)
    attribute = attribute_of(lab.directory.schema, "userAccountControl")
    lab.directory.modify(account.dn, [LabChange("replace", attribute, (b"514",))])
    return account.upn


async def test_a_certificate_of_another_ca(lab: Lab, tmp_path: Path) -> None:
    other = make_certificates(tmp_path / "other")

    error = await answered(lab.forest(ca_file=str(other.ca_file)))

    assert isinstance(error, Refused)
    assert "CN=localhost, issued by CN=dirsync-triage lab CA" in error.message
    assert f"{other.ca_file} did not sign it" in error.message
    assert error.todo == "Set ca_file of this forest to the PEM file of CN=dirsync-triage lab CA."


async def test_a_certificate_without_any_ca_file(lab: Lab) -> None:
    error = await answered(lab.forest(ca_file=None))

    assert isinstance(error, Refused)
    assert "no CA of this machine signed it" in error.message


async def test_a_certificate_for_another_name(lab: Lab) -> None:
    error = await answered(lab.forest(tls_name="dc1.corp.contoso.com"))

    assert isinstance(error, Refused)
    assert "is for localhost, 127.0.0.1, not for dc1.corp.contoso.com" in error.message
    assert error.todo == "Set tls_name of this forest to a name in the certificate."


async def test_a_server_by_address_needs_no_name(lab: Lab) -> None:
    assert await answered(lab.forest(host="127.0.0.1", tls_name=None)) is None


async def test_a_ca_file_that_is_not_there(lab: Lab) -> None:
    error = await answered(lab.forest(ca_file="/nowhere/ca.pem"))

    assert isinstance(error, Refused)
    assert error.message == "The CA file /nowhere/ca.pem cannot be read: No such file or directory."


async def test_no_secret_in_what_can_be_printed(lab: Lab) -> None:
    assert lab.forest().password not in repr(lab.forest())


async def test_a_base_that_the_server_does_not_hold(lab: Lab) -> None:
    error = await answered(lab.forest(base_dn="DC=elsewhere,DC=com"))

    assert isinstance(error, Refused)
    assert error.todo == "Check the forest's base_dn and host."


async def test_start_up_checks_every_forest(lab: Lab) -> None:
    reader = Reader([lab.forest(), lab.forest(name="wrong", password="no")])

    good, bad = await reader.check()
    await reader.close()

    assert [(t.dc, t.base_dn) for t in good] == [("dc1.corp.contoso.com", lab.directory.base_dn)]
    assert [type(each) for each in bad] == [Refused]
