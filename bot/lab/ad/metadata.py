"""In: the stamps of an entry's attributes.
Out: replPropertyMetaData, as the octets AD stores.
Promise: says when and on which domain controller, never who, exactly as AD does.
"""

import struct
from uuid import UUID

from bot.lab.ad.schema import Schema
from bot.lab.ad.tree import Entry

HEADER = struct.Struct("<IIII")
STAMP = struct.Struct("<IIQ16sQQ")


def repl_property_meta_data(entry: Entry, schema: Schema, invocation: UUID) -> bytes:
    rows = []
    for name, stamp in entry.stamps.items():
        number = schema.attributes[name.lower()].attribute_id
        rows.append((number, stamp.version, stamp.filetime_seconds, stamp.usn))
    packed = [
        STAMP.pack(number, version, seconds, invocation.bytes_le, usn, usn)
        for number, version, seconds, usn in sorted(rows)
    ]
    return HEADER.pack(1, 0, len(packed), 0) + b"".join(packed)
