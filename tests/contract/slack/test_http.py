"""In: requests at the bot's own address: Slack's, other people's, broken ones, the same one again.
Out: one event, or a plain refusal. Promise: never an error 500 for a stranger, never a body in the log, never two events.
"""

import gzip
import io
import json
from collections.abc import AsyncIterator
from urllib.parse import quote

import pytest

from bot.slack import http
from bot.slack.http import PATH
from tests.contract.slack.door import AS_JSON, ASKED, FORM, Door, Json, door, told

__all__ = ["door", "told"]


async def test_a_signed_question_is_one_event(door: Door) -> None:
    assert await door.ask() == 200
    assert len(door.store.events) == 1


async def test_the_same_request_again_is_the_same_event(door: Door) -> None:
    assert [await door.ask("7") for _ in range(3)] == [200, 200, 200]
    assert len(door.store.events) == 1


# ---------------------------------------------------------------- who is no Slack

NOBODY: dict[str, dict[str, str]] = {
    "nothing": {},
    "no timestamp": {"X-Slack-Signature": "v0=" + "0" * 64},
    "no signature": {"X-Slack-Request-Timestamp": "{now}"},
    "a timestamp in words": {
        "X-Slack-Request-Timestamp": "yesterday",
        "X-Slack-Signature": "v0=" + "0" * 64,
    },
    "an empty timestamp": {
        "X-Slack-Request-Timestamp": "",
        "X-Slack-Signature": "v0=" + "0" * 64,
    },
    "a made-up signature": {
        "X-Slack-Request-Timestamp": "{now}",
        "X-Slack-Signature": "v0=" + "0" * 64,
    },
    "no signature at all": {"X-Slack-Request-Timestamp": "{now}", "X-Slack-Signature": "none"},
}


@pytest.mark.parametrize("headers", NOBODY.values(), ids=NOBODY)
async def test_who_did_not_sign_is_refused(door: Door, headers: dict[str, str]) -> None:
    given = {name: value.format(now=int(door.now[0])) for name, value in headers.items()}

    assert await door.post(ASKED.format("1").encode(), {**FORM, **given}) == 401
    assert door.store.events == []


@pytest.mark.parametrize("header", ["X-Slack-Request-Timestamp", "X-Slack-Signature"])
async def test_a_second_header_of_either_kind_is_refused(door: Door, header: str) -> None:
    body = ASKED.format("1").encode()
    signed = door.signed(body)
    twice = [*FORM.items(), *signed.items(), (header, signed[header])]

    assert await door.post(body, twice) == 401
    assert door.store.events == []


@pytest.mark.parametrize(
    ("off", "status"), [(-301, 401), (-270, 200), (0, 200), (270, 200), (301, 401)]
)
async def test_what_is_too_old_or_too_early_is_refused(door: Door, off: int, status: int) -> None:
    assert await door.ask(at=door.now[0] + off) == status
    assert len(door.store.events) == (1 if status == 200 else 0)


async def test_a_replay_after_our_own_clock_went_on_is_refused(door: Door) -> None:
    signed_at = door.now[0]
    door.now[0] += 301

    assert await door.ask(at=signed_at) == 401


async def test_a_changed_byte_is_refused(door: Door) -> None:
    body = ASKED.format("1").encode()

    assert await door.post(body.replace(b"canary", b"Canary"), {**FORM, **door.signed(body)}) == 401
    assert door.store.events == []


async def test_no_body_and_no_secret_is_in_the_log(door: Door) -> None:
    body = ASKED.format("1").encode()
    await door.post(body, FORM)
    await door.post(body, {**FORM, **door.signed(b"another")})
    await door.post(b"{" + body, {**AS_JSON, **door.signed(b"{" + body)})
    said = door.log.getvalue()

    assert "slack.request_refused" in said
    assert "canary" not in said
    assert door.secret not in said


async def test_bolt_looks_once_more_behind_us_and_logs_no_body_either(door: Door) -> None:
    """Our clock is the machine's; here it is set forward, so that only bolt still finds the request too early."""
    door.now[0] += 600

    assert await door.ask() == 401
    assert door.store.events == []
    assert "canary" not in door.log.getvalue()


async def test_strangers_do_not_fill_the_log(door: Door) -> None:
    for _ in range(50):
        await door.post(b"x", FORM)
    door.now[0] += 61
    await door.post(b"x", FORM)
    lines = [json.loads(line) for line in door.log.getvalue().splitlines()]
    told = [line["times"] for line in lines if line["event"] == "slack.request_refused"]

    assert told == [1, 50]


async def test_what_was_refused_is_told_until_a_request_is_right(door: Door) -> None:
    await door.post(b"x", {**FORM, **door.signed(b"y")})
    wrong = door.link.state().trouble
    await door.ask()

    assert "DIRSYNC_SLACK__SIGNING_SECRET" in wrong
    assert door.link.state().trouble == ""


# ---------------------------------------------------------------- what is no request of Slack's


@pytest.mark.parametrize("content_type", ["text/plain", "multipart/form-data", "application/xml"])
async def test_another_content_type_is_refused(door: Door, content_type: str) -> None:
    body = ASKED.format("1").encode()

    assert await door.post(body, {"Content-Type": content_type, **door.signed(body)}) == 415
    assert door.store.events == []


async def test_a_compressed_body_is_refused_unread(door: Door) -> None:
    body = gzip.compress(ASKED.format("1").encode())
    headers = {**FORM, **door.signed(body), "Content-Encoding": "gzip"}

    assert await door.post(body, headers) == 415
    assert door.store.events == []


@pytest.mark.parametrize("announced", [True, False], ids=["announced", "in pieces"])
async def test_what_is_too_long_is_refused(door: Door, *, announced: bool) -> None:
    body = b"a" * (http.MAX_BODY + 1)

    async def pieces() -> AsyncIterator[bytes]:
        for start in range(0, len(body), 65_536):
            yield body[start : start + 65_536]

    headers = {**FORM, **door.signed(body)}
    async with door.session.post(
        door.url, data=io.BytesIO(body) if announced else pieces(), headers=headers
    ) as answer:
        status = answer.status

    assert status == 413
    assert await door.ask() == 200


async def test_a_dialog_as_long_as_slack_allows_is_taken(door: Door) -> None:
    view = {"type": "view_submission", "user": {"id": "U1"}, "view": {"filler": "å" * 125_000}}
    body = f"payload={quote(json.dumps(view, ensure_ascii=False))}".encode()

    assert len(body) > 700_000
    assert await door.post(body) == 404  # read whole; no such dialog is known


BROKEN: dict[str, tuple[dict[str, str], bytes]] = {
    "half an object": (AS_JSON, b'{"type":'),
    "a list": (AS_JSON, b"[]"),
    "a text": (AS_JSON, b'"url_verification"'),
    "nothing": (AS_JSON, b""),
    "no UTF-8": (FORM, b"command=\xff\xfe"),
    "a payload that is no JSON": (FORM, b"payload=%7B"),
    "a payload that is a list": (FORM, b"payload=%5B%5D"),
    "a payload of nothing": (FORM, b"payload=null"),
    "JSON as a form": (FORM, b"{broken"),
    "endless brackets": (AS_JSON, b"[" * 200_000),
    "endless objects": (AS_JSON, b'{"a":' * 200_000),
}


@pytest.mark.parametrize(("headers", "body"), BROKEN.values(), ids=BROKEN)
async def test_a_signed_body_that_cannot_be_read_is_refused(
    door: Door, headers: dict[str, str], body: bytes
) -> None:
    assert await door.post(body, {**headers, **door.signed(body)}) == 400
    assert door.headers["X-Slack-No-Retry"] == "1"
    assert await door.ask() == 200


ODD = [
    {"type": "block_actions", "user": "U1", "actions": "x"},
    {"type": "block_actions", "user": None, "actions": []},
    {"type": "view_submission", "view": 7, "user": {"id": "U1"}},
    {"type": "view_submission", "view": {"callback_id": "x"}, "user": {"id": "U1"}},
    {"type": "event_callback", "event": "none", "authorizations": [None]},
    {"type": "event_callback", "event": {"type": 3}},
    {"authorizations": {"a": 1}, "team": "T", "enterprise": []},
]


@pytest.mark.parametrize("payload", ODD, ids=range(len(ODD)))
async def test_a_signed_object_of_an_odd_shape_does_no_harm(door: Door, payload: Json) -> None:
    body = json.dumps(payload).encode()

    await door.post(body, {**AS_JSON, **door.signed(body)})
    assert door.store.events == []
    assert "Traceback" not in door.log.getvalue()
    assert await door.ask() == 200


async def test_bolts_own_headers_of_a_stranger_are_not_passed_on(door: Door) -> None:
    """They are not part of what is signed, and would have bolt skip the listener that answers."""
    lazy = {"X-Slack-Bolt-Lazy-Only": "1", "X-Slack-Bolt-Lazy-Function-Name": "asked"}

    assert await door.ask(more=lazy) == 200
    assert len(door.store.events) == 1


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", PATH, 405),
        ("PUT", PATH, 405),
        ("POST", "/", 404),
        ("POST", "/slack/events/", 404),
        ("GET", "/healthz", 200),
        ("HEAD", "/healthz", 200),
        ("POST", "/healthz", 405),
    ],
)
async def test_there_is_one_door_and_a_sign_of_life(
    door: Door, method: str, path: str, status: int
) -> None:
    async with door.session.request(method, door.link.address + path) as answer:
        assert answer.status == status
