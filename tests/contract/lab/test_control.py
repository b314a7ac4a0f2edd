"""In: a lab, and the control address that a walk without a browser uses.
Out: cycles, sweeps, plants and what people of the workspace do, each with its answer.
Promise: a lab of its own for each test that changes AD: what one plants no other sees.
"""

import base64
import urllib.error
import urllib.parse
from collections.abc import Iterator
from typing import Any

import ldap3
import pytest

from tests.contract.lab.accounts import as_account, old_name_check
from tests.contract.lab.process import RunningLab, act, ask, control, errors, running_lab
from tests.contract.lab.test_contoso import EIGHT

KNOWN = {"sync", "objects", "plants"}
PLANTED = {
    "ulle-magi": {("users", "Ülar Mägi", "smtp:ulle.magi@contoso.com")},
    "hanna-lepik": {("users", "Hanna Lepik", "SMTP:hanna.lepik@contoso.com")},
    "nils-vik": {
        ("users", "Helen O'Brien", "smtp:nils.vik@contoso.com"),
        ("users", "Kristiina Rätsep", "smtp:nils.vik@contoso.com"),
    },
    "rein-oun": {("users", "Priya Raman", "smtp:rein.oun@contoso.com")},
}


@pytest.fixture
def lab() -> Iterator[RunningLab]:
    with running_lab("--cycle-seconds=600", "--sweep-seconds=600") as running:
        yield running


@pytest.fixture(scope="module")
def shared() -> Iterator[RunningLab]:
    with running_lab("--cycle-seconds=600", "--sweep-seconds=600") as running:
        yield running


def shown(lab: RunningLab, title: str) -> dict[str, Any]:
    objects: list[dict[str, Any]] = control(lab.line, "/snapshot")["objects"]
    return next(each for each in objects if each["title"] == title)


def test_the_snapshot_shows_both_sides_of_every_open_problem(shared: RunningLab) -> None:
    snapshot = control(shared.line, "/snapshot")
    john, svc = shown(shared, "John Doe"), shown(shared, "John Doe (svc)")

    assert set(snapshot) == KNOWN
    assert snapshot["sync"]["running"]
    assert snapshot["sync"]["errors_open"] == 8
    assert len(snapshot["objects"]) == 16  # each loser and who has the value
    assert ["john@contoso.com"] == john["contested"] == svc["contested"]
    assert john["ad"]["attrs"]["proxyAddresses"] == [
        "SMTP:john@contoso.com",
        "smtp:john.doe@contoso.com",
    ]
    assert "SMTP:john@contoso.com" in john["entra"]["attrs"]["proxyAddresses"]
    assert "smtp:john@contoso.com" in svc["ad"]["attrs"]["proxyAddresses"]
    assert svc["entra"]["errors"] == ["PropertyConflict ProxyAddresses: smtp:john@contoso.com"]


def test_the_hidden_owner_is_shown_behind_the_scenes(shared: RunningLab) -> None:
    folder = shown(shared, "Events 2019")

    assert (
        folder["ad"],
        folder["entra"]["attrs"]["proxyAddresses"],
    ) == (None, ["SMTP:events@contoso.com"])


def test_each_of_the_four_plants_makes_what_it_says_and_only_once(lab: RunningLab) -> None:
    expected = set(EIGHT)
    for plant, new in PLANTED.items():
        assert act(lab.line, "plant", id=plant)["ok"]
        expected |= new
        assert expected == errors(lab.line)

    again = act(lab.line, "plant", id="ulle-magi")
    plants = control(lab.line, "/snapshot")["plants"]

    assert again == {
        "ok": False,
        "message": "Planted already: Ülle Mägi's address is entered on Ülar Mägi.",
    }
    assert dict.fromkeys(PLANTED, True) == {each["id"]: each["planted"] for each in plants}
    assert expected == errors(lab.line)


def test_an_error_mended_behind_the_bots_back_is_stale_until_the_sweep(lab: RunningLab) -> None:
    act(lab.line, "plant", id="rein-oun")
    act(lab.line, "cycle")
    stale = errors(lab.line)
    priya = shown(lab, "Priya Raman")
    swept = act(lab.line, "sweep")

    assert stale == EIGHT | PLANTED["rein-oun"]
    assert priya["ad"]["attrs"]["proxyAddresses"] == ["SMTP:priya.raman@contoso.com"]
    assert swept["ok"]
    assert errors(lab.line) == EIGHT
    assert shown(lab, "Priya Raman")["entra"]["errors"] == []  # still shown, now clean


@old_name_check
def test_what_the_bot_may_write_ends_an_error_at_the_next_sweep(lab: RunningLab) -> None:
    connection = as_account(lab, "write")
    dn = f"CN=John Doe (svc),OU=Service Accounts,OU=People,OU=Contoso,{lab.line['ad']['base_dn']}"
    change = {"proxyAddresses": [(ldap3.MODIFY_DELETE, ["smtp:john@contoso.com"])]}
    written = connection.modify(dn, change)  # type: ignore[no-untyped-call]  # the stubs leave it untyped
    connection.unbind()
    act(lab.line, "cycle")
    waiting = errors(lab.line)
    act(lab.line, "sweep")

    assert written
    assert waiting == EIGHT
    assert EIGHT - {("users", "John Doe (svc)", "smtp:john@contoso.com")} == errors(lab.line)


def test_a_plant_while_the_sync_is_stopped_waits_in_ad(lab: RunningLab) -> None:
    stopped = act(lab.line, "stop")
    planted = act(lab.line, "plant", id="ulle-magi")
    before = errors(lab.line)
    refused = act(lab.line, "cycle")
    running = control(lab.line, "/snapshot")["sync"]["running"]
    act(lab.line, "start")
    act(lab.line, "cycle")

    assert (stopped["ok"], planted["ok"], running) == (True, True, False)
    assert planted["message"].endswith("The sync is stopped, so Entra does not know it yet.")
    assert before == EIGHT
    assert refused == {"ok": False, "message": "Nothing was synchronized: the sync is stopped."}
    assert EIGHT | PLANTED["ulle-magi"] == errors(lab.line)


def test_an_unknown_action_or_plant_is_refused_in_words(shared: RunningLab) -> None:
    assert [
        act(shared.line, "dance")["ok"],
        act(shared.line, "plant", id="nothing")["ok"],
    ] == [False, False]


def test_a_person_acts_in_slack_as_on_the_page(shared: RunningLab) -> None:
    users, channel = shared.line["slack"]["users"], shared.line["slack"]["channel"]
    said = {
        "user": users["mart"]["id"],
        "action": "say",
        "channel": channel,
        "text": "Good morning",
    }
    done = control(shared.line, "/slack/act_as", said)
    state = control(shared.line, f"/slack/state?user={users['ingrid']['id']}")
    seen = [(each["user"], each["text"]) for each in state["messages"][channel]]

    assert done["ok"]
    assert [(users["mart"]["id"], "Good morning")] == seen


@pytest.mark.parametrize(
    ("path", "data"),
    [("/snapshot", None), ("/act", b"{}"), ("/slack/state", None), ("/slack/act_as", b"{}")],
)
def test_without_the_token_nothing_is_answered(
    shared: RunningLab, path: str, data: bytes | None
) -> None:
    parts = urllib.parse.urlsplit(shared.line["control"])
    url = f"http://{parts.hostname}:{parts.port}{parts.path}{path}"
    statuses = []
    for authorization in ("", "Basic bGFiOnRva2Vu"):
        with pytest.raises(urllib.error.HTTPError) as refused:
            ask(url, data=data, authorization=authorization)
        statuses.append(refused.value.code)
        refused.value.close()

    assert statuses == [401, 401]


@pytest.mark.parametrize("said", ["[]", "no JSON"])
def test_what_is_no_json_object_is_a_bad_request(shared: RunningLab, said: str) -> None:
    parts = urllib.parse.urlsplit(shared.line["control"])
    token = base64.b64encode(f"{parts.username}:{parts.password}".encode()).decode()
    url = f"http://{parts.hostname}:{parts.port}{parts.path}/act"
    with pytest.raises(urllib.error.HTTPError) as refused:
        ask(url, data=said.encode(), authorization=f"Basic {token}")
    refused.value.close()

    assert refused.value.code == 400
