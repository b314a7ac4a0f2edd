"""In: intents, receipts, crashes in between, and files that somebody spoiled. Out: what the journal remembers.
Promise: acknowledged is remembered; half a line is kept aside and told; one process holds the file.
"""
# ruff: noqa: ASYNC240 -- these tests look at their own small files; nobody waits for the loop

import asyncio
import os
import resource
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from bot.ad.journal import open_journal
from bot.errors import Refused, SettingsError
from bot.model import (
    Approval,
    Before,
    Change,
    Decision,
    Mode,
    Proposal,
    Receipt,
    Risk,
    Say,
    Step,
    WriteResult,
)

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


class Noon:
    def now(self) -> datetime:
        return NOON

    def new_id(self, prefix: str) -> str:
        return f"{prefix}-1"


CHANGE = Change("proxyAddresses", delete=("smtp:æ@contoso.com",))
PROPOSAL = Proposal(
    id="p-1",
    case_id="c-1",
    code="C01",
    rank=1,
    risk=Risk.SAFE,
    title=Say("Remove {value}", {"value": "æ"}),
    because=Say(""),
    untouched=Say(""),
    steps=(Step(forest="corp", guid="g", dn="CN=Ås\\, Bo", name="Bo", changes=(CHANGE,)),),
    before=(Before("ad:corp:g", "proxyAddresses", ("smtp:æ@contoso.com",)),),
    plan_hash="h",
)
DECISION = Decision(
    tenant="contoso",
    case_id="c-1",
    proposal_id="p-1",
    revision=1,
    plan_hash="h",
    risk=Risk.SAFE,
    mode=Mode.APPLY,
    approvals=(Approval(slack_team="T", slack_user="U", entra_id="e", name="Ann", at=NOON),),
    reason="",
    decided_at=NOON,
    expires_at=NOON + timedelta(minutes=15),
    signature="s",
)


def receipt(
    result: WriteResult = WriteResult.WRITTEN, *, proposal: str = "p-1", at: datetime = NOON
) -> Receipt:
    return Receipt(proposal_id=proposal, step=0, result=result, dc="dc1", at=at)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "journal.jsonl"


async def write_one(path: Path) -> None:
    journal = await open_journal(path, Noon())
    await journal.intend(DECISION, PROPOSAL)
    await journal.record(receipt())
    await journal.close()


async def test_what_was_told_is_remembered_by_the_next_process(path: Path) -> None:
    await write_one(path)

    journal = await open_journal(path, Noon())
    (intent,) = await journal.intents()
    found = await journal.receipts("p-1")
    await journal.close()

    assert (intent.at, intent.decision, intent.proposal) == (NOON, DECISION, PROPOSAL)
    assert found == (receipt(),)
    assert journal.torn == b""


async def test_never_intended_and_intended_without_a_receipt(path: Path) -> None:
    journal = await open_journal(path, Noon())
    await journal.intend(DECISION, PROPOSAL)

    found = [await journal.receipts("p-1"), await journal.receipts("p-2")]
    plans = [await journal.intended("p-1"), await journal.intended("p-2")]
    await journal.close()

    assert plans == [PROPOSAL, None]
    assert found == [(), None]


async def test_a_second_intent_is_refused(path: Path) -> None:
    journal = await open_journal(path, Noon())
    results = await asyncio.gather(
        *(journal.intend(DECISION, PROPOSAL) for _ in range(5)), return_exceptions=True
    )
    await journal.close()

    assert sorted(type(each).__name__ for each in results) == ["NoneType", *["Refused"] * 4]
    assert path.read_bytes().count(b"\n") == 1


async def test_a_receipt_without_an_intent_is_refused(path: Path) -> None:
    journal = await open_journal(path, Noon())
    with pytest.raises(Refused):
        await journal.record(receipt())
    await journal.close()


async def test_only_the_owner_reads_it(path: Path) -> None:
    await write_one(path)

    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700


async def test_writes_are_counted_by_their_last_word(path: Path) -> None:
    journal = await open_journal(path, Noon())
    said = {
        "written": [WriteResult.WRITTEN],
        "unknown": [WriteResult.UNKNOWN],
        "settled": [WriteResult.UNKNOWN, WriteResult.STALE],
        "already": [WriteResult.ALREADY],
        "refused": [WriteResult.REFUSED],
    }
    for name, results in said.items():
        await journal.intend(DECISION, replace(PROPOSAL, id=name))
        for result in results:
            await journal.record(receipt(result, proposal=name))
    await journal.intend(DECISION, replace(PROPOSAL, id="long ago"))
    await journal.record(receipt(proposal="long ago", at=NOON - timedelta(hours=2)))

    counts = [await journal.writes_since(NOON - timedelta(hours=h)) for h in (0, 1, 3)]
    await journal.close()

    assert counts == [2, 2, 3]


async def test_one_process_at_a_time(path: Path) -> None:
    journal = await open_journal(path, Noon())
    with pytest.raises(SettingsError, match="Another process holds the journal"):
        await open_journal(path, Noon())
    await journal.close()

    await (await open_journal(path, Noon())).close()


@pytest.mark.parametrize("tail", [b'{"v":1,"rece', b"\0" * 4096, b'{"v":1}\n', b"\xff\xfe\n"])
async def test_half_a_line_is_kept_aside(path: Path, tail: bytes) -> None:
    await write_one(path)
    whole = path.read_bytes()
    path.write_bytes(whole + tail)

    journal = await open_journal(path, Noon())
    found = await journal.receipts("p-1")
    await journal.intend(DECISION, replace(PROPOSAL, id="p-2"))
    await journal.close()
    again = await open_journal(path, Noon())
    known = await again.receipts("p-2")
    await again.close()

    assert found == (receipt(),)
    assert journal.torn == tail
    assert path.with_name("journal.jsonl.torn").read_bytes() == tail + b"\n"
    assert path.read_bytes().startswith(whole)
    assert (known, again.torn) == ((), b"")


async def test_any_cut_of_the_file_loses_at_most_the_line_it_cuts(path: Path) -> None:
    await write_one(path)
    whole = path.read_bytes()
    first = whole.index(b"\n")

    for cut in range(len(whole) + 1):
        path.write_bytes(whole[:cut])
        journal = await open_journal(path, Noon())
        found = await journal.receipts("p-1")
        await journal.close()
        expected = None if cut < first else () if cut < len(whole) - 1 else (receipt(),)
        assert found == expected


async def test_damage_before_the_last_line_stops_everything(path: Path) -> None:
    await write_one(path)
    path.write_bytes(b"{]\n" + path.read_bytes())

    with pytest.raises(SettingsError, match=r"Line 1 of the journal .* is damaged"):
        await open_journal(path, Noon())


async def test_a_version_of_the_future_is_refused_and_left_alone(path: Path) -> None:
    await write_one(path)
    line = msgspec.json.encode({"v": 2, "news": True}) + b"\n"
    path.write_bytes(path.read_bytes() + line)
    before = path.read_bytes()

    with pytest.raises(SettingsError, match="is of version 2; this bot knows 1"):
        await open_journal(path, Noon())

    assert path.read_bytes() == before


async def test_a_journal_where_a_folder_is(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="cannot be opened: Is a directory"):
        await open_journal(tmp_path, Noon())


async def test_a_link_is_not_followed(path: Path, tmp_path: Path) -> None:
    path.parent.mkdir()
    path.symlink_to(tmp_path / "elsewhere")

    with pytest.raises(SettingsError, match="cannot be opened"):
        await open_journal(path, Noon())


async def test_a_full_disk_is_told_and_leaves_no_half_line(path: Path) -> None:
    journal = await open_journal(path, Noon())
    await journal.intend(DECISION, PROPOSAL)
    size = path.stat().st_size
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size + 50, hard))
    try:
        with pytest.raises(Refused, match="cannot be written: File too large"):
            await journal.intend(DECISION, replace(PROPOSAL, id="p-2"))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    await journal.record(receipt())
    found = [await journal.receipts("p-1"), await journal.receipts("p-2")]
    await journal.close()

    assert found == [(receipt(),), None]
    assert path.read_bytes().count(b"\n") == 2


async def test_killed_between_intent_and_receipt(path: Path) -> None:
    """A real process, killed without warning after its intent was acknowledged."""
    program = (
        "import asyncio, sys\n"
        "from pathlib import Path\n"
        "from bot.ad.journal import open_journal\n"
        "from tests.unit.ad.test_journal import DECISION, PROPOSAL, Noon\n"
        "async def main():\n"
        "    journal = await open_journal(Path(sys.argv[1]), Noon())\n"
        "    await journal.intend(DECISION, PROPOSAL)\n"
        "    print('intended', flush=True)\n"
        "    await asyncio.sleep(60)\n"
        "asyncio.run(main())\n"
    )
    root = Path(__file__).parents[3]
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        program,
        str(path),
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(root)},
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None
    async with asyncio.timeout(60):
        said = await process.stdout.readline()
        process.kill()
        await process.wait()

    journal = await open_journal(path, Noon())
    found = await journal.receipts("p-1")
    with pytest.raises(Refused):
        await journal.intend(DECISION, PROPOSAL)
    await journal.close()

    assert (said, found) == (b"intended\n", ())
