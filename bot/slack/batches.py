"""In: clicks on the card of a storm, and what is filled in its dialogs. Out: BatchClicked in Redis, sealed; dialogs.
Promise: as of `bot.slack.edge`: Redis only, written before it is acknowledged; the count is checked before anything is.
"""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any

from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import Unreachable
from bot.events import BatchClicked
from bot.model import (
    Case,
    Item,
    ListAgreement,
    Person,
    Proposal,
    Refusal,
    ReplyTo,
    SlackUser,
    Storm,
)
from bot.ports import Cases, Clock, Inbox, People, Signer
from bot.slack import listed, views
from bot.slack.heard import AWAY, NO_CASE, OTHER_VERSION, SEEN, reply_to
from bot.slack.people import OTHER_ROUTE
from bot.triage import lists
from bot.words import sentence, t

Json = dict[str, Any]
Ack = Callable[..., Awaitable[Any]]
Listener = Callable[..., Awaitable[Any]]
READ_AT_ONCE = 4 * lists.LONGEST  # cases
_PAGE = re.compile(r"^c=(?P<case>[^;]+);page=(?P<page>\d{1,6})$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Batches:
    """The listeners. `per_hour`: the writer's cap. `tell` says a word to one person, in the channel."""

    client: AsyncWebClient
    inbox: Inbox
    cases: Cases
    people: People
    signer: Signer
    tenant: str
    clock: Clock
    per_hour: int
    tell: Callable[[ReplyTo, str], Awaitable[None]]

    def listen(self, app: AsyncApp, told: Callable[[Listener], Listener]) -> None:
        app.action("storm_review")(told(self.review))
        app.action("storm_cases")(told(self.listing))
        app.action(re.compile(r"^storm_(next|before)$"))(told(self.turn))
        app.action(re.compile(r"^storm_show\d*$"))(told(self.show))
        app.action("storm_continue")(told(self.go_on))
        app.view("batch_page")(told(self.paged))
        app.view("batch_count")(told(self.counted))

    # ------------------------------------------------------------ the list to approve

    async def review(self, ack: Ack, body: Json, action: Json) -> None:
        await ack()
        opened = await self.client.views_open(
            trigger_id=str(body["trigger_id"]), view=views.loading(t("Review safe fixes"))
        )
        view = await self._review(reply_to(body), str(action.get("value", "")))
        await self.client.views_update(view_id=opened["view"]["id"], view=view)

    async def _review(self, to: ReplyTo, value: str) -> Json:
        title = t("Review safe fixes")
        person = await self.people.may_approve(to.user, None)
        if isinstance(person, Refusal):
            return views.message(sentence(person.say), title)
        seen = SEEN.match(value)
        try:
            case = await self.cases.get(seen["case"]) if seen else None
            if case is None or case.storm is None:
                return views.message(t(NO_CASE), title)
            first = await self._agreed(case)
            if first and first.approval.slack_user == to.user.user:
                text = t(
                    "You have approved this list already. Somebody else has to approve it too."
                )
                return views.message(text, title)
            room = lists.room(case.storm, self.clock.now(), self.per_hour)
            sound, found, missing = await self._theirs(case.storm, first, to.user, room)
        except Unreachable:
            return views.message(t(AWAY), title)
        carried = listed.begun(case.id, to.channel, sound, room=room, second=first is not None)
        if not carried.items:
            text = t(
                "There is nothing to approve together now: the caps are used up, or all of it changed."
            )
            return views.message(text, title)
        return listed.page(carried, found, missing=missing)

    async def _theirs(
        self, storm: Storm, first: ListAgreement | None, who: SlackUser, room: int
    ) -> tuple[list[Item], dict[str, Case], int]:
        """What this person may approve of the list; how many are missing in it, for they changed or concern them. What
        belongs to the approvers of another route is passed over, however much of it comes first.
        """
        ids = (
            [i.case_id for i in first.items]
            if first
            else [m.case_id for m in storm.members if m.safe]
        )
        sound: list[Item] = []
        known: dict[str, Case] = {}
        missing = 0
        for start in range(0, len(ids), READ_AT_ONCE):
            found = await self.cases.get_many(ids[start : start + READ_AT_ONCE])
            items = first.items if first else filter(None, map(lists.item_of, found.values()))
            for item in items:
                case = found.get(item.case_id)
                change = lists.change_of(case, item)
                may = await self.people.may_approve(who, change, case) if change else None
                if case and change and _unconcerned(may, change):
                    sound.append(item)
                    known[case.id] = case
                elif first or not (isinstance(may, Refusal) and may.code == OTHER_ROUTE):
                    missing += 1
            if len(sound) >= room + listed.SPARE:
                break
        return sound, known, missing

    async def _agreed(self, case: Case) -> ListAgreement | None:
        """The list that waits for a second person, unless nothing of it stands any more: then it begins anew."""
        first = lists.first_of_two(case, self.signer.seal)
        if first is None:
            return None
        found = await self.cases.get_many([i.case_id for i in first.items])
        stands = any(lists.change_of(found.get(i.case_id), i) for i in first.items)
        return first if stands else None

    async def paged(self, ack: Ack, body: Json, view: Json) -> None:  # noqa: ARG002 - bolt looks for `body` in the wrapper
        carried = listed.read(str(view.get("private_metadata", "")))
        if carried is None:
            await ack(response_action="update", view=views.message(t(OTHER_VERSION)))
            return
        after = listed.ticked(view, carried)
        start = after.page * listed.A_PAGE
        ids = [i.case_id for i in after.items[start : start + listed.A_PAGE]]
        try:
            shown = listed.page(after, await self.cases.get_many(ids))
        except Unreachable:
            shown = views.message(t(AWAY))
        await ack(response_action="update", view=shown)

    async def counted(self, ack: Ack, body: Json, view: Json) -> None:
        carried = listed.read(str(view.get("private_metadata", "")))
        if carried is None:
            await ack(response_action="errors", errors={"count": t(OTHER_VERSION)})
            return
        if words := listed.wrong_count(view, carried):
            await ack(response_action="errors", errors={"count": words})
            return
        event = self._event(
            replace(reply_to(body), channel=carried.channel),
            carried.storm,
            "second" if carried.second else "agree",
            carried.chosen(),
            f"{self.clock.now().timestamp():.6f}",
        )
        try:
            await self.inbox.put(event, once=f"view:{view['id']}:{view.get('hash', '')}")
        except Unreachable:
            await ack(response_action="errors", errors={"count": t(AWAY)})
            return
        await ack()

    # ------------------------------------------------------------ all cases, by pages

    async def listing(self, ack: Ack, body: Json, action: Json) -> None:
        await ack()
        seen, to = SEEN.match(str(action.get("value", ""))), reply_to(body)
        opened = await self.client.views_open(
            trigger_id=str(body["trigger_id"]), view=views.loading(t("Cases"))
        )
        view = await self._listing(to, seen["case"] if seen else "", 0, to.channel)
        await self.client.views_update(view_id=opened["view"]["id"], view=view)

    async def turn(self, ack: Ack, body: Json, action: Json) -> None:
        await ack()
        wanted, open_view = _PAGE.match(str(action.get("value", ""))), body.get("view") or {}
        channel = str(open_view.get("private_metadata") or "\n").split("\n")[-1]
        number = int(wanted["page"]) if wanted else 0
        view = await self._listing(
            reply_to(body), wanted["case"] if wanted else "", number, channel
        )
        await self.client.views_update(view_id=str(open_view.get("id") or ""), view=view)

    async def _listing(self, to: ReplyTo, storm_id: str, number: int, channel: str) -> Json:
        person = await self.people.may_ask(to.user)
        if isinstance(person, Refusal):
            return views.message(sentence(person.say), t("Cases"))
        try:
            case = await self.cases.get(storm_id)
            members = case.storm.members if case and case.storm else ()
            pages = max(1, -(-len(members) // listed.A_PAGE))
            number = min(number, pages - 1)
            here = members[number * listed.A_PAGE : (number + 1) * listed.A_PAGE]
            found = await self.cases.get_many([m.case_id for m in here])
        except Unreachable:
            return views.message(t(AWAY), t("Cases"))
        if case is None:
            return views.message(t(NO_CASE), t("Cases"))
        return listed.members(
            case,
            list(found.values()),
            number=number,
            pages=pages,
            channel=channel,
            unread=len(here) - len(found),
            full=person.full_reader,
        )

    async def show(self, ack: Ack, body: Json, action: Json) -> None:
        seen = SEEN.match(str(action.get("value", "")))
        carried = str((body.get("view") or {}).get("private_metadata") or "\n").split("\n")
        to = replace(reply_to(body), channel=carried[-1])
        item = Item(
            case_id=seen["case"] if seen else "", proposal_id="-", revision=0, plan_hash="-"
        )
        await self._put(ack, to, self._event(to, carried[0], "show", (item,), _stamp(action)))

    async def go_on(self, ack: Ack, body: Json, action: Json) -> None:
        seen, to = SEEN.match(str(action.get("value", ""))), reply_to(body)
        storm_id = seen["case"] if seen else ""
        run = seen["hash"] if seen else "-"
        which = Item(case_id=storm_id, proposal_id="-", revision=0, plan_hash=run)
        await self._put(ack, to, self._event(to, storm_id, "continue", (which,), _stamp(action)))

    # ------------------------------------------------------------ into Redis

    def _event(
        self, to: ReplyTo, storm_id: str, name: str, items: tuple[Item, ...], clicked_at: str
    ) -> BatchClicked:
        event = BatchClicked(
            tenant=self.tenant,
            id=self.clock.new_id("e"),
            case_id=storm_id,
            action=name,
            items=items,
            reply_to=to,
            clicked_at=clicked_at,
        )
        return replace(event, seal=self.signer.seal(event.unsealed()))

    async def _put(self, ack: Ack, to: ReplyTo, event: BatchClicked) -> None:
        about = event.items[0].case_id if event.items else event.case_id
        who = f"{to.user.team}:{to.user.user}"
        try:
            once = f"click:{who}:{event.action}:{about}:{event.clicked_at}"
            await self.inbox.put(event, once=once)
        except Unreachable:
            await ack()
            await self.tell(to, t(AWAY))
            return
        await ack()


def _stamp(action: Json) -> str:
    return str(action.get("action_ts", ""))


def _unconcerned(may: Person | Refusal | None, change: Proposal) -> bool:
    return isinstance(may, Person) and may.entra_id not in change.affected
