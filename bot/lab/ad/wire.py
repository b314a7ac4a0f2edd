"""In: bytes of an LDAP connection, and answers as Python values.
Out: decoded LDAPMessages, and answers as bytes (RFC 4511 in BER, by its own ASN.1 module).
Promise: anything that is not a whole, well-formed message below the limit is a `Malformed`.
"""

import asyncio
from functools import cache
from pathlib import Path
from typing import Any

MODULE = Path(__file__).with_name("rfc4511.asn")
MAX_MESSAGE = 10_485_760  # AD's MaxReceiveBuffer
SEQUENCE = 0x30
LONG_FORM = 0x80
LONGEST_LENGTH = 4

Operation = tuple[str, Any]
Control = dict[str, Any]


class Malformed(ValueError):
    pass


@cache
def grammar() -> Any:
    import asn1tools

    return asn1tools.compile_files(str(MODULE), "ber")


def encode(message_id: int, operation: Operation, controls: list[Control] | None = None) -> bytes:
    message: dict[str, Any] = {"messageID": message_id, "protocolOp": operation}
    if controls:
        message["controls"] = controls
    return bytes(grammar().encode("LDAPMessage", message))


def decode(data: bytes) -> dict[str, Any]:
    return as_type("LDAPMessage", data)


def as_type(name: str, data: bytes) -> dict[str, Any]:
    try:
        value: dict[str, Any] = grammar().decode(name, data)
    except RecursionError:
        raise Malformed("the filter is nested too deeply") from None
    except Exception as error:  # noqa: BLE001  asn1tools meets random bytes with many kinds of error
        raise Malformed(f"not an {name}: {error}") from None
    return value


async def read_message(reader: asyncio.StreamReader) -> bytes | None:
    """One whole message, or None when the client has closed between two messages."""
    try:
        head = await reader.readexactly(2)
    except asyncio.IncompleteReadError as error:
        if error.partial:
            raise Malformed("the connection ended inside a message") from None
        return None
    if head[0] != SEQUENCE:
        raise Malformed(f"a message starts with 0x30, not {head[0]:#04x}")
    try:
        if head[1] < LONG_FORM:
            size, header = head[1], head
        else:
            count = head[1] - LONG_FORM
            if not 0 < count <= LONGEST_LENGTH:
                raise Malformed("indefinite or overlong length")
            octets = await reader.readexactly(count)
            size, header = int.from_bytes(octets, "big"), head + octets
        if size > MAX_MESSAGE:
            raise Malformed(f"a message of {size} bytes is over the limit of {MAX_MESSAGE}")
        return header + await reader.readexactly(size)
    except asyncio.IncompleteReadError:
        raise Malformed("the connection ended inside a message") from None


def result(
    kind: str,
    code: str = "success",
    message: str = "",
    *,
    matched: str = "",
    referral: str = "",
    **more: bytes,
) -> Operation:
    # AD ends its diagnostic texts with a NUL; clients that print them have to cope with it
    diagnostic = message.encode() + b"\0" if message else b""
    body: dict[str, Any] = {
        "resultCode": code,
        "matchedDN": matched.encode(),
        "diagnosticMessage": diagnostic,
        **more,
    }
    if referral:
        body["referral"] = [referral.encode()]
    return (kind, body)


def notice_of_disconnection(why: str) -> bytes:
    answer = result("extendedResp", "protocolError", why, responseName=b"1.3.6.1.4.1.1466.20036")
    return encode(0, answer)
