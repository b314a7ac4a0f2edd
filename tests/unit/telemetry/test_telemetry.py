"""In: lines with planted secrets and people. Out: what really reaches stderr.
Each test reads the stream, as an operator would.
Promise: a canary that gets through any of the ways in fails here.
"""

import base64
import io
import json
import logging
from collections.abc import Iterator
from typing import Any, Literal

import pytest
import structlog

from bot import telemetry

CANARY = 'c4n"ary/pass+word'


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    level = root.level
    telemetry.hide(CANARY)
    yield io.StringIO()
    for handler in [h for h in root.handlers if getattr(h, "of_dirsync", False)]:
        root.removeHandler(handler)
    root.setLevel(level)
    for name in ("bot", "handlers"):
        logging.getLogger(name).setLevel(logging.NOTSET)
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_line_is_json_with_time_level_and_logger(stream: io.StringIO) -> None:
    telemetry.configure(stream=stream)

    telemetry.logger("bot.worker").info("claimed", kind="PollDue", count=3)

    (line,) = lines(stream)
    assert line.pop("timestamp").endswith("Z")
    assert line == {
        "event": "claimed",
        "kind": "PollDue",
        "count": 3,
        "level": "info",
        "logger": "bot.worker",
    }


def test_text_is_for_people(stream: io.StringIO) -> None:
    telemetry.configure(format="text", stream=stream)

    telemetry.logger("bot.worker").warning("broken", what="Redis")

    assert "broken" in stream.getvalue()
    assert "what=Redis" in stream.getvalue()
    assert "\x1b" not in stream.getvalue()


@pytest.mark.parametrize(
    "key",
    [
        "password",
        "bot_token",
        "client_secret",
        "Authorization",
        "private_key",
        "api-key",
        "Set-Cookie",
    ],
)
def test_secrets_are_known_by_their_key_at_any_depth(stream: io.StringIO, key: str) -> None:
    telemetry.configure(stream=stream)

    telemetry.logger("bot").info("sent", headers=[{key: "plain-canary"}])

    assert lines(stream)[0]["headers"] == [{key: "[secret]"}]


@pytest.mark.parametrize(
    "line",
    [
        f"bind with {CANARY} failed",
        "https://x/?p=c4n%22ary%2Fpass%2Bword",
        json.dumps({"v": CANARY}),
        repr({"v": CANARY}),
    ],
)
def test_registered_secrets_are_blotted_out_in_any_spelling(stream: io.StringIO, line: str) -> None:
    telemetry.configure(stream=stream)

    telemetry.logger("bot").info(line, note=[line], **{line: 1})

    assert "ary" not in stream.getvalue()
    assert stream.getvalue().count("[secret]") == 3


@pytest.mark.parametrize(
    "text",
    [
        "xoxb-123-canary",
        "xapp-1-A0-canary",
        "Bearer canary",
        "redis://dirsync:canary@redis:6379/0",
        "eyJhbGciOi.eyJjYW5hcnki.canary",
        "-----BEGIN PRIVATE KEY-----\ncanary\n-----END PRIVATE KEY-----",
    ],
)
def test_shapes_of_secrets_are_blotted_out_unregistered(stream: io.StringIO, text: str) -> None:
    telemetry.configure(people="shown", stream=stream)

    telemetry.logger("bot").info("seen", note=f"got {text} back")

    note = lines(stream)[0]["note"]
    assert "canary" not in note
    assert note.startswith("got ")
    assert note.endswith(" back")


@pytest.mark.parametrize("form", ["json", "text"])
def test_exception_texts_hide_secrets_and_people(
    stream: io.StringIO, form: Literal["json", "text"]
) -> None:
    telemetry.configure(format=form, stream=stream)

    def bind() -> None:
        # only code that draws local variables into a traceback would show this one
        local = base64.b64encode(b"local canary").decode()
        raise ConnectionError(f"{len(local)}: bind of ola@contoso.com with {CANARY} refused")

    try:
        bind()
    except ConnectionError as error:
        telemetry.logger("bot").exception("failed", error=error)

    text = stream.getvalue()
    assert "ConnectionError" in text
    assert "Traceback" in text
    assert [word for word in ("ary/", "ola@", "bG9jYWwgY2FuYXJ5") if word in text] == []


def test_lines_of_libraries_go_the_same_way(stream: io.StringIO) -> None:
    telemetry.configure(stream=stream)

    logging.getLogger("slack_sdk").warning("body %s of %s", CANARY, "ola@contoso.com")
    logging.getLogger("slack_sdk").info("each body in full")

    (line,) = lines(stream)
    assert (line["logger"], line["level"]) == ("slack_sdk", "warning")
    assert line["event"].startswith("body [secret] of [person ")


def test_exceptions_of_libraries_are_told_and_redacted(stream: io.StringIO) -> None:
    telemetry.configure(stream=stream)

    try:
        int(CANARY)
    except ValueError:
        logging.getLogger("aiohttp.server").exception("Error handling request")

    (line,) = lines(stream)
    assert line["exception"].endswith("with base 10: '[secret]'")


@pytest.mark.parametrize(
    "value",
    [
        "ola.nordmann@contoso.com",
        "smtp:ola@contoso.com",
        "õie.mägi@näide.ee",
        "CN=Ola Nordmann,OU=People,DC=contoso,DC=com",
        "CN=Nordmann\\, Ola,OU=People,DC=contoso,DC=com",
        "CN=Ola Nordmann",
        "/o=Contoso/ou=First/cn=Recipients/cn=ola",
    ],
)
def test_people_are_redacted_in_running_text(stream: io.StringIO, value: str) -> None:
    telemetry.configure(stream=stream)

    telemetry.logger("bot").info("read", note=f"before '{value}' after")

    note = lines(stream)[0]["note"]
    assert note.startswith("before '[person ")
    assert note.endswith("]' after")


def test_the_words_behind_a_dn_stay_readable(stream: io.StringIO) -> None:
    telemetry.configure(stream=stream)

    telemetry.logger("bot").info("CN=Ola,OU=People,DC=contoso,DC=com is not in an allowed OU")

    assert lines(stream)[0]["event"].endswith("] is not in an allowed OU")


@pytest.mark.parametrize("key", ["display_name", "dn", "mail", "upn", "approver_name", "values"])
def test_people_are_known_by_their_key(stream: io.StringIO, key: str) -> None:
    telemetry.configure(stream=stream)

    telemetry.logger("bot").info("read", **{key: "Ola Nordmann"})

    assert lines(stream)[0][key].startswith("[person ")


def test_one_person_keeps_one_mark_so_that_lines_can_be_followed(stream: io.StringIO) -> None:
    telemetry.configure(stream=stream)
    log = telemetry.logger("bot")

    log.info("a", mail="Ola@contoso.com")
    log.info("b", mail="ola@contoso.com")
    log.info("c", mail="kari@contoso.com")

    marks = [line["mail"] for line in lines(stream)]
    assert marks[0] == marks[1]
    assert marks[0] != marks[2]


def test_people_are_shown_where_the_operator_asked(stream: io.StringIO) -> None:
    telemetry.configure(people="shown", stream=stream)

    telemetry.logger("bot").info("read", mail="ola@contoso.com", password=CANARY)

    line = lines(stream)[0]
    assert (line["mail"], line["password"]) == ("ola@contoso.com", "[secret]")


def test_ids_and_ordinary_words_are_left_alone(stream: io.StringIO) -> None:
    telemetry.configure(stream=stream)
    facts = {
        "proposal": "p-1842",
        "kind": "address",
        "forest": "corp",
        "error": "52e",
        "state": "open",
    }

    telemetry.logger("bot").info("Entra answered 429; the next look is at 12:30", **facts)

    line = lines(stream)[0]
    assert line["event"] == "Entra answered 429; the next look is at 12:30"
    assert {name: line[name] for name in facts} == facts


def test_level_is_obeyed(stream: io.StringIO) -> None:
    telemetry.configure(level="warning", stream=stream)

    telemetry.logger("bot").info("not asked for")
    telemetry.logger("handlers.poll").error("asked for")

    assert [line["event"] for line in lines(stream)] == ["asked for"]


def test_configured_twice_each_line_comes_once(stream: io.StringIO) -> None:
    telemetry.configure(stream=stream)
    telemetry.configure(stream=stream)

    telemetry.logger("bot").info("once")

    assert [line["event"] for line in lines(stream)] == ["once"]


def test_what_breaks_is_logged_once_and_its_recovery_once(stream: io.StringIO) -> None:
    telemetry.configure(stream=stream)
    once = telemetry.OnceBroken(telemetry.logger("bot"))

    news = [once.works("Redis"), *[once.broke("Redis", "refused") for _ in range(3)]]
    news += [once.broke("Slack", "429"), once.works("Redis"), once.works("Redis")]

    assert news == [False, True, False, False, True, True, False]
    assert once.broken == {"Slack"}
    assert [(line["event"], line["what"], line.get("failures")) for line in lines(stream)] == [
        ("broken", "Redis", None),
        ("broken", "Slack", None),
        ("works again", "Redis", 3),
    ]
