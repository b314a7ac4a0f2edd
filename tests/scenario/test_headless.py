"""In: an environment emptied to PATH and HOME.
Out: `dirsync-triage demo --headless`, once left alone and once with somebody changing AD behind its back.
Promise: exit code 0 means that all of it is true; the walk can fail; both leave nothing behind.
"""

import json
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from bot.lab.contoso.entries import accounts
from tests.contract.lab.process import family, until_gone
from tests.scenario import ad

Json = dict[str, Any]
SECONDS = 110
APPROVED = {"john", "astrid", "tonu.kask", "maria.berg"}
BYSTANDER = "per.hansen"  # his address is contested, and the walk does not approve it
NOBODY_APPROVED = "smtp:nobody.approved.this@contoso.com"


@dataclass
class Walked:
    process: subprocess.Popen[str]
    home: Path
    steps: list[Json] = field(default_factory=list)
    others: list[str] = field(default_factory=list)  # lines that are no step
    pids: list[int] = field(default_factory=list)
    settings: dict[str, str] = field(default_factory=dict)

    @property
    def ad(self) -> Json:
        """The domain controller as the bot was told of it, in the words of the lab's line."""
        told = {
            name.rpartition("__")[2].lower(): value
            for name, value in self.settings.items()
            if name.startswith("DIRSYNC_FORESTS__")
        }
        named = {f"{role}_{what}": told[f"{prefix}{what}"] for role, prefix, what in ACCOUNTS}
        return {**{name: told[name] for name in ("host", "port", "ca_file", "base_dn")}, **named}

    @property
    def folder(self) -> Path:
        return Path(self.settings["DIRSYNC_STATE_DIR"]).parent

    def of(self, event: str) -> list[Json]:
        return [step for step in self.steps if step["event"] == event]


ACCOUNTS = (
    ("read", "", "user"),
    ("read", "", "password"),
    ("write", "write_", "user"),
    ("write", "write_", "password"),
)


def follow(walked: Walked, meanwhile: Callable[[Walked, Json], None]) -> None:
    """Reads the steps as they are told, until the end."""
    assert walked.process.stdout is not None
    for line in walked.process.stdout:
        if not line.startswith("{"):
            walked.others.append(line)
            continue
        step = json.loads(line)
        if not walked.steps:
            look_around(walked)
        walked.steps.append(step)
        meanwhile(walked, step)


def look_around(walked: Walked) -> None:
    """Its processes, and the settings of the bot among them."""
    walked.pids = family(walked.process.pid)
    for pid in walked.pids:
        if b"bot\0run" in Path(f"/proc/{pid}/cmdline").read_bytes():
            pairs = Path(f"/proc/{pid}/environ").read_bytes().decode().split("\0")
            walked.settings = dict(pair.split("=", 1) for pair in pairs if pair)


def leave_alone(_walked: Walked, _step: Json) -> None:
    return


def change_somebody(walked: Walked, step: Json) -> None:
    """With the first approval: four changes are still to be written and verified before the walk looks at AD."""
    if step["event"] == "approved" and len(walked.of("approved")) == 1:
        bystander = next(each.dn for each in accounts() if each.alias == BYSTANDER)
        ad.add(walked.ad, f"{bystander},{walked.ad['base_dn']}", NOBODY_APPROVED)


@pytest.fixture(scope="module")
def walks() -> Iterator[dict[str, Walked]]:
    """Both at once: most of their time is waiting."""
    with tempfile.TemporaryDirectory(prefix="dirsync-home-") as homes:
        running, threads = {}, []
        for name, meanwhile in (("alone", leave_alone), ("disturbed", change_somebody)):
            home = Path(homes) / name
            home.mkdir()
            walked = running[name] = Walked(start(home), home)
            threads.append(threading.Thread(target=follow, args=(walked, meanwhile)))
            threads[-1].start()
        for thread, walked in zip(threads, running.values(), strict=True):
            thread.join(SECONDS)
            if thread.is_alive():
                walked.process.terminate()
            walked.process.wait(SECONDS)
            thread.join()
            for stream in (walked.process.stdout, walked.process.stdin):
                assert stream is not None
                stream.close()
        yield running


def start(home: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "bot", "demo", "--headless"],
        env={"PATH": os.environ["PATH"], "HOME": str(home)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def test_left_alone_it_ends_well(walks: dict[str, Walked]) -> None:
    walked = walks["alone"]

    assert (walked.process.returncode, walked.others) == (0, [])
    assert walked.steps[-1]["after"] == "everything came true"


def test_each_step_is_one_line_of_five_fields(walks: dict[str, Walked]) -> None:
    fields = {tuple(step) for walked in walks.values() for step in walked.steps}
    seconds = [step["seconds"] for step in walks["alone"].steps]

    assert {("event", "case", "before", "after", "seconds")} == fields
    assert sorted(seconds) == seconds


def test_eight_cards_and_an_answer(walks: dict[str, Walked]) -> None:
    walked = walks["alone"]
    asked = walked.of("asked")

    assert len({step["case"] for step in walked.of("card")}) == 8
    assert [(step["before"], step["after"]) for step in asked] == [
        ("/whohas SMTP:john@contoso.com", "2 objects hold john@contoso.com.")
    ]


def test_exactly_the_four_approved_cases_are_verified(walks: dict[str, Walked]) -> None:
    walked = walks["alone"]
    approved = {step["case"]: step["before"] for step in walked.of("approved")}

    assert {f"- smtp:{name}@contoso.com" for name in APPROVED} == {b[1] for b in approved.values()}
    assert sorted(approved) == sorted(step["case"] for step in walked.of("verified"))
    assert dict.fromkeys(approved, "clean") == {
        step["case"]: step["after"] for step in walked.of("entra")
    }


def test_ad_lost_exactly_the_approved_values(walks: dict[str, Walked]) -> None:
    walked = walks["alone"]
    lost = {
        step["case"]: sorted(set(step["before"]) - set(step["after"])) for step in walked.of("ad")
    }
    came = [value for step in walked.of("ad") for value in set(step["after"]) - set(step["before"])]

    assert {b[0]: [b[1].removeprefix("- ")] for b in map(_before, walked.of("approved"))} == lost
    assert came == []


def _before(step: Json) -> list[str]:
    found: list[str] = step["before"]
    return found


def test_a_value_that_nobody_approved_makes_it_fail(walks: dict[str, Walked]) -> None:
    walked = walks["disturbed"]
    differs = [set(step["after"]) - set(step["before"]) for step in walked.of("ad differs")]

    assert walked.process.returncode == 1
    assert differs == [{NOBODY_APPROVED}]
    assert walked.steps[-1]["after"] == "something is not right"


@pytest.mark.parametrize("which", ["alone", "disturbed"])
def test_no_process_and_no_folder_is_left(walks: dict[str, Walked], which: str) -> None:
    walked = walks[which]
    alive, folder_is_there = until_gone(walked.pids, walked.folder)

    assert len(walked.pids) > 3  # the demo, the lab, its Redis, the bot
    assert (alive, folder_is_there) == ([], False)
    assert list(walked.home.iterdir()) == []
