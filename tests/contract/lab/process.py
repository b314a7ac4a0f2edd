"""In: arguments for `python -m bot.lab`.
Out: the running process with its line of JSON, and plain clients for what it offers.
Promise: nothing of the lab's code is imported; the process is ended and reaped.
"""

import base64
import json
import os
import ssl
import subprocess
import sys
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SECONDS = 30.0
COMMAND = [sys.executable, "-m", "bot.lab"]
LISTS = {
    "users": "id,displayName,userPrincipalName,onPremisesProvisioningErrors",
    "groups": "id,displayName,onPremisesProvisioningErrors",
    "contacts": "id,displayName,onPremisesProvisioningErrors",
}


@dataclass(frozen=True)
class RunningLab:
    process: subprocess.Popen[str]
    line: dict[str, Any]

    @property
    def folder(self) -> Path:
        return Path(self.line["entra"]["ca_file"]).parent.parent

    def wait(self) -> int:
        return self.process.wait(SECONDS)


@contextmanager
def running_lab(*arguments: str, environ: Mapping[str, str] = {}) -> Iterator[RunningLab]:
    process = subprocess.Popen(
        [*COMMAND, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **environ},
    )
    try:
        assert process.stdout is not None
        first = process.stdout.readline()
        if not first:
            _, errors = process.communicate(timeout=SECONDS)
            raise RuntimeError(f"the lab ended with {process.returncode}: {errors}")
        yield RunningLab(process, json.loads(first))
    finally:
        process.terminate()
        try:
            process.communicate(timeout=SECONDS)
        except ValueError:  # a test has closed its standard input
            process.wait(SECONDS)
            for stream in (process.stdout, process.stderr):
                if stream is not None:
                    stream.close()


def family(pid: int) -> list[int]:
    """The process and those it started, from /proc."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *(each for child in children for each in family(int(child)))]


def alive(pids: Sequence[int]) -> list[int]:
    """A zombie is dead: who reaps it is not the lab's to decide."""
    found = []
    for pid in pids:
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except (FileNotFoundError, ProcessLookupError):
            continue
        if state != "Z":
            found.append(pid)
    return found


def working_in(folder: Path) -> list[int]:
    """Processes whose current folder or command line is below this one."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            where = (process / "cwd").resolve()
            command = (process / "cmdline").read_text()
        except (OSError, UnicodeDecodeError):  # it ended meanwhile
            continue
        if where.is_relative_to(folder) or str(folder) in command:
            found.append(int(process.name))
    return found


def until_gone(pids: Sequence[int], folder: Path) -> tuple[list[int], bool]:
    """Who is alive and whether the folder is there, when all is gone or the time is up."""
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline and (alive(pids) or folder.exists()):
        time.sleep(0.02)
    return alive(pids), folder.exists()


def ask(
    url: str,
    *,
    data: bytes | None = None,
    authorization: str = "",
    tls: ssl.SSLContext | None = None,
) -> Any:
    """With data it is a POST."""
    headers = {"Authorization": authorization} if authorization else {}
    request = urllib.request.Request(url, data, headers)  # noqa: S310 - the lab printed the address
    with urllib.request.urlopen(request, timeout=SECONDS, context=tls) as answer:  # noqa: S310 - as above
        return json.loads(answer.read())


def control(line: Mapping[str, Any], path: str, said: Mapping[str, Any] | None = None) -> Any:
    """The token in the printed address is for basic authentication."""
    parts = urllib.parse.urlsplit(line["control"])
    token = base64.b64encode(f"{parts.username}:{parts.password}".encode()).decode()
    return ask(
        f"http://{parts.hostname}:{parts.port}{parts.path}{path}",
        data=None if said is None else json.dumps(said).encode(),
        authorization=f"Basic {token}",
    )


def act(line: Mapping[str, Any], name: str, **arguments: str) -> dict[str, Any]:
    done = control(line, "/act", {"name": name, "arguments": arguments})
    assert isinstance(done, dict)
    return done


@dataclass(frozen=True)
class Graph:
    """A plain HTTPS client of the lab's Entra, with a token."""

    url: str
    token: str
    tls: ssl.SSLContext

    def get(self, path: str) -> Any:
        wanted = path if path.startswith("https:") else f"{self.url}{path}"
        return ask(wanted, authorization=f"Bearer {self.token}", tls=self.tls)

    def all_of(self, path: str) -> list[dict[str, Any]]:
        found = []
        page = self.get(path)
        found += page["value"]
        while "@odata.nextLink" in page:
            page = self.get(page["@odata.nextLink"])
            found += page["value"]
        return found


def graph(line: Mapping[str, Any]) -> Graph:
    entra = line["entra"]
    tls = ssl.create_default_context(cafile=entra["ca_file"])
    form = {
        "grant_type": "client_credentials",
        "client_id": entra["client_id"],
        "client_secret": entra["client_secret"],
        "scope": "https://graph.microsoft.com/.default",
    }
    url = f"{entra['authority']}/{entra['tenant_id']}/oauth2/v2.0/token"
    token = ask(url, data=urllib.parse.urlencode(form).encode(), tls=tls)["access_token"]
    return Graph(entra["graph_url"], token, tls)


def errors(line: Mapping[str, Any]) -> set[tuple[str, str, str]]:
    """(list, display name, value) of every provisioning error that Graph shows."""
    client = graph(line)
    return {
        (name, each["displayName"], error["value"])
        for name, select in LISTS.items()
        for each in client.all_of(f"/{name}?$select={select}&$top=999")
        for error in each["onPremisesProvisioningErrors"]
    }
