"""In: a file of AD objects, and people of the lab. Out: `dirsync-triage calculate`, as a process.
Promise: a file needs no server and no setting at all; exit code 0, 1 nobody found, 2 it cannot be asked for.
"""

import json
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

from bot.demo import settings_of
from tests.servers.bot import COMMAND, environment
from tests.servers.lab import Hands, running_lab

SECONDS = 40
BO = {
    "type": "user",
    "dn": "CN=Bo Berg,OU=People,DC=contoso,DC=com",
    "sam_account_name": "bo",
    "user_principal_name": "bø@contoso.com",
    "mail_nickname": "bo",
    "proxy_addresses": ["SMTP:bo@contoso.com", "smtp:b o@contoso.com"],
}
DOMAINS = ("--verified-domain=contoso.com", "--initial-domain=contoso.onmicrosoft.com")


def calculate(
    *arguments: str, given: str = "", env: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    with tempfile.TemporaryDirectory(prefix="dirsync-calculate-") as folder:
        return subprocess.run(
            [*COMMAND, "calculate", *arguments],
            cwd=folder,
            env=environment(env or {}),
            input=given,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )


def test_a_file_needs_no_server(tmp_path: Path) -> None:
    file = tmp_path / "bo.json"
    file.write_text(json.dumps(BO))
    done = calculate(str(file), *DOMAINS, "--licensed", "--json")
    [made] = json.loads(done.stdout)["objects"]

    assert (done.returncode, done.stderr) == (0, "")
    assert made["user_principal_name"] == "bo@contoso.onmicrosoft.com"
    assert made["proxy_addresses"] == ["SMTP:bo@contoso.com", "smtp:bo@contoso.onmicrosoft.com"]
    assert [lost["loss"] for lost in made["dropped"]] == ["characters", "malformed"]


def test_a_list_may_come_from_another_program() -> None:
    done = calculate("-", *DOMAINS, given=json.dumps([BO, BO]))

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.count("Bo Berg (user)") == 2


def test_what_is_wrong_with_a_file_is_one_line() -> None:
    no_domain = calculate("-", given=json.dumps(BO))
    no_object = calculate("-", *DOMAINS, given='{"type": "user"}')
    no_file = calculate("missing.json", *DOMAINS)

    assert [each.returncode for each in (no_domain, no_object, no_file)] == [2, 2, 2]
    assert no_domain.stderr.startswith("dirsync-triage: Which domains are verified")
    assert "missing required field `dn`" in no_object.stderr
    assert no_file.stderr == (
        "dirsync-triage: missing.json cannot be read: No such file or directory.\n"
    )


def test_people_of_the_lab_as_the_sync_made_them() -> None:
    with running_lab("--cycle-seconds=600", "--sweep-seconds=600", "--seed=3") as lab:
        hands = Hands(lab.line)
        with tempfile.TemporaryDirectory() as state:
            env = settings_of(hands.line, Path(state) / "state")
            someone = calculate("john.doe@contoso.com", "--json", env=env)
            nobody = calculate("jon.doe@contoso.com", env=env)
    found = json.loads(someone.stdout)

    assert (someone.returncode, someone.stderr) == (0, "")
    assert [made["ad"]["name"] for made in found["objects"]] == ["John Doe"]
    assert found["objects"][0]["mail"] == "john@contoso.com"
    assert (nobody.returncode, nobody.stderr) == (1, "")
