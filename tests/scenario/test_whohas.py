"""In: what people paste. Out: `dirsync-triage whohas`, as a process, against the lab.
Promise: exit code 0 somebody holds it, 1 nobody does, 2 it cannot be asked for; never a traceback.
"""

import base64
import json
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from bot.demo import settings_of
from tests.servers.bot import COMMAND, environment
from tests.servers.lab import Hands, running_lab

Json = dict[str, Any]
SECONDS = 40
JOHN, ACCOUNT = "John Doe", "John Doe (svc)"
X500 = "/o=Contoso/ou=External (FYDIBOHF25SPDLT)/cn=Recipients/cn=0a1b2c"


@dataclass(frozen=True)
class Asked:
    code: int
    out: str
    errors: str

    @property
    def answer(self) -> Json:
        found: Json = json.loads(self.out)
        return found

    @property
    def names(self) -> list[str]:
        return sorted(_name(holder) for holder in self.answer["holders"])


def _name(holder: Json) -> str:
    return str((holder["ad"] or holder["cloud"])["name"])


PASTED = (
    "SMTP:john@contoso.com",
    "smtp:John@Contoso.COM",
    "john@contoso.com",
    "sip:john@contoso.com",
    "<mailto:john@contoso.com|john@contoso.com>",
    "SMTP:<mailto:john@contoso.com|john@contoso.com>",
    '  "john@contoso.com"\u200b ',
)
NO_VALUE = {
    "   ": "Give me one value to look for",
    "%%%": "is not an address",
}
NOBODY = "jon.doe@contoso.com"
QUESTIONS: dict[str, tuple[str, ...]] = {
    **{value: (value, "--json") for value in PASTED},
    **{value: (value,) for value in NO_VALUE},
    "UPN": ("svc-john@contoso.com", "--json"),
    "X500": (f"x500:{X500}", "--json"),
    "nobody": (NOBODY, "--json"),
    "in words": ("john@contoso.com",),
}


@pytest.fixture(scope="module")
def asked() -> Iterator[dict[str, Asked]]:
    """All questions at once: each process spends its time with loading the program."""
    with running_lab("--cycle-seconds=600", "--sweep-seconds=600", "--seed=3") as lab:
        hands = Hands(lab.line)
        guid = guid_of(hands, JOHN)
        anchor = base64.b64encode(guid.bytes_le).decode()
        questions = QUESTIONS | {"GUID": (str(guid), "--json"), "anchor": (anchor, "--json")}
        with ThreadPoolExecutor(4) as threads:
            answers = list(threads.map(lambda q: whohas(hands, *q), questions.values()))
        yield dict(zip(questions, answers, strict=True))


def whohas(hands: Hands, *arguments: str) -> Asked:
    with tempfile.TemporaryDirectory(prefix="dirsync-whohas-") as folder:
        done = subprocess.run(
            [*COMMAND, "whohas", *arguments],
            cwd=folder,
            env=environment(settings_of(hands.line, Path(folder) / "state")),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
    return Asked(done.returncode, done.stdout, done.stderr)


def guid_of(hands: Hands, name: str) -> uuid.UUID:
    row = next(o for o in hands.snapshot()["objects"] if o["title"] == name)
    return uuid.UUID(bytes_le=base64.b64decode(row["key"]))


@pytest.mark.parametrize("value", PASTED)
def test_whatever_is_pasted_around_it(asked: dict[str, Asked], value: str) -> None:
    done = asked[value]

    assert (done.code, done.names, done.errors) == (0, [JOHN, ACCOUNT], "")


@pytest.mark.parametrize(("form", "name"), [("UPN", ACCOUNT), ("GUID", JOHN), ("anchor", JOHN)])
def test_a_sign_in_name_an_object_guid_an_immutable_id(
    asked: dict[str, Asked], form: str, name: str
) -> None:
    done = asked[form]

    assert (done.code, done.names, done.errors) == (0, [name], "")


def test_both_sides_of_each_holder(asked: dict[str, Asked]) -> None:
    holders = asked["john@contoso.com"].answer["holders"]
    sides = {_name(each): (each["ad"]["dn"], each["cloud"]["synced"]) for each in holders}

    assert sides == {
        JOHN: ("CN=John Doe,OU=Oslo,OU=People,OU=Contoso,DC=corp,DC=contoso,DC=com", True),
        ACCOUNT: (
            "CN=John Doe (svc),OU=Service Accounts,OU=People,OU=Contoso,DC=corp,DC=contoso,DC=com",
            True,
        ),
    }


def test_in_words_for_a_terminal(asked: dict[str, Asked]) -> None:
    done = asked["in words"]

    assert (done.code, done.errors) == (0, "")
    assert done.out.startswith("2 objects hold john@contoso.com.\n")
    assert "CN=John Doe (svc),OU=Service Accounts" in done.out
    assert "recycle bin: no right" in done.out


def test_nobody_has_it_but_others_are_close(asked: dict[str, Asked]) -> None:
    done = asked["nobody"]

    assert (done.code, done.answer["holders"], done.errors) == (1, [], "")
    assert "john.doe@contoso.com" in " ".join(done.answer["close"])
    assert "Entra users" in done.answer["searched"]


def test_an_x500_address_that_nobody_has(asked: dict[str, Asked]) -> None:
    done = asked["X500"]

    assert (done.code, done.answer["value"]) == (1, X500.lower())


@pytest.mark.parametrize("value", NO_VALUE)
def test_what_is_no_value_is_said(asked: dict[str, Asked], value: str) -> None:
    done = asked[value]

    assert (done.code, done.errors) == (2, "")
    assert NO_VALUE[value] in " ".join(done.out.split())
