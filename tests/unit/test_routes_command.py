"""In: `routes` on the command line with a case file. Out: where its card would go, and why.
Promise: it needs no server and none of Slack's secrets; what it prints is what the bot does.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from bot.triage.casefile import CaseFile, write
from tests.builders import NOW, TENANT, evidence

FILE = write(CaseFile(tenant=TENANT, now=NOW, evidence=evidence())).encode()
TABLE = json.dumps(
    [
        {"cases": ["C02"], "channel": "C0PRIMARY1"},
        {
            "domains": ["contoso.com"],
            "channel": "C0CONTOSO1",
            "language": "nb",
            "approvers": ["U0MART0001"],
            "owners": ["U0KARI0001"],
            "lead": "U0INGRID01",
        },
    ]
)
GIVEN = {
    "DIRSYNC_ROUTES": TABLE,
    "DIRSYNC_SLACK__CHANNEL": "C0IDENTITY",
    "DIRSYNC_SLACK__APPROVERS": (
        "U0INGRID01=33333333-3333-4333-8333-333333333333;U0MART0001=44444444-4444-4444-8444-444444444444"
    ),
}


def routes(*arguments: str, **over: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "bot", "routes", *arguments],
        input=FILE,
        capture_output=True,
        timeout=120,
        check=False,
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": ".", "LANG": "C.UTF-8", **GIVEN, **over},
        cwd=Path(__file__).parents[2],
    )


def test_a_program_is_told_the_row_and_why_not_those_above() -> None:
    told: dict[str, Any] = json.loads(routes("-", "--json").stdout)

    assert (told["row"], told["channel"], told["language"]) == (2, "C0CONTOSO1", "nb")
    assert told["approvers"] == ["U0MART0001"]
    assert (told["owners"], told["lead"]) == (["U0KARI0001"], "U0INGRID01")
    assert told["passed"] == [{"row": 1, "why": "it asks for case C02, and this is C01"}]
    assert told["reminders"]["quietHours"] == "20:00-07:00"


def test_a_person_reads_the_same_in_plain_words() -> None:
    said = routes("-").stdout.decode()

    assert "Row 2 of routes takes it." in said
    assert "Its card goes to the channel C0CONTOSO1." in said
    assert "Approvers: U0MART0001" in said
    assert "Without an answer for 4 hours the owners are reminded." in said
    assert "Row 1 does not take it: it asks for case C02, and this is C01." in said


def test_what_no_row_takes_goes_where_the_settings_of_slack_say() -> None:
    said = routes("-", DIRSYNC_ROUTES="").stdout.decode()

    assert "No row of routes takes it, so the settings of slack do." in said
    assert "Its card goes to the channel C0IDENTITY." in said


def test_a_slip_in_the_table_is_one_line() -> None:
    done = routes("-", DIRSYNC_ROUTES='[{"chanel":"C0IDENTITY"}]')

    assert done.returncode == 2
    assert done.stderr.decode() == (
        "dirsync-triage: DIRSYNC_ROUTES, row 1: chanel is no part of a route; the nearest name is channel.\n"
    )
