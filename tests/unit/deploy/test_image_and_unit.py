"""In: the Dockerfile, the systemd unit. Out: what each of them promises, held.
The files are read as docker and systemd read them; what can be run here is run.
Promise: a file that the image copies cannot go missing unseen.
"""

import re
import shutil
import subprocess
from pathlib import Path

from bot.settings import load
from bot.settings.names import is_setting

TOP = Path(__file__).parents[3]
DOCKERFILE = (TOP / "deploy/Dockerfile").read_text("utf-8").replace("\\\n", "")
ORDERS = [
    line.split(maxsplit=1) for line in DOCKERFILE.splitlines() if line and not line.startswith("#")
]
UNIT = (TOP / "deploy/dirsync-triage.service").read_text("utf-8")


def orders(word: str) -> list[str]:
    return [rest for order, rest in ORDERS if order == word]


# ---------------------------------------------------------------- the image


def test_every_file_the_image_copies_is_there_and_let_through() -> None:
    sources = [
        source
        for rest in orders("COPY")
        if not rest.startswith("--from")
        for source in rest.split()[:-1]
    ]
    let_through = (TOP / "deploy/Dockerfile.dockerignore").read_text("utf-8").splitlines()

    assert sources == [
        "requirements.txt",
        "requirements-dev.txt",
        "pyproject.toml",
        "README.md",
        "LICENSE",
        "bot",
        "handlers",
    ]
    assert [source for source in sources if not (TOP / source).exists()] == []
    assert [source for source in sources if f"!{source}" not in let_through] == []
    assert "*" in let_through


def test_the_image_has_two_stages_from_a_pinned_python() -> None:
    assert orders("FROM") == ["python:3.13-slim AS build", "python:3.13-slim"]


def test_the_image_runs_as_an_ordinary_user_with_a_health_check() -> None:
    (user,) = orders("USER")
    (health,) = orders("HEALTHCHECK")

    assert user.split(":")[0] not in {"0", "root"}
    assert health.endswith('CMD ["dirsync-triage", "health"]')
    assert orders("ENTRYPOINT") == ['["dirsync-triage"]']
    assert orders("CMD") == ['["run"]']


def test_everything_installed_from_outside_is_checked_by_hash() -> None:
    installs = re.findall(r"pip install ([^&]+)", DOCKERFILE)

    assert [line for line in installs if not re.search(r"--require-hashes|--no-index", line)] == []
    assert len(installs) == 3


def test_the_build_tools_come_out_of_the_lock_with_their_hashes() -> None:
    (program,) = re.findall(r"awk '([^']+)'", DOCKERFILE)

    lock = subprocess.run(
        ["awk", program, "requirements-dev.txt"],
        cwd=TOP,
        capture_output=True,
        text=True,
        check=True,
        timeout=10,
    ).stdout

    blocks = re.split(r"\n(?=[a-z])", lock)
    names = [block.split("==")[0] for block in blocks]
    assert names == ["hatchling", "packaging", "pathspec", "pluggy", "trove-classifiers"]
    assert [block for block in blocks if "--hash=sha256:" not in block] == []


# ---------------------------------------------------------------- the systemd unit


def test_credentials_of_the_unit_are_named_like_settings(tmp_path: Path) -> None:
    names = re.findall(r"^#?LoadCredential=dirsync_(\w+):", UNIT, re.MULTILINE)

    assert len(names) == 7
    assert [name for name in names if not is_setting(tuple(name.split("__")))] == []
    (tmp_path / "dirsync_forests__corp__write_password").write_text("canary")
    settings = load({"CREDENTIALS_DIRECTORY": str(tmp_path)}, docker_secrets=tmp_path / "none")
    assert settings.forests["corp"].write_password.get_secret_value() == "canary"


def test_the_unit_is_hardened_and_does_not_retry_wrong_settings() -> None:
    wanted = {
        "DynamicUser=yes",
        "NoNewPrivileges=yes",
        "CapabilityBoundingSet=",
        "ProtectSystem=strict",
        "ProtectHome=yes",
        "PrivateTmp=yes",
        "RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX",
        "SystemCallFilter=@system-service",
        "StateDirectory=dirsync-triage",
        "RestartPreventExitStatus=2",
        "LimitCORE=0",
    }

    assert wanted - set(UNIT.splitlines()) == set()


def test_systemd_finds_no_fault_in_the_unit(tmp_path: Path) -> None:
    """Systemd judges where it is installed; everywhere, each line is a section, a comment or Name=value."""
    odd = [
        line for line in UNIT.splitlines() if not re.fullmatch(r"|#.*|\[\w+\]|[A-Z]\w+=.*", line)
    ]
    assert odd == []

    if shutil.which("systemd-analyze"):
        copy = tmp_path / "dirsync-triage.service"
        program = shutil.which("true") or "/bin/true"
        copy.write_text(UNIT.replace("/opt/dirsync-triage/bin/dirsync-triage", program))
        judged = subprocess.run(
            ["systemd-analyze", "verify", str(copy)],
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        faults = [line for line in judged.stderr.splitlines() if line.startswith(str(copy))]
        assert (judged.returncode, faults) == (0, [])
