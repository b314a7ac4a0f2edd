"""In: the Slack manifest, the code of `bot/slack`, and all that it draws. Out: whether each names what the other has.
What the code calls and listens to is read from its syntax tree; what a call needs is Slack's own documentation.
Promise: no command, button, event or permission is missing, and none is asked for that nothing uses.
"""

import ast
import inspect
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from slack_sdk.web.async_client import AsyncWebClient

from bot.lab.slack.people import COMMANDS, SCOPES, SHORTCUTS
from tests.unit.slack.samples import Look, samples

TOP = Path(__file__).parents[3]
TEXT = (TOP / "deploy/slack-manifest.yaml").read_text("utf-8")
MANIFEST = yaml.safe_load(TEXT)
FEATURES, SETTINGS = MANIFEST["features"], MANIFEST["settings"]
ASKED_FOR = set(MANIFEST["oauth_config"]["scopes"]["bot"])

# The permissions of each Web API method (docs.slack.dev/reference/methods); public and private channels have one each, and
# the cards' channel may be either
_READ, _HISTORY = {"channels:read", "groups:read"}, {"channels:history", "groups:history"}
NEEDS: dict[str, set[str]] = {
    "apps_connections_open": set(),  # the app-level token
    "auth_test": set(),
    "blocks_validate": set(),
    "chat_delete": {"chat:write"},
    "chat_getPermalink": set(),
    "chat_postEphemeral": {"chat:write"},
    "chat_postMessage": {"chat:write"},
    "chat_update": {"chat:write"},
    "conversations_history": _HISTORY,
    "conversations_info": _READ,
    "conversations_members": _READ,
    "conversations_open": {"im:write"},
    "conversations_replies": _HISTORY,
    "files_completeUploadExternal": {"files:write"},
    "files_getUploadURLExternal": {"files:write"},
    "files_upload_v2": {"files:write"},
    "reactions_add": {"reactions:write"},
    "usergroups_list": {"usergroups:read"},
    "usergroups_users_list": {"usergroups:read"},
    "users_info": {"users:read"},
    "views_open": set(),
    "views_publish": set(),
    "views_push": set(),
    "views_update": set(),
}
HEARS: dict[str, set[str]] = {
    "app_home_opened": set(),
    "channel_shared": _READ,
    "channel_unshared": _READ,
    "member_joined_channel": _READ,
    "subteam_members_changed": {"usergroups:read"},
}
METHODS = {
    name
    for name, method in inspect.getmembers(AsyncWebClient, inspect.iscoroutinefunction)
    if "_" in name.strip("_")
}
LISTENS = ("command", "message_shortcut", "global_shortcut", "shortcut", "action", "view", "event")
ANYTHING = ".*"


@cache
def code() -> list[ast.AST]:
    files = sorted((TOP / "bot/slack").rglob("*.py"))
    return [node for file in files for node in ast.walk(ast.parse(file.read_text("utf-8")))]


def called() -> set[str]:
    return {n.attr for n in code() if isinstance(n, ast.Attribute) and n.attr in METHODS}


def heard(kind: str) -> set[str]:
    """What `app.command(…)` and the like name: a word, or a pattern."""
    found = set()
    for node in code():
        match node:
            case ast.Call(
                func=ast.Attribute(value=ast.Name(id="app"), attr=attr), args=[name, *_]
            ) if attr == kind:
                found.add(_named(name))
    return found


def _named(node: ast.expr) -> str:
    match node:
        case ast.Constant(value=str(word)):
            return re.escape(word)
        case ast.Call(func=ast.Attribute(attr="compile"), args=[ast.Constant(value=str(pattern))]):
            return pattern
    raise AssertionError(f"A test cannot read what is listened to here: {ast.unparse(node)}")


def own(kind: str) -> set[str]:
    return heard(kind) - {ANYTHING}


def pressed(node: object) -> Iterator[str]:
    """The action ids that tell the bot at once; what a dialog asks for comes with the whole dialog."""
    if isinstance(node, dict):
        if node.get("type") == "input" and not node.get("dispatch_action"):
            return
        if isinstance(node.get("action_id"), str):
            yield node["action_id"]
        for child in node.values():
            yield from pressed(child)
    elif isinstance(node, list | tuple):
        for child in node:
            yield from pressed(child)


LOOKS: list[Look] = [draw() for draw in samples().values()]


def matching(patterns: set[str], words: set[str]) -> tuple[set[str], set[str]]:
    """The patterns that no word fits, and the words that no pattern fits."""
    fits = {(p, w) for p in patterns for w in words if re.search(f"^(?:{p})$", w)}
    return patterns - {p for p, _ in fits}, words - {w for _, w in fits}


# ---------------------------------------------------------------- what Slack offers, and what is listened to


def test_the_commands_are_those_that_the_edge_answers() -> None:
    assert {re.escape(c["command"]) for c in FEATURES["slash_commands"]} == own("command")


@pytest.mark.parametrize(
    ("type_", "kind"), [("message", "message_shortcut"), ("global", "global_shortcut")]
)
def test_the_shortcuts_are_those_that_the_edge_answers(type_: str, kind: str) -> None:
    offered = {re.escape(s["callback_id"]) for s in FEATURES["shortcuts"] if s["type"] == type_}

    assert offered == own(kind)


def test_the_events_are_those_that_the_edge_hears() -> None:
    told = SETTINGS.get("event_subscriptions", {}).get("bot_events", [])

    assert {re.escape(event) for event in told} == own("event")


def test_there_is_a_home_tab_where_one_is_drawn() -> None:
    assert FEATURES["app_home"]["home_tab_enabled"] is ("views_publish" in called())
    assert ("app_home_opened" in own("event")) is ("views_publish" in called())


def test_every_button_has_a_listener_and_every_listener_a_button() -> None:
    """What falls through is answered "this button is from another version"."""
    words = {word for look in LOOKS for word in pressed([look.blocks, look.view])}

    assert matching(own("action"), words) == (set(), set())


def test_every_dialog_that_is_sent_off_is_taken_and_no_other() -> None:
    asking = {look.view["callback_id"] for look in LOOKS if look.view and look.view.get("submit")}

    assert matching(own("view"), asking) == (set(), set())


def test_what_nobody_knows_is_answered_too() -> None:
    assert [kind for kind in ("command", "shortcut", "action") if ANYTHING not in heard(kind)] == []


def test_clicks_come_by_the_socket_and_no_port_is_open() -> None:
    assert SETTINGS["socket_mode_enabled"] is True
    assert SETTINGS["interactivity"] == {"is_enabled": True}


# ---------------------------------------------------------------- what it may do


def test_every_method_that_is_called_is_in_the_table() -> None:
    assert called() - NEEDS.keys() == {"api_call"} & called()
    assert "api_call" not in called()


def test_it_asks_for_what_its_calls_and_events_need_and_for_nothing_else() -> None:
    offered = {"commands"} if FEATURES["slash_commands"] or FEATURES["shortcuts"] else set()
    needed = offered.union(
        *(NEEDS[method] for method in called()), *(HEARS[event] for event in own("event"))
    )

    assert needed == ASKED_FOR


def test_every_scope_has_its_reason_beside_it() -> None:
    reasons = dict(re.findall(r"^ +- ([\w:.]+)  # (.+)$", TEXT, re.MULTILINE))

    assert set(MANIFEST["oauth_config"]["scopes"]) == {"bot"}
    assert [scope for scope in sorted(ASKED_FOR) if not reasons.get(scope)] == []


# ---------------------------------------------------------------- Slack's own limits, and the lab


def test_it_keeps_slacks_limits() -> None:
    shown, commands = MANIFEST["display_information"], FEATURES["slash_commands"]

    assert len(shown["name"]) <= 35
    assert len(shown["description"]) <= 140
    assert len(commands) <= 50
    assert all(command["should_escape"] is False for command in commands)
    assert all(len(command["command"]) <= 32 for command in commands)
    assert all(len(s["name"]) <= 24 and len(s["description"]) <= 150 for s in FEATURES["shortcuts"])


def test_the_lab_offers_what_the_manifest_does() -> None:
    own_shortcuts: list[tuple[Any, Any]] = [
        (s["callback_id"], s["name"]) for s in FEATURES["shortcuts"]
    ]

    assert [c.command for c in COMMANDS] == [c["command"] for c in FEATURES["slash_commands"]]
    assert [(s.callback_id, s.name) for s in SHORTCUTS] == own_shortcuts
    assert ASKED_FOR <= SCOPES
