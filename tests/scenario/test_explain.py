"""In: the text of an error, pasted into Slack, into a message of somebody else, and into a terminal.
Out: the same answer each time, from live directories; and the case as a file that is replayed without them.
Promise: nobody but the asker reads it, and nothing is written.
"""

import json
import subprocess
from typing import Any

import pytest

from tests.scenario.world import World
from tests.servers.bot import COMMAND, environment
from tests.servers.lab import until

Json = dict[str, Any]
SECONDS = 40
LOSER, KEEPER = "hanne.moen", "siri.haugen"


def pasted(address: str) -> str:
    return f"Kan ikke oppdatere dette objektet: [physicaldeliveryofficename SMTP:{address};]."


@pytest.fixture(scope="module")
def contested(world: World) -> str:
    return world.plant(LOSER, KEEPER)


def terminal(world: World, *arguments: str, given: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *arguments],
        cwd=world.bot.folder,
        env=environment(world.bot.settings),
        input=given,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )


def answer(world: World, who: str, known: int) -> str:
    return until(lambda: world.hands.whispers(who)[known:], f"an answer to {who}")[-1]


def test_a_pasted_text_is_explained_to_who_asked_and_to_nobody_else(
    world: World, contested: str
) -> None:
    known = {who: len(world.hands.whispers(who)) for who in ("ingrid", "mart")}
    before = world.modifies()
    world.hands.say("ingrid", f"/dirsync explain {pasted(contested)}")
    told = answer(world, "ingrid", known["ingrid"])

    assert f"physicaldeliveryofficename (= ProxyAddresses) SMTP:{contested}" in told
    assert f"Two people list  {contested}" in told or f"Two people list {contested}" in told
    assert "Suggested change" in told
    assert len(world.hands.whispers("mart")) == known["mart"]
    assert world.modifies() == before


def test_the_menu_of_a_message_gives_the_same_answer(world: World, contested: str) -> None:
    known = len(world.hands.whispers("mart"))
    world.hands.say("mart", f"/dirsync explain {pasted(contested)}")
    typed = answer(world, "mart", known)
    world.hands.say("kari", pasted(contested))
    message = [m for m in world.hands.messages("mart") if m["text"] == pasted(contested)][-1]
    known = len(world.hands.whispers("mart"))
    outcome = world.hands.shortcut("mart", message, "explain_error")

    assert outcome["ok"]
    assert answer(world, "mart", known) == typed


def test_a_terminal_gives_the_diagnosis_of_the_card(world: World, contested: str) -> None:
    card = world.hands.until_state(contested, "pending")
    done = terminal(world, "explain", "-", "--json", given=pasted(contested))
    (found,) = json.loads(done.stdout)["diagnoses"]

    assert (done.returncode, done.stderr) == (0, "")
    assert found["code"] == "C01"
    assert found["caseId"] == card["metadata"]["event_payload"]["case_id"]
    assert [p["risk"] for p in found["proposals"]] == ["safe"]


def test_a_case_is_taken_out_and_replayed_without_any_server(
    world: World, contested: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    card = world.hands.until_state(contested, "pending")
    case_id = card["metadata"]["event_payload"]["case_id"]
    folder = tmp_path_factory.mktemp("cases")
    codes = {}
    for name, more in (("real", ()), ("nobody", ("--redact",))):
        made = terminal(world, "bundle", case_id, *more)
        (folder / f"{name}.json").write_text(made.stdout, encoding="utf-8")
        replayed = subprocess.run(
            [*COMMAND, "diagnose", folder / f"{name}.json", "--json"],
            env=environment({}),
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=True,
        )
        codes[name] = json.loads(replayed.stdout)["code"]

    assert codes == {"real": "C01", "nobody": "C01"}
    assert "contoso" not in (folder / "nobody.json").read_text(encoding="utf-8").lower()


def test_a_case_that_nobody_knows_is_one_line(world: World) -> None:
    done = terminal(world, "bundle", "c-abcdefghij")

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("dirsync-triage: There is no case c-abcdefghij.")


def test_a_plain_reader_may_not_take_a_case_out(world: World, contested: str) -> None:
    card = world.hands.until_state(contested, "pending")
    known = len(world.hands.whispers("kari"))
    world.hands.say("kari", f"/dirsync bundle {card['metadata']['event_payload']['case_id']}")

    assert "for full readers" in answer(world, "kari", known)


def test_the_help_desk_gets_three_sentences_in_slack_and_in_a_terminal(
    world: World, contested: str
) -> None:
    card = world.hands.until_state(contested, "pending")
    case_id = card["metadata"]["event_payload"]["case_id"]
    known = len(world.hands.whispers("kari"))
    world.hands.say("kari", f"/dirsync reply {case_id}")
    told = answer(world, "kari", known)
    done = terminal(world, "reply", case_id.upper(), "--lang", "en")
    lines = done.stdout.splitlines()

    assert (done.returncode, done.stderr, len(lines)) == (0, "", 3)
    assert lines[0].startswith("One of the addresses or names entered on your account cannot be")
    assert [line for line in lines if line not in told] == []
    assert contested not in done.stdout
    assert json.loads(terminal(world, "reply", case_id, "--json").stdout)["reply"] == lines
    assert terminal(world, "reply", "c-abcdefghij").returncode == 1
