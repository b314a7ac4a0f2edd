"""In: a directory, certificates, and connections of LDAP clients.
Out: a running server with its address, its counters and its faults.
Promise: LDAPS (and StartTLS on an optional plain port); requests of one connection do not wait for
each other; whatever bytes arrive, the worst that follows is the end of that connection.
"""

import asyncio
import ssl
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from bot.lab.ad import wire
from bot.lab.ad.controls import understand
from bot.lab.ad.directory import Directory
from bot.lab.ad.errors import Refused
from bot.lab.ad.faults import Counters, Faults
from bot.lab.ad.rootdse import START_TLS
from bot.lab.ad.session import Session
from bot.lab.certs import Certificates

RESPONSES = {
    "bindRequest": "bindResponse",
    "searchRequest": "searchResDone",
    "modifyRequest": "modifyResponse",
    "addRequest": "addResponse",
    "delRequest": "delResponse",
    "modDNRequest": "modDNResponse",
    "compareRequest": "compareResponse",
    "extendedReq": "extendedResp",
}
ENTRIES_AT_A_TIME = 50  # then other connections get a turn
CLOSING = 5.0  # seconds to take leave of a client


def tls_context(certificates: Certificates) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(certificates.cert_file, certificates.key_file)
    return context


@dataclass
class LabAd:
    directory: Directory
    host: str
    faults: Faults
    tls: ssl.SSLContext
    counters: Counters = field(default_factory=Counters)
    port: int = 0
    plain_port: int | None = None
    _listeners: list[asyncio.Server] = field(default_factory=list)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    async def listen(self) -> None:
        """Listen (again), on the ports of the first time."""
        secure = await asyncio.start_server(self._secure, self.host, self.port, ssl=self.tls)
        self.port = secure.sockets[0].getsockname()[1]
        self._listeners.append(secure)
        if self.plain_port is not None:
            plain = await asyncio.start_server(self._plain, self.host, self.plain_port)
            self.plain_port = plain.sockets[0].getsockname()[1]
            self._listeners.append(plain)

    async def stop_listening(self) -> None:
        """Refuse new connections and end the present ones, as a server that is gone."""
        for listener in self._listeners:
            listener.close()
        self._listeners.clear()
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def aclose(self) -> None:
        await self.stop_listening()

    async def _secure(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await self._serve(reader, writer, secure=True)

    async def _plain(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await self._serve(reader, writer, secure=False)

    async def _serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, secure: bool
    ) -> None:
        task = asyncio.current_task()
        if task is None or not self.faults.accepting:
            writer.transport.abort()
            return
        self._tasks.add(task)
        self.counters.connections += 1
        try:
            await Connection(self, reader, writer, secure=secure).run()
        except (ConnectionError, ssl.SSLError, asyncio.CancelledError):
            writer.transport.abort()
        finally:
            self._tasks.discard(task)
            writer.close()
            with suppress(ConnectionError, ssl.SSLError, TimeoutError):
                await asyncio.wait_for(writer.wait_closed(), CLOSING)


class Connection:
    def __init__(
        self,
        server: LabAd,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        *,
        secure: bool,
    ) -> None:
        self.server = server
        self.reader = reader
        self.writer = writer
        self.session = Session(server.directory, server.counters, secure=secure)
        self.running: dict[int, asyncio.Task[None]] = {}

    async def run(self) -> None:
        try:
            while (data := await wire.read_message(self.reader)) is not None:
                message = wire.decode(data)
                if message["protocolOp"][0] == "unbindRequest":
                    return
                await self._take(message)
        except wire.Malformed as error:
            self.writer.write(wire.notice_of_disconnection(str(error)[:200]))
            await self.writer.drain()
        finally:
            tasks = list(self.running.values())
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _take(self, message: dict[str, Any]) -> None:
        number, operation = message["messageID"], message["protocolOp"]
        kind, body = operation
        if kind == "abandonRequest":
            self._abandon(body)
            return
        if kind not in RESPONSES:
            raise wire.Malformed(f"{kind} is not a request")
        starts_tls = kind == "extendedReq" and body["requestName"] == START_TLS.encode()
        if kind == "bindRequest" or starts_tls:
            # who asks, and how, changes: what was asked before is answered first
            await asyncio.gather(*self.running.values(), return_exceptions=True)
        if starts_tls:
            await self._start_tls(number)
            return
        task = asyncio.create_task(self._answer(number, operation, message.get("controls")))
        self.running[number] = task
        task.add_done_callback(lambda done: self._finished(number, done))
        if kind == "bindRequest":
            await task

    async def _answer(
        self, number: int, operation: wire.Operation, raw: list[wire.Control] | None
    ) -> None:
        if self.server.faults.delay:
            await asyncio.sleep(self.server.faults.delay)
        try:
            await self._work(number, operation, raw)
        except Refused as refused:
            answer = wire.result(
                RESPONSES[operation[0]],
                refused.code,
                refused.message,
                matched=refused.matched,
                referral=refused.referral,
            )
            self.writer.write(wire.encode(number, answer))
        with suppress(ConnectionError):
            await self.writer.drain()

    async def _work(
        self, number: int, operation: wire.Operation, raw: list[wire.Control] | None
    ) -> None:
        faults, modifies = self.server.faults, operation[0] == "modifyRequest"
        faults.refuse()
        controls = understand(raw)
        if modifies and faults.drops_before():
            self.writer.transport.abort()
            return
        for count, (answer, attached) in enumerate(self.session.answer(operation, controls)):
            if modifies and faults.drops_after():
                self.writer.transport.abort()
                return
            self.writer.write(wire.encode(number, answer, attached))
            if count % ENTRIES_AT_A_TIME == ENTRIES_AT_A_TIME - 1:
                await self.writer.drain()
                await asyncio.sleep(0)

    async def _start_tls(self, number: int) -> None:
        self.server.counters.extended += 1
        oid = START_TLS.encode()
        if self.session.secure:
            text = "00000000: LdapErr: DSID-0C0912FF, comment: TLS is on already, data 0"
            answer = wire.result("extendedResp", "operationsError", text, responseName=oid)
            self.writer.write(wire.encode(number, answer))
            return
        self.writer.write(wire.encode(number, wire.result("extendedResp", responseName=oid)))
        await self.writer.drain()
        await self.writer.start_tls(self.server.tls)
        self.session.secure = True

    def _finished(self, number: int, task: asyncio.Task[None]) -> None:
        self.running.pop(number, None)
        error = None if task.cancelled() else task.exception()
        if error is not None and not isinstance(error, ConnectionError):
            # a fault of ours: told loudly, and the client is not left waiting for an answer
            self.writer.transport.abort()
            context = {"message": "the lab's AD failed at a request", "exception": error}
            task.get_loop().call_exception_handler(context)

    def _abandon(self, number: int) -> None:
        task = self.running.get(number)
        if task is not None:
            self.server.counters.abandoned += 1
            task.cancel()


async def serve(
    directory: Directory,
    certificates: Certificates,
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    plain_port: int | None = None,
    faults: Faults | None = None,
) -> LabAd:
    """`plain_port` 0 picks one; None (the default) offers LDAPS only."""
    wire.grammar()  # compiled once, before the first client waits for it
    server = LabAd(directory, host, faults or Faults(), tls_context(certificates), port=port)
    server.plain_port = plain_port
    await server.listen()
    return server
