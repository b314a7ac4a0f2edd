"""In: the two headers and the raw body of one request, the signing secret, the time. Out: why it is not Slack's, or "".
The headers are judged before the body is read: who signs nothing cannot make the bot read anything.
Promise: pure; compared in constant time; a header that is missing, doubled or no number is a refusal, never an error.
"""

import hashlib
import hmac
import re
from collections.abc import Sequence
from dataclasses import dataclass

WINDOW_SECONDS = (
    300  # Slack's own advice; a replay inside it is stopped by the once-only keys of the edge
)
TIMESTAMP, SIGNATURE = "X-Slack-Request-Timestamp", "X-Slack-Signature"

# fullmatch on ASCII: int() would also take "+1", " 1", "1_0" and the digits of other scripts
_NUMBER = re.compile(r"[0-9]{1,12}", re.ASCII)
_MAC = re.compile(r"v0=[0-9a-f]{64}", re.ASCII)

NOT_ONE = "the timestamp or the signature is missing, or there are several"
NO_NUMBER = "the timestamp is not a number"
NO_MAC = "the signature is not one of Slack's"
OUTSIDE = "the timestamp is more than five minutes off: a replay, or this machine's clock is wrong"
MISMATCH = "the signature does not match: not from Slack, or DIRSYNC_SLACK__SIGNING_SECRET is another app's"


@dataclass(frozen=True, slots=True)
class Signed:
    """What the headers claim."""

    timestamp: str
    signature: str


def claimed(timestamps: Sequence[str], signatures: Sequence[str], now: float) -> Signed | str:
    """What is claimed, if it can be true at all; otherwise why not."""
    if len(timestamps) != 1 or len(signatures) != 1:
        return NOT_ONE
    [timestamp], [signature] = timestamps, signatures
    if not _NUMBER.fullmatch(timestamp):
        return NO_NUMBER
    if not _MAC.fullmatch(signature):
        return NO_MAC
    if abs(now - int(timestamp)) > WINDOW_SECONDS:
        return OUTSIDE
    return Signed(timestamp, signature)


def doubt(secret: str, signed: Signed, body: bytes) -> str:
    """Why this body is not the one that was signed; "" if it is."""
    said = b"v0:" + signed.timestamp.encode() + b":" + body
    mac = "v0=" + hmac.new(secret.encode(), said, hashlib.sha256).hexdigest()
    return "" if hmac.compare_digest(mac.encode(), signed.signature.encode()) else MISMATCH
