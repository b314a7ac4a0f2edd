"""In: options of the lab. Out: the lab as its own process, or inside this one where tests reach its faults.
`Hands` is what one has on it: a person's clicks and questions, and both directories seen from outside.
Promise: whatever a test does, the lab ends, and its folder goes with it.
"""

import asyncio
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

from bot.lab.ad.server import LabAd
from bot.lab.lab import Lab, Options, running
from tests.contract.lab.process import RunningLab, control, running_lab

__all__ = ["Hands", "LabInside", "RunningLab", "lab_inside", "running_lab", "until"]

Json = dict[str, Any]
T = TypeVar("T")
SECONDS = 45.0
LOOK_EVERY = 0.05


def until(look: Callable[[], T], what: str, *, seconds: float = SECONDS) -> T:
    """The first answer that is not empty. Fails, naming what was waited for and the last answer."""
    deadline = time.monotonic() + seconds
    while not (found := look()):
        if time.monotonic() > deadline:
            raise AssertionError(f"{what}: not within {seconds:.0f} s; last seen: {found!r}")
        time.sleep(LOOK_EVERY)
    return found


@dataclass(frozen=True)
class Hands:
    """`line` is the lab's own; people are named as it names them: ingrid, mart, kari, jaan, sam, lee."""

    line: Json

    @property
    def channel(self) -> str:
        return str(self.line["slack"]["channel"])

    def user(self, name: str) -> str:
        return str(self.line["slack"]["users"][name]["id"])

    # what is seen

    def messages(self, who: str = "ingrid") -> list[Json]:
        found = control(self.line, f"/slack/state?user={self.user(who)}")["messages"]
        return list(found.get(self.channel, []))

    def whispers(self, who: str) -> list[str]:
        """What only this person sees: the answers to questions and to refused clicks."""
        return [words(m) for m in self.messages(who) if m.get("only_for") == self.user(who)]

    def cards(self) -> dict[str, Json]:
        """The newest card of each case, by case id."""
        return {
            card["metadata"]["event_payload"]["case_id"]: card
            for card in self.messages()
            if (card.get("metadata") or {}).get("event_type") == "dirsync_case"
        }

    def card(self, value: str) -> Json | None:
        """The card about a value, which its fallback text names."""
        found = [c for c in self.cards().values() if value in c["text"].split()]
        return found[-1] if found else None

    def state(self, value: str) -> str:
        card = self.card(value)
        return "" if card is None else state_of(card)

    def until_state(self, value: str, *states: str, seconds: float = SECONDS) -> Json:
        def reached() -> Json | None:
            card = self.card(value)
            return card if card is not None and state_of(card) in states else None

        found = until(
            reached, f"{value} {'/'.join(states)}, is {self.state(value)}", seconds=seconds
        )
        assert found is not None
        return found

    def snapshot(self) -> Json:
        found: Json = control(self.line, "/snapshot")
        return found

    # what is done

    def click(self, who: str, card: Json, action_id: str) -> Json:
        block = next(b for b in card["blocks"] if button(b, action_id))
        return self._does(
            who, "click", ts=card["ts"], block_id=block["block_id"], action_id=action_id
        )

    def pick(self, who: str, card: Json, line: str) -> Json:
        """One line of the menu of a card."""
        block = next(b for b in card["blocks"] if button(b, "more"))
        menu = next(e for e in block["elements"] if e["action_id"] == "more")
        value = next(o["value"] for o in menu["options"] if o["value"].startswith(f"a={line};"))
        return self._does(
            who,
            "click",
            ts=card["ts"],
            block_id=block["block_id"],
            action_id="more",
            choice=value,
        )

    def views(self, who: str) -> list[Json]:
        """The dialogs that are open for somebody, the one on top last."""
        found: list[Json] = control(self.line, f"/slack/state?user={self.user(who)}")["views"]
        return found

    def dialog(self, who: str, field: str) -> Json:
        """The dialog that is open for somebody, once it has the field that is to be filled."""

        def filled() -> Json | None:
            wanted = [v for v in self.views(who) if field in {b["block_id"] for b in v["blocks"]}]
            return wanted[-1] if wanted else None

        found = until(filled, f"a dialog for {who} that asks for {field}")
        assert found is not None
        return found

    def submit(self, who: str, dialog: Json, **values: str) -> Json:
        return self._does(who, "submit", view_id=dialog["id"], values=values)

    def click_view(self, who: str, dialog: Json, action_id: str) -> Json:
        block = next(b for b in dialog["blocks"] if button(b, action_id))
        where = {"view_id": dialog["id"], "block_id": block["block_id"]}
        return self._does(who, "click_view", action_id=action_id, **where)

    def close(self, who: str, dialog: Json) -> Json:
        return self._does(who, "close", view_id=dialog["id"])

    def say(self, who: str, text: str) -> Json:
        return self._does(who, "say", text=text)

    def shortcut(self, who: str, message: Json, callback_id: str) -> Json:
        """A line in the menu of a message."""
        return self._does(who, "shortcut", ts=message["ts"], callback_id=callback_id)

    def act(self, name: str, **arguments: str) -> Json:
        """Of the console: cycle, sweep, stop, start, plant."""
        done: Json = control(self.line, "/act", {"name": name, "arguments": arguments})
        return done

    def _does(self, who: str, action: str, **more: Any) -> Json:
        said = {"action": action, "user": self.user(who), "channel": self.channel, **more}
        answer: Json = control(self.line, "/slack/act_as", said)
        return answer


def button(block: Json, action_id: str) -> bool:
    return block["type"] == "actions" and any(
        e.get("action_id") == action_id for e in block["elements"]
    )


def buttons(card: Json) -> list[str]:
    return [e["action_id"] for b in card["blocks"] if b["type"] == "actions" for e in b["elements"]]


def state_of(card: Json) -> str:
    return str(card["metadata"]["event_payload"]["state"])


def words(message: Json) -> str:
    """All that a person reads of a message: the text of its blocks, or its own."""
    return " ".join(_texts(message["blocks"])) if message.get("blocks") else str(message["text"])


def _texts(part: Any) -> Iterator[str]:
    if isinstance(part, list):
        for each in part:
            yield from _texts(each)
    elif isinstance(part, dict):
        if isinstance(part.get("text"), str):
            yield part["text"]
        for each in part.values():
            if isinstance(each, dict | list):
                yield from _texts(each)


@dataclass(frozen=True)
class LabInside:
    """The lab in a thread of this process: `lab` is its inside, with counters and faults."""

    lab: Lab
    line: Json
    loop: asyncio.AbstractEventLoop

    @property
    def ad(self) -> LabAd:
        assert self.lab.ad is not None
        return self.lab.ad

    def ad_goes_away(self) -> None:
        asyncio.run_coroutine_threadsafe(self.ad.stop_listening(), self.loop).result(SECONDS)

    def ad_comes_back(self) -> None:
        asyncio.run_coroutine_threadsafe(self.ad.listen(), self.loop).result(SECONDS)


@contextmanager
def lab_inside(options: Options) -> Iterator[LabInside]:
    started: asyncio.Queue[LabInside] = asyncio.Queue()
    ready = threading.Event()
    ending: list[Callable[[], object]] = []
    failed: list[BaseException] = []

    async def hold() -> None:
        loop, stop = asyncio.get_running_loop(), asyncio.Event()
        ending.append(lambda: loop.call_soon_threadsafe(stop.set))
        async with running(options) as lab:
            # the line as another process would read it
            started.put_nowait(LabInside(lab, json.loads(json.dumps(lab.ready())), loop))
            ready.set()
            await stop.wait()

    def run() -> None:
        try:
            asyncio.run(hold())
        except BaseException as error:
            failed.append(error)
            raise
        finally:
            ready.set()

    thread = threading.Thread(target=run, name="lab")
    thread.start()
    try:
        assert ready.wait(SECONDS), "the lab does not start"
        assert not failed, f"the lab did not start: {failed}"
        yield started.get_nowait()
    finally:
        for end in ending:
            end()
        thread.join(SECONDS)
        assert not thread.is_alive(), "the lab does not end"
