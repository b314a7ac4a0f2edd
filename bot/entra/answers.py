"""In: what Graph said to one read, alone or inside a batch. Out: Answer, or one of our errors.
Only what a caller can act on becomes an Answer: success, 400, 403, 404 and the like.
Promise: 401, 429 and 5xx are raised here and nowhere else, with the Retry-After that came.
"""

from dataclasses import dataclass
from typing import Any

import msgspec

from bot.entra import trouble
from bot.entra.objects import UNREADABLE

OK = 200
BAD_REQUEST = 400
FORBIDDEN = 403
NOT_FOUND = 404
RETRIED = frozenset(
    {429, 503, 504}
)  # what kiota retries; the items of a batch are held to the same


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: bytes = b""
    code: str = ""
    message: str = ""

    @property
    def ok(self) -> bool:
        return self.status == OK


class Declined(Exception):
    """The first page of a list was refused; the caller knows what to do about it."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(f"{answer.status} {answer.code}")
        self.answer = answer


class _Error(msgspec.Struct):
    code: str | None = None
    message: str | None = None


class _ErrorBody(msgspec.Struct):
    error: _Error | None = None


class Item(msgspec.Struct):
    """One answer inside the answer to a batch."""

    id: str
    status: int
    headers: dict[str, Any] | None = None
    body: msgspec.Raw = msgspec.Raw(b"")


class _Items(msgspec.Struct):
    responses: list[Item]


def items(body: bytes) -> dict[int, Item]:
    try:
        return {int(item.id): item for item in msgspec.json.decode(body, type=_Items).responses}
    except UNREADABLE as error:
        raise trouble.no_answer("its answer to a batch cannot be read") from error


def retry_after(item: Item) -> float | None:
    headers = {name.lower(): str(value) for name, value in (item.headers or {}).items()}
    return trouble.seconds(headers.get("retry-after")) if item.status in RETRIED else None


def of_item(item: Item) -> Answer:
    body = bytes(item.body)
    if item.status == OK:
        return Answer(OK, body)
    try:
        said = msgspec.json.decode(body, type=_ErrorBody).error or _Error()
    except UNREADABLE:
        said = _Error()
    return _checked(item.status, said.code or "", said.message or "", None)


def of_error(error: Any) -> Answer:
    """`error` is kiota's APIError, or msgraph's ODataError where Graph sent one."""
    said = getattr(error, "error", None)
    headers = error.response_headers or {}
    return _checked(
        error.response_status_code or 0,
        getattr(said, "code", None) or "",
        getattr(said, "message", None) or "",
        trouble.seconds(headers.get("retry-after")),
    )


def _checked(status: int, code: str, message: str, wait: float | None) -> Answer:
    if status == trouble.UNAUTHORIZED:
        raise trouble.token_refused(code)
    if status == trouble.TOO_MANY or status >= trouble.SERVER_ERROR:
        raise trouble.not_now(status, wait)
    return Answer(status, code=code, message=message)
