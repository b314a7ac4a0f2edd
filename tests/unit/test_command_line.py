"""In: the command line, as a process without any setting. Out: what it prints and its exit code.
Promise: what needs no server needs no setting; what is wrong is one line and never a traceback.
"""

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from bot.triage.casefile import CaseFile, write
from bot.words import Language, speaking, t
from tests.builders import NOW, TENANT, VALUE, evidence
from tests.unit.triage.pasted.shapes import TEXTS, expected

MISTRANSLATED = "… [physicaldeliveryofficename SMTP:John@contoso.com;]. Rett verdiene."


def run(
    *arguments: str, given: bytes = b"", tongue: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "bot", *arguments],
        input=given,
        capture_output=True,
        timeout=60,
        check=False,
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": ".", "LANG": "C.UTF-8", **(tongue or {})},
        cwd=Path(__file__).parents[2],
    )


def test_a_pasted_error_is_read_without_any_setting() -> None:
    done = run("explain", MISTRANSLATED, "--offline", "--json")

    assert (done.returncode, done.stderr) == (0, b"")
    assert json.loads(done.stdout) == {
        "errors": [
            {
                "attribute": "physicaldeliveryofficename",
                "value": "SMTP:John@contoso.com",
                "means": "ProxyAddresses",
                "category": "AttributeValueMustBeUnique",
                "origin": "export",
            }
        ]
    }


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_text_comes_from_stdin_as_consoles_write_it(encoding: str) -> None:
    done = run("explain", "-", "--offline", "--json", given=MISTRANSLATED.encode(encoding))

    assert json.loads(done.stdout)["errors"][0]["value"] == "SMTP:John@contoso.com"


def test_a_text_comes_from_a_file_with_its_ids() -> None:
    done = run("explain", f"@{TEXTS / '12-event-6941.txt'}", "--offline", "--json")
    (told,) = json.loads(done.stdout)["errors"]
    (read,) = expected("12-event-6941")

    assert (told["objectId"], told["conflictId"]) == (read["objectId"], read["conflictId"])


def test_a_file_that_is_not_there_is_one_line() -> None:
    done = run("explain", "@/no/such/file", "--offline")

    assert done.returncode == 2
    assert (
        done.stderr == b"dirsync-triage: /no/such/file cannot be read: No such file or directory.\n"
    )


def test_a_text_without_an_error_says_so_and_exits_with_1() -> None:
    done = run("explain", "the printer is broken", "--offline")

    assert done.returncode == 1
    assert done.stdout.startswith(b"There is no sync error in this text.")


def test_without_offline_what_is_missing_is_told() -> None:
    done = run("explain", MISTRANSLATED)

    assert done.returncode == 2
    assert b"Traceback" not in done.stderr
    assert b"DIRSYNC_" in done.stderr


@pytest.mark.parametrize(
    ("option", "tongue", "language"),
    [
        ((), {}, Language.EN),
        ((), {"LANG": "nb_NO.UTF-8"}, Language.NB),
        ((), {"LANG": "nb_NO.UTF-8", "LC_MESSAGES": "et_EE.UTF-8"}, Language.ET),
        ((), {"LC_ALL": "C.UTF-8", "LC_MESSAGES": "et_EE.UTF-8"}, Language.EN),
        (("--lang", "et"), {"LANG": "nb_NO.UTF-8"}, Language.ET),
        (("--lang", "en"), {"LANG": "nb_NO.UTF-8"}, Language.EN),
    ],
)
def test_an_answer_is_in_the_language_of_the_option_or_of_the_shell(
    option: tuple[str, ...], tongue: dict[str, str], language: Language
) -> None:
    done = run(
        "explain",
        MISTRANSLATED,
        "--offline",
        *option,
        tongue={"PYTHONIOENCODING": "utf-8", **tongue},
    )
    with speaking(language):
        heading = t("What the text says")

    assert done.stdout.decode().splitlines()[0] == heading


def test_json_is_english_in_every_language() -> None:
    found = {
        run("explain", "the printer is broken", "--offline", "--json", "--lang", language).stdout
        for language in Language
    }

    assert len(found) == 1
    assert b"There is no sync error in this text." in found.pop()


def test_a_language_that_is_not_spoken_is_refused_by_its_name() -> None:
    done = run("explain", MISTRANSLATED, "--offline", "--lang", "de")

    assert done.returncode == 2
    assert b"'de' is not one of 'en', 'nb', 'et'" in done.stderr


# ---------------------------------------------------------------- diagnose


def file_of_a_case(folder: Path) -> Path:
    path = folder / "case.json"
    path.write_text(write(CaseFile(tenant=TENANT, now=NOW, evidence=evidence())), encoding="utf-8")
    return path


def test_a_case_is_diagnosed_from_a_file_without_any_setting(tmp_path: Path) -> None:
    done = run("diagnose", str(file_of_a_case(tmp_path)), "--json")
    told = json.loads(done.stdout)

    assert (done.returncode, done.stderr) == (0, b"")
    assert (told["code"], told["value"]) == ("C01", VALUE)
    assert [p["risk"] for p in told["proposals"]] == ["safe"]
    assert told["proposals"][0]["steps"][0]["changes"] == [
        {"attribute": "proxyAddresses", "delete": [f"smtp:{VALUE}"], "add": []}
    ]


def test_a_case_from_a_file_is_shown_with_its_change(tmp_path: Path) -> None:
    shown = run("diagnose", str(file_of_a_case(tmp_path))).stdout.decode()

    assert f"Two people list {VALUE}" in shown
    assert f"- smtp:{VALUE}" in shown
    assert "Safe" in shown


@pytest.mark.parametrize("body", [b"", b"{}", b'{"schema":"dirsync-evidence/9"}'])
def test_a_file_that_is_no_case_is_one_line(body: bytes) -> None:
    done = run("diagnose", "-", given=body)

    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr.startswith(b"dirsync-triage: This ")
    assert done.stderr.count(b"\n") == 1
