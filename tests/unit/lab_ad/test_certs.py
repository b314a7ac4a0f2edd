"""In: certificates made for the lab.
Out: whether a client with the strictest checks takes them.
Promise: the key is its owner's alone, and only the names asked for are good.
"""

import asyncio
import ssl
import stat
from pathlib import Path

import pytest

from bot.lab.certs import Certificates, make_certificates


def strict(certificates: Certificates) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=str(certificates.ca_file))
    context.verify_flags |= ssl.VERIFY_X509_STRICT | ssl.VERIFY_X509_PARTIAL_CHAIN
    return context


async def shake_hands(certificates: Certificates, name: str) -> None:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificates.cert_file, certificates.key_file)
    server = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0, ssl=tls)
    try:
        port = server.sockets[0].getsockname()[1]
        _, writer = await asyncio.open_connection(
            "127.0.0.1", port, ssl=strict(certificates), server_hostname=name
        )
        writer.transport.abort()
    finally:
        server.close()


async def test_strict_client_takes_the_names_and_addresses_asked_for(tmp_path: Path) -> None:
    names, addresses = ("dc1.corp.contoso.com",), ("127.0.0.7",)
    certificates = make_certificates(tmp_path, names=names, addresses=addresses)
    for name in (*names, *addresses):
        await shake_hands(certificates, name)

    with pytest.raises(ssl.SSLCertVerificationError):
        await shake_hands(certificates, "localhost")


def test_key_is_readable_by_its_owner_only(tmp_path: Path) -> None:
    make_certificates(tmp_path)
    again = make_certificates(tmp_path)

    assert stat.S_IMODE(again.key_file.stat().st_mode) == 0o600
