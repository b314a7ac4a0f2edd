"""In: settings of either way in which Slack reaches the bot. Out: what each demands, the plain values, the warnings.
Promise: nobody is asked for the secret of the way that is not taken; a wrong one never shows.
"""

import pytest

from bot.errors import SettingsError
from bot.plain import secrets_of, workspace_of
from bot.settings import Settings, load, need_slack, warnings
from tests.unit.settings.whole import WHOLE

SECRET = "0123456789abcdef0123456789abcdef"
TOKEN = "DIRSYNC_SLACK__APP_TOKEN"
SIGNING = "DIRSYNC_SLACK__SIGNING_SECRET"
HTTP = {"DIRSYNC_SLACK__TRANSPORT": "http"}


def settings(*without: str, **over: str) -> Settings:
    given = {name: value for name, value in WHOLE.items() if name not in without}
    return load({**given, **over})


def lacking(given: Settings) -> str:
    with pytest.raises(SettingsError) as refused:
        need_slack(given)
    return str(refused.value)


def test_sockets_need_the_app_level_token_and_no_signing_secret() -> None:
    assert need_slack(settings()).transport == "socket"
    assert lacking(settings(TOKEN)).startswith(f"{TOKEN} is missing")
    assert workspace_of(settings()).listen is None


def test_http_needs_the_signing_secret_and_no_app_level_token() -> None:
    found = workspace_of(settings(TOKEN, **HTTP, **{SIGNING: SECRET}))

    assert found.listen is not None
    assert (found.listen.host, found.listen.port) == ("127.0.0.1", 3000)
    assert found.listen.signing_secret == SECRET
    assert lacking(settings(TOKEN, **HTTP)).startswith(f"{SIGNING} is missing")


def test_the_signing_secret_is_hidden_in_logs_and_representations() -> None:
    given = settings(**HTTP, **{SIGNING: SECRET})

    assert SECRET in secrets_of(given)
    assert SECRET not in repr(given)
    assert SECRET not in repr(workspace_of(given))


@pytest.mark.parametrize(
    ("written", "host", "port"),
    [
        ("0.0.0.0:3000", "0.0.0.0", 3000),  # noqa: S104 - what somebody may write, not where we listen
        ("[::1]:65535", "::1", 65535),
        ("localhost:1", "localhost", 1),
    ],
)
def test_an_address_to_listen_on(written: str, host: str, port: int) -> None:
    found = workspace_of(settings(**HTTP, **{SIGNING: SECRET, "DIRSYNC_SLACK__LISTEN": written}))

    assert found.listen is not None
    assert (found.listen.host, found.listen.port) == (host, port)


@pytest.mark.parametrize(
    "written",
    [
        "3000",
        ":3000",
        "127.0.0.1",
        "127.0.0.1:",
        "127.0.0.1:0",
        "127.0.0.1:65536",
        "::1:3000",
        "127.0.0.1:http",
        "https://bot.contoso.com/slack/events",
        "127.0.0.1:٣٠٠٠",
    ],
)
def test_what_is_no_address_is_refused_with_an_example(written: str) -> None:
    with pytest.raises(SettingsError) as refused:
        load({"DIRSYNC_SLACK__LISTEN": written})

    assert "DIRSYNC_SLACK__LISTEN=127.0.0.1:3000" in str(refused.value)


@pytest.mark.parametrize(
    "given", ["xoxb-1-2-3-4-5-6-7-8", "xapp-1-A-2-abcdefghijk", "short", "a b" * 9]
)
def test_a_token_in_the_place_of_the_signing_secret_is_refused_and_not_shown(given: str) -> None:
    with pytest.raises(SettingsError) as refused:
        load({SIGNING: given})

    assert "Basic Information" in str(refused.value)
    assert given not in str(refused.value)


def test_more_processes_than_slack_has_sockets_for_are_refused() -> None:
    with pytest.raises(SettingsError, match="DIRSYNC_SLACK__EDGES"):
        load({"DIRSYNC_SLACK__EDGES": "6"})


@pytest.mark.parametrize(
    ("over", "told"),
    [
        ({SIGNING: SECRET}, "DIRSYNC_SLACK__SIGNING_SECRET is set, and"),
        ({**HTTP, SIGNING: SECRET}, "DIRSYNC_SLACK__APP_TOKEN is set, and"),
        (
            {**HTTP, SIGNING: SECRET, "DIRSYNC_SLACK__LISTEN": "10.0.0.5:3000"},
            "DIRSYNC_SLACK__LISTEN is not a loopback address",
        ),
    ],
)
def test_what_is_not_used_or_open_to_others_is_told(over: dict[str, str], told: str) -> None:
    assert [line for line in warnings(settings(**over)) if line.startswith(told)]
    assert not [line for line in warnings(settings()) if line.startswith(told)]
