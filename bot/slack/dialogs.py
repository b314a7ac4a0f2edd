"""In: clicks and dialogs beside a decision: the menu of a card, snooze, ignore, other fixes, pages of the history.
Out: events in Redis, each written before it is acknowledged; dialogs filled from the stored case.
Promise: as of `bot.slack.edge`: Redis only; a dialog is refused beside its field, or written and closed.
"""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import Unreachable
from bot.events import AsideClicked, Clicked
from bot.model import Case, Refusal, ReplyTo
from bot.ports import Cases, Clock, Inbox, People, Signer
from bot.slack import more, views
from bot.slack.heard import AWAY, NO_CASE, OTHER_CARD, OTHER_VERSION, SEEN, reply_to
from bot.slack.others import others
from bot.triage import aside
from bot.words import sentence, t

Json = dict[str, Any]
Ack = Callable[..., Awaitable[Any]]
Listener = Callable[..., Awaitable[Any]]
_LINE = re.compile(r"^a=(?P<line>[a-z]+);c=(?P<case>[^;]+);v=(?P<revision>\d+)$")
_PAGE = re.compile(r"^c=(?P<case>[^;]+);page=(?P<page>\d{1,6})$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialogs:
    """The listeners. `tell` says a word to one person, in the channel."""

    client: AsyncWebClient
    inbox: Inbox
    cases: Cases
    people: People
    signer: Signer
    tenant: str
    clock: Clock
    tell: Callable[[ReplyTo, str], Awaitable[None]]

    def listen(self, app: AsyncApp, told: Callable[[Listener], Listener]) -> None:
        app.action("more")(told(self.more))
        app.action("aside_wake")(told(self.wake))
        app.action("aside_choose")(told(self.choose))
        app.action(re.compile(r"^details_(older|newer)$"))(told(self.page))
        app.view(re.compile(r"^aside_(snooze|ignore)$"))(told(self.submitted))

    # ------------------------------------------------------------ the menu of a card

    async def more(self, ack: Ack, body: Json, action: Json) -> None:
        chosen = (action.get("selected_option") or {}).get("value", "")
        line, to = _LINE.match(str(chosen)), reply_to(body)
        if line is None:
            await ack()
            await self.tell(to, t(OTHER_VERSION))
        elif line["line"] in {"assign", "recheck"}:
            await self._put(ack, to, self._picked(line, to, action))
        elif line["line"] in {"snooze", "ignore", "others"}:
            await self._open(ack, body, line, to)
        else:
            await ack()
            await self.tell(to, t(OTHER_VERSION))

    def _picked(self, line: re.Match[str], to: ReplyTo, action: Json) -> AsideClicked | Clicked:
        kind = Clicked if line["line"] == "recheck" else AsideClicked
        return kind(
            tenant=self.tenant,
            id=self.clock.new_id("e"),
            case_id=line["case"],
            action=line["line"],
            proposal_id="-",
            revision=int(line["revision"]),
            plan_hash="-",
            reply_to=to,
            clicked_at=str(action.get("action_ts", "")),
        )

    async def _open(self, ack: Ack, body: Json, line: re.Match[str], to: ReplyTo) -> None:
        await ack()
        title = _TITLES[line["line"]]()
        opened = await self.client.views_open(
            trigger_id=str(body["trigger_id"]), view=views.loading(title)
        )
        view = await self._dialog(line, to, title)
        await self.client.views_update(view_id=opened["view"]["id"], view=view)

    async def _dialog(self, line: re.Match[str], to: ReplyTo, title: str) -> Json:
        name = line["line"]
        ask = self.people.may_ask(to.user) if name == "others" else None
        person = await (ask or self.people.may_approve(to.user, None))
        if isinstance(person, Refusal):
            return views.message(sentence(person.say), title)
        try:
            case = await self.cases.get(line["case"])
        except Unreachable:
            return views.message(t(AWAY), title)
        if case is None:
            return views.message(t(NO_CASE), title)
        if name == "others":
            approver = await self.people.may_approve(to.user, None)
            may_choose = not isinstance(approver, Refusal)
            return others(case, may_choose=may_choose, carries=to.channel)
        if str(case.revision) != line["revision"]:
            return views.message(t(OTHER_CARD), title)
        carries = "\n".join((case.id, line["revision"], to.channel))
        now = self.clock.now()
        if name == "snooze":
            refusal = aside.no_snooze(case, now + more.DAY, now)
            form = more.snooze(case, now=now, carries=carries)
        else:
            refusal = aside.no_ignore(case, now + more.MONTH, "-" * aside.LONGEST_REASON, now)
            form = more.ignore(now=now, carries=carries)
        return views.message(sentence(refusal.say), title) if refusal else form

    # ------------------------------------------------------------ what was filled in

    async def submitted(self, ack: Ack, body: Json, view: Json) -> None:
        """Refused beside its field by the rules that the handler goes by too, or written to Redis and closed."""
        carried = str(view.get("private_metadata", "")).split("\n")
        if len(carried) != 3 or not carried[1].isdecimal():
            await ack(response_action="errors", errors={"until": t(OTHER_VERSION)})
            return
        name = str(view["callback_id"]).removeprefix("aside_")
        wish = more.wished(view)
        try:
            case = await self.cases.get(carried[0])
            if refused := _refused(case, name, wish, int(carried[1]), self.clock.now()):
                await ack(response_action="errors", errors=refused)
                return
            event = AsideClicked(
                tenant=self.tenant,
                id=self.clock.new_id("e"),
                case_id=carried[0],
                action=name,
                proposal_id="-",
                revision=int(carried[1]),
                plan_hash="-",
                reply_to=replace(reply_to(body), channel=carried[2]),
                clicked_at=f"{self.clock.now().timestamp():.6f}",
                until=wish.until,
                reason=wish.reason,
            )
            once = f"view:{view['id']}:{view.get('hash', '')}"
            await self.inbox.put(self._sealed(event), once=once)
        except Unreachable:
            await ack(response_action="errors", errors={"until": t(AWAY)})
            return
        await ack()

    # ------------------------------------------------------------ single buttons

    async def wake(self, ack: Ack, body: Json, action: Json) -> None:
        to = reply_to(body)
        seen = SEEN.match(str(action.get("value", "")))
        if seen is None:
            await ack()
            await self.tell(to, t(OTHER_VERSION))
            return
        await self._put(ack, to, self._seen(seen, to, action, "wake"))

    async def choose(self, ack: Ack, body: Json, action: Json) -> None:
        """Pressed in a dialog, which says that it was taken; the card, or a word in the channel, says what came of it."""
        view = body.get("view") or {}
        to = replace(reply_to(body), channel=str(view.get("private_metadata") or ""))
        seen = SEEN.match(str(action.get("value", "")))
        if seen is None:
            await ack()
            words = t(OTHER_VERSION)
        elif await self._put(ack, to, self._seen(seen, to, action, "choose"), aloud=False):
            words = t("Taken. The card shows this change in a moment, or you are told why not.")
        else:
            words = t(AWAY)
        await self.client.views_update(
            view_id=str(view.get("id") or ""), view=views.message(words, t("Other fixes"))
        )

    async def page(self, ack: Ack, body: Json, action: Json) -> None:
        await ack()
        wanted = _PAGE.match(str(action.get("value", "")))
        view = await self._page(wanted, reply_to(body))
        view_id = str((body.get("view") or {}).get("id") or "")
        await self.client.views_update(view_id=view_id, view=view)

    async def _page(self, wanted: re.Match[str] | None, to: ReplyTo) -> Json:
        person = await self.people.may_ask(to.user)
        if isinstance(person, Refusal):
            return views.message(sentence(person.say))
        if wanted is None:
            return views.message(t(OTHER_VERSION))
        if not person.full_reader:
            return views.message(t(views.FULL_READERS))
        try:
            case = await self.cases.get(wanted["case"])
        except Unreachable:
            return views.message(t(AWAY))
        return views.details(case, page=int(wanted["page"])) if case else views.message(t(NO_CASE))

    def _seen(self, seen: re.Match[str], to: ReplyTo, action: Json, name: str) -> AsideClicked:
        return AsideClicked(
            tenant=self.tenant,
            id=self.clock.new_id("e"),
            case_id=seen["case"],
            action=name,
            proposal_id=seen["proposal"],
            revision=int(seen["revision"]),
            plan_hash=seen["hash"],
            reply_to=to,
            clicked_at=str(action.get("action_ts", "")),
        )

    def _sealed(self, event: AsideClicked | Clicked) -> AsideClicked | Clicked:
        return replace(event, seal=self.signer.seal(event.unsealed()))

    async def _put(
        self, ack: Ack, to: ReplyTo, event: AsideClicked | Clicked, *, aloud: bool = True
    ) -> bool:
        """Written, then acknowledged; False: it was not taken. The same delivery twice is one click."""
        once = (
            f"click:{to.user.team}:{to.user.user}:{event.action}:{event.case_id}:{event.clicked_at}"
        )
        taken = True
        try:
            await self.inbox.put(self._sealed(event), once=once)
        except Unreachable:
            taken = False
        await ack()
        if not taken and aloud:
            await self.tell(to, t(AWAY))
        return taken


_TITLES: dict[str, Callable[[], str]] = {
    "snooze": lambda: t("Snooze"),
    "ignore": lambda: t("Ignore"),
    "others": lambda: t("Other fixes"),
}


def _refused(
    case: Case | None, name: str, wish: more.Wish, revision: int, now: datetime
) -> dict[str, str]:
    """What stands beside which field."""
    if case is None:
        return {"until": t(NO_CASE)}
    if case.revision != revision:
        return {"until": t(OTHER_CARD)}
    if name == "snooze":
        if wish.until is None and not wish.until_changed:
            return {"until": t("Say until when.")}
        refusal = aside.no_snooze(case, wish.until, now)
    else:
        refusal = aside.no_ignore(case, wish.until, wish.reason, now)
    return {more.beside_field(refusal): sentence(refusal.say)} if refusal else {}
