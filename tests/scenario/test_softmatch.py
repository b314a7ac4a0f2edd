"""In: what people ask. Out: `dirsync-triage softmatch`, as a process, against the lab.
Promise: exit code 0 joined or will join, 1 will not, 2 cannot be told or asked for; never a traceback.
"""

import json
import subprocess
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.demo import settings_of
from tests.servers.bot import COMMAND, environment
from tests.servers.lab import Hands, running_lab

SECONDS = 60
QUESTIONS = {
    "joined already": ("john@contoso.com", "--json"),
    "in words": ("john@contoso.com",),
    "nobody": ("no.such.person@contoso.com", "--json"),
    "no value": ("%%%",),
}


@dataclass(frozen=True)
class Asked:
    code: int
    out: str
    errors: str


@pytest.fixture(scope="module")
def asked() -> Iterator[dict[str, Asked]]:
    """All questions at once: each process spends its time with loading the program."""
    with running_lab("--cycle-seconds=600", "--sweep-seconds=600", "--seed=3") as lab:
        hands = Hands(lab.line)
        with ThreadPoolExecutor(2) as threads:
            answers = list(threads.map(lambda q: softmatch(hands, *q), QUESTIONS.values()))
        yield dict(zip(QUESTIONS, answers, strict=True))


def softmatch(hands: Hands, *arguments: str) -> Asked:
    with tempfile.TemporaryDirectory(prefix="dirsync-softmatch-") as folder:
        done = subprocess.run(
            [*COMMAND, "softmatch", *arguments],
            cwd=folder,
            env=environment(settings_of(hands.line, Path(folder) / "state")),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
    return Asked(done.returncode, done.stdout, done.stderr)


def test_who_is_joined_already_is_told_so_with_the_rules(asked: dict[str, Asked]) -> None:
    done = asked["joined already"]
    answer = json.loads(done.out)
    rules = [(look["rule"], look["answer"]) for look in answer["rules"]]

    assert (done.code, done.errors, answer["prospect"]) == (0, "", "joined")
    assert rules[-1] == ("new", "no")


def test_in_words_for_a_terminal(asked: dict[str, Asked]) -> None:
    done = asked["in words"]

    assert (done.code, done.errors) == (0, "")
    assert "in Entra are one already." in done.out
    assert "Is it new to Entra?" in done.out


def test_a_value_that_nobody_has(asked: dict[str, Asked]) -> None:
    done = asked["nobody"]

    assert (done.code, done.errors) == (1, "")
    assert json.loads(done.out)["prospect"] == "apart"


def test_what_is_no_value_is_said(asked: dict[str, Asked]) -> None:
    done = asked["no value"]

    assert (done.code, done.errors) == (2, "")
    assert "is not an address" in " ".join(done.out.split())
