"""In: a running demo. Out: one JSON line per step on stdout, and whether all of it came true.
A person's walk without a browser: read the cards, ask a question, approve what can be approved, see it verified.
Promise: the end is judged on what the lab's own readers see in AD and Entra, not on what the bot says.
"""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TextIO

from aiohttp import BasicAuth, ClientSession, ClientTimeout
from yarl import URL

Json = dict[str, Any]
QUESTION = "/whohas SMTP:john@contoso.com"
PATIENCE = 90.0
LOOK_EVERY = 0.25


@dataclass
class Walk:
    """One person at the lab's Slack, and an observer of both directories."""

    session: ClientSession
    control: URL
    channel: str
    user: str
    out: TextIO
    started: float = field(default_factory=time.monotonic)

    async def get(self, path: str, **query: str) -> Json:
        async with self.session.get(self.control / path, params=query) as answer:
            answer.raise_for_status()
            found: Json = await answer.json()
            return found

    async def post(self, path: str, body: Json) -> Json:
        async with self.session.post(self.control / path, json=body) as answer:
            answer.raise_for_status()
            found: Json = await answer.json()
            return found

    async def messages(self) -> list[Json]:
        state = await self.get("slack/state", user=self.user)
        found: list[Json] = state["messages"][self.channel]
        return found

    async def cards(self) -> dict[str, Json]:
        """The newest message of each case, by case id."""
        return {
            m["metadata"]["event_payload"]["case_id"]: m
            for m in await self.messages()
            if (m.get("metadata") or {}).get("event_type") == "dirsync_case"
        }

    def tell(self, event: str, case: str, *, before: Any = None, after: Any = None) -> None:
        seconds = round(time.monotonic() - self.started, 2)
        line = {"event": event, "case": case, "before": before, "after": after, "seconds": seconds}
        self.out.write(json.dumps(line, ensure_ascii=False) + "\n")
        self.out.flush()


async def walk(lab: Json, out: TextIO) -> int:
    """0: Entra is clean of every approved case and AD holds exactly the approved values. Else 1."""
    url = URL(lab["control"])
    auth = BasicAuth(url.user or "", url.password or "")
    approver = next(u["id"] for u in lab["slack"]["users"].values() if u["standing"] == "approver")
    async with ClientSession(auth=auth, timeout=ClientTimeout(total=40)) as session:
        person = Walk(session, url.with_user(None), lab["slack"]["channel"], approver, out)
        try:
            return 0 if await _walk(person) else 1
        except TimeoutError as late:
            person.tell("gave up", "", after=str(late))
            return 1


async def _walk(person: Walk) -> bool:
    expected = (await person.get("snapshot"))["sync"]["errors_open"]
    cards = await _until(person.cards, lambda c: len(c) >= expected, "a card for each problem")
    before = _addresses(await person.get("snapshot"))
    for case_id, card in cards.items():
        person.tell("card", case_id, after=card["text"])
    await _ask(person)
    approved = {c: b for c, card in cards.items() if (b := _button(card, "fix_approve"))}
    for case_id, (card, block, button) in approved.items():
        clicked = {
            "action": "click",
            "user": person.user,
            "channel": person.channel,
            "ts": card["ts"],
            "block_id": block,
            "action_id": button["action_id"],
        }
        await person.post("slack/act_as", clicked)
        person.tell("approved", case_id, before=_diff(card))
    await _until_verified(person, list(approved))
    return await _judge(person, before, {c: _diff(card) for c, (card, _, _) in approved.items()})


async def _ask(person: Walk) -> None:
    said = {"action": "say", "user": person.user, "channel": person.channel, "text": QUESTION}
    await person.post("slack/act_as", said)

    async def answers() -> list[Json]:
        # cards speak of holders too; the answer is for the asker's eyes only
        return [m for m in await person.messages() if m.get("only_for") == person.user]

    found = await _until(answers, bool, "an answer to /whohas")
    person.tell("asked", "", before=QUESTION, after=found[-1]["text"])


async def _until_verified(person: Walk, cases: list[str]) -> None:
    """Each state is told once, in the order it is first seen on the card."""
    seen = dict.fromkeys(cases, "pending")

    async def states() -> Mapping[str, str]:
        found = {}
        for case_id, card in (await person.cards()).items():
            if case_id in cases:
                state = card["metadata"]["event_payload"]["state"]
                found[case_id] = state
                if seen[case_id] != state:
                    person.tell(state, case_id, before=seen[case_id], after=state)
                    seen[case_id] = state
        return found

    await _until(
        states,
        lambda found: len(found) == len(cases) and set(found.values()) == {"verified"},
        "every approved case verified",
    )


async def _judge(
    person: Walk, before: dict[str, list[str]], approved: dict[str, list[str]]
) -> bool:
    """AD as an independent reader sees it, and Entra's own error list."""
    snapshot = await person.get("snapshot")
    after = _addresses(snapshot)
    good = bool(approved)
    expected = {dn: list(values) for dn, values in before.items()}
    for case_id, (dn, *removed) in approved.items():
        for line in removed:
            expected[dn].remove(line.removeprefix("- "))
        still = [
            o["title"]
            for o in snapshot["objects"]
            if (o["ad"] or {}).get("dn") == dn and _errors(o)
        ]
        person.tell("entra", case_id, after="clean" if not still else f"error on {still}")
        good = good and not still
    for dn in sorted(expected.keys() | after.keys()):
        want, have = sorted(expected.get(dn, [])), sorted(after.get(dn, []))
        if want != have:
            person.tell("ad differs", "", before=want, after=have)
            good = False
    changed = {dn: [before[dn], after[dn]] for dn in before if before[dn] != after.get(dn)}
    for dn, (was, now) in changed.items():
        person.tell("ad", dn, before=was, after=now)
    person.tell("end", "", after="everything came true" if good else "something is not right")
    return good


def _addresses(snapshot: Json) -> dict[str, list[str]]:
    return {
        o["ad"]["dn"]: o["ad"]["attrs"].get("proxyAddresses", [])
        for o in snapshot["objects"]
        if o["ad"]
    }


def _errors(row: Json) -> list[str]:
    found: list[str] = (row["entra"] or {}).get("errors") or []
    return found


def _button(card: Json, action_id: str) -> tuple[Json, str, Json] | None:
    for block in card["blocks"]:
        for element in block.get("elements", []):
            if block["type"] == "actions" and element.get("action_id") == action_id:
                return card, block["block_id"], element
    return None


def _diff(card: Json) -> list[str]:
    """The DN and the values that go, as the card showed them when it was approved."""
    for block in card["blocks"]:
        if block.get("block_id", "").startswith("fix:"):
            text = next(e for e in block["elements"] if e["type"] == "rich_text_preformatted")
            lines = str(text["elements"][0]["text"]).split("\n")
            return [lines[0], *(line for line in lines if line.startswith("- "))]
    return []


async def _until(
    look: Callable[[], Awaitable[Any]], enough: Callable[[Any], bool], what: str
) -> Any:
    ends = time.monotonic() + PATIENCE
    while time.monotonic() < ends:
        found = await look()
        if enough(found):
            return found
        await asyncio.sleep(LOOK_EVERY)
    raise TimeoutError(f"{what}: not within {PATIENCE:.0f} s")
