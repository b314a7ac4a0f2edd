"""In: what Slack delivers: commands and clicks. Out: events in Redis, each written before it is acknowledged.
The edge reads Redis only; who may do what is asked by the handlers, at the moment it matters.
Promise: verify, write, acknowledge, in this order; a delivery that comes twice is one event; every click is answered.
"""

import re
from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial, wraps
from typing import Any

import structlog
from aiohttp import ClientError
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import Unreachable
from bot.events import Asked, Clicked, HomeDue, Switched
from bot.model import Case, Proposal, Refusal, ReplyTo, SlackUser, mark
from bot.ports import Cases, Clock, Inbox, People, Signer
from bot.slack import home, views
from bot.slack.batches import Batches
from bot.slack.dialogs import Dialogs
from bot.slack.heard import AWAY, NO_CASE, OTHER_CARD, OTHER_VERSION, SEEN, reply_to
from bot.slack.pressed import Pressed
from bot.slack.questions import addresses_in, card_in, question, said_in, unescaped
from bot.triage import pause
from bot.triage.lists import LONGEST
from bot.triage.past import undo_seen
from bot.triage.plan import choice_of, first_of_two
from bot.words import Languages, sentence, speaking, t

log = structlog.get_logger(__name__)
Ack = Callable[..., Awaitable[Any]]
Listener = Callable[..., Awaitable[Any]]
SWITCH = {"pause", "resume"}  # they change something, so they are sealed like a click
MAX_TEXT = 40_000  # of one question; as much as Slack itself takes in one message

_TWICE = mark(
    "You have approved this already, and your reason is kept. Somebody else has to approve it too."
)
_CHOSE_IT = mark("You chose this change, so somebody else has to approve it. Ask another approver.")
_THE_CARD = mark(
    "This message is the card of case {case} and explains the error itself. Its button Details shows what Entra said."
)
_NO_ADDRESS = mark(
    "There is no address and no sign-in name in this message. /whohas VALUE takes one that you type."
)
_OTHER_SHORTCUT = mark(
    "This shortcut is from another version of the bot. /dirsync help tells what it knows."
)


def build_app(
    client: AsyncWebClient,
    *,
    identity: dict[str, str],
    inbox: Inbox,
    cases: Cases,
    people: People,
    signer: Signer,
    tenant: str,
    clock: Clock,
    languages: Languages | None = None,
    break_glass: bool = False,
    signing_secret: str = "",
    per_hour: int = LONGEST,
) -> AsyncApp:
    """`identity` is the answer of auth.test, asked once at start: bolt then never asks again.

    Without a `signing_secret` there is Socket Mode only: nothing that is posted to the app is believed.
    """

    async def authorize(**_: object) -> AuthorizeResult:
        return AuthorizeResult(
            enterprise_id=None,
            team_id=identity["team_id"],
            bot_token=client.token,
            bot_id=identity.get("bot_id"),
            bot_user_id=identity["user_id"],
        )

    # bolt's own client needs no token: `authorize` hands it over, request by request
    bare = AsyncWebClient(base_url=client.base_url, session=client.session)
    bare.proxy = client.proxy
    app = AsyncApp(
        client=bare,
        authorize=authorize,
        raise_error_for_unhandled_request=False,
        signing_secret=signing_secret or None,
    )
    edge = Edge(
        client,
        inbox=inbox,
        cases=cases,
        people=people,
        signer=signer,
        tenant=tenant,
        clock=clock,
        break_glass=break_glass,
    )
    told = partial(_told, languages or Languages(), edge.failed)
    app.command("/whohas")(told(edge.asked))
    app.command("/dirsync")(told(edge.asked))
    app.command(re.compile(".*"))(told(edge.unknown_command))
    app.message_shortcut("explain_error")(told(edge.explain))
    app.message_shortcut("who_holds")(told(edge.who_holds))
    app.shortcut(re.compile(".*"))(told(edge.unknown_shortcut))
    app.action("fix_details")(told(edge.details))
    app.action(re.compile(r"^fix_(approve|reject|undo|recheck)$"))(told(edge.clicked))
    app.action(re.compile(r"^reason_(approve|undo)$"))(told(edge.ask_reason))
    app.view(re.compile(r"^reason_(approve|undo)$"))(told(edge.reasoned))
    Dialogs(
        client=client,
        inbox=inbox,
        cases=cases,
        people=people,
        signer=signer,
        tenant=tenant,
        clock=clock,
        tell=edge.tell,
    ).listen(app, told)
    Batches(
        client=client,
        inbox=inbox,
        cases=cases,
        people=people,
        signer=signer,
        tenant=tenant,
        clock=clock,
        per_hour=per_hour,
        tell=edge.tell,
    ).listen(app, told)
    Pressed(inbox=inbox, signer=signer, tenant=tenant, clock=clock, tell=edge.tell).listen(
        app, told
    )
    app.action(re.compile(r"^home_(pause|resume)$"))(told(edge.home_pressed))
    app.action(re.compile(".*"))(told(edge.unknown_button))
    app.event("app_home_opened")(edge.home_opened)
    app.event(re.compile(".*"))(edge.unasked)
    app.error(told(edge.failed))
    return app


def _told(languages: Languages, failed: Listener, listener: Listener) -> Listener:
    """The listener, speaking the language of whoever typed or clicked."""

    @wraps(listener)  # bolt looks at the names of the arguments, of what is wrapped
    async def told(**given: Any) -> Any:
        with speaking(languages.of(_asker(given))):
            try:
                return await listener(**given)
            except Exception as error:
                # bolt forgets the ack of a listener that fails right behind it, and Slack tells the person that we are dead
                if (ack := given.get("ack")) is None or ack.response is None:
                    raise
                await failed(error=error, body=given.get("body") or {})

    return told


def _asker(given: dict[str, Any]) -> str:
    if command := given.get("command"):
        return str(command.get("user_id") or "")
    return reply_to(given["body"]).user.user


class Edge:
    """The listeners. Each names only what it needs of bolt's arguments."""

    def __init__(
        self,
        client: AsyncWebClient,
        *,
        inbox: Inbox,
        cases: Cases,
        people: People,
        signer: Signer,
        tenant: str,
        clock: Clock,
        break_glass: bool = False,
    ) -> None:
        self._client = client
        self._break_glass = break_glass
        self._inbox = inbox
        self._cases = cases
        self._people = people
        self._signer = signer
        self._tenant = tenant
        self._clock = clock

    async def asked(self, ack: Ack, command: dict[str, Any]) -> None:
        word, text = question(str(command["command"]), unescaped(str(command.get("text") or "")))
        to = ReplyTo(
            channel=str(command["channel_id"]),
            user=SlackUser(str(command["team_id"]), str(command["user_id"])),
            response_url=str(command.get("response_url") or ""),
        )
        once = f"slash:{command['trigger_id']}"
        try:
            if word in SWITCH:
                await self._inbox.put(self.switched(word, to, reason=text), once=once)
            else:
                await self._ask(word, text, to, once=once)
        except Unreachable:
            await ack(t(AWAY))
            return
        await ack()

    async def explain(self, ack: Ack, body: dict[str, Any]) -> None:
        """The message shortcut: the message is the question."""
        to = reply_to(body)
        if case_id := card_in(body):
            await ack()
            await self.tell(to, t(_THE_CARD).format(case=case_id))
            return
        try:
            await self._ask("explain", said_in(body), to, once=f"shortcut:{body.get('trigger_id')}")
        except Unreachable:
            await ack()
            await self.tell(to, t(AWAY))
            return
        await ack()

    async def who_holds(self, ack: Ack, body: dict[str, Any]) -> None:
        """The message shortcut: each address in it is a question of its own."""
        to = reply_to(body)
        asked = addresses_in(unescaped(said_in(body)))
        try:
            for number, address in enumerate(asked):
                once = f"shortcut:{body.get('trigger_id')}:{number}"
                await self._ask("whohas", address, to, once=once)
        except Unreachable:
            await ack()
            await self.tell(to, t(AWAY))
            return
        await ack()
        if not asked:
            await self.tell(to, t(_NO_ADDRESS))

    def switched(self, word: str, to: ReplyTo, *, reason: str = "", pause_id: str = "") -> Switched:
        event = Switched(
            tenant=self._tenant,
            id=self._clock.new_id("e"),
            action=word,
            reply_to=to,
            clicked_at=f"{self._clock.now().timestamp():.6f}",
            pause_id=pause_id,
            reason=reason[: pause.LONGEST_REASON],
        )
        return replace(event, seal=self._signer.seal(event.unsealed()))

    async def _ask(self, word: str, text: str, to: ReplyTo, *, once: str) -> None:
        event = Asked(
            tenant=self._tenant,
            id=self._clock.new_id("e"),
            command=word,
            text=text[:MAX_TEXT],
            reply_to=to,
        )
        await self._inbox.put(event, once=once)

    async def unknown_shortcut(self, ack: Ack, body: dict[str, Any]) -> None:
        await ack()
        await self.tell(reply_to(body), t(_OTHER_SHORTCUT))

    async def unknown_command(self, ack: Ack, command: dict[str, Any]) -> None:
        await ack(
            t("This version does not know {command}. It knows /whohas and /dirsync.").format(
                command=command["command"]
            )
        )

    async def clicked(self, ack: Ack, body: dict[str, Any], action: dict[str, Any]) -> None:
        seen = SEEN.match(str(action.get("value", "")))
        to = reply_to(body)
        if seen is None:
            await ack()
            await self.tell(to, t(OTHER_VERSION))
            return
        event = self._heard(
            seen,
            to,
            action=str(action["action_id"]).removeprefix("fix_"),
            clicked_at=str(action.get("action_ts", "")),
        )
        # the user, the button and the moment of the click: the same delivery twice is one click
        once = (
            f"click:{to.user.team}:{to.user.user}:{event.action}:{event.case_id}:{event.clicked_at}"
        )
        try:
            await self._inbox.put(event, once=once)
        except Unreachable:
            await ack()
            await self.tell(to, t(AWAY))
            return
        await ack()

    def _heard(
        self, seen: re.Match[str], to: ReplyTo, *, action: str, clicked_at: str, reason: str = ""
    ) -> Clicked:
        event = Clicked(
            tenant=self._tenant,
            id=self._clock.new_id("e"),
            case_id=seen["case"],
            action=action,
            proposal_id=seen["proposal"],
            revision=int(seen["revision"]),
            plan_hash=seen["hash"],
            reply_to=to,
            clicked_at=clicked_at,
            reason=reason,
        )
        return replace(event, seal=self._signer.seal(event.unsealed()))

    async def ask_reason(self, ack: Ack, body: dict[str, Any], action: dict[str, Any]) -> None:
        """What needs two people is approved in a dialog: it shows the change and asks why it is right."""
        await ack()
        opened = await self._client.views_open(
            trigger_id=str(body["trigger_id"]), view=views.loading(t("Approve"))
        )
        view = await self._reason_dialog(body, action)
        await self._client.views_update(view_id=opened["view"]["id"], view=view)

    async def _reason_dialog(self, body: dict[str, Any], action: dict[str, Any]) -> dict[str, Any]:
        to, value = reply_to(body), str(action.get("value", ""))
        name = str(action["action_id"]).removeprefix("reason_")
        seen = SEEN.match(value)
        if seen is None:
            return views.message(t(OTHER_VERSION), t("Approve"))
        try:
            case = await self._cases.get(seen["case"])
            paused = pause.read(await self._cases.marks_of([pause.MARK]))
        except Unreachable:
            return views.message(t(AWAY), t("Approve"))
        if refusal := pause.refusal(paused):
            return views.message(sentence(refusal.say), t("Approve"))
        proposal = _seen_proposal(case, seen, name) if case else None
        if case is None or proposal is None:
            return views.message(t(OTHER_CARD), t("Approve"))
        person = await self._people.may_approve(to.user, proposal, case)
        if isinstance(person, Refusal):
            return views.message(sentence(person.say), t("Approve"))
        choice = choice_of(case, proposal, self._signer.seal)
        if name == "approve" and choice and choice.by.slack == to.user:
            return views.message(t(_CHOSE_IT), t("Approve"))
        first = first_of_two(case, proposal, self._signer.seal)
        may_break_glass = self._break_glass and name == "approve"
        if first and first.approval.slack_user == to.user.user:
            if not may_break_glass:
                return views.message(t(_TWICE), t("Approve"))
            first = None  # nobody else came: the same dialog again, to be alone
        carries = "\n".join((value, to.channel, "second" if first else "first"))
        return views.reason(
            proposal,
            action=name,
            first=first,
            carries=carries,
            may_break_glass=may_break_glass and not first,
        )

    async def reasoned(self, ack: Ack, body: dict[str, Any], view: dict[str, Any]) -> None:
        """The dialog was sent off: refused beside its field, or written to Redis and closed."""
        carried = str(view.get("private_metadata", "")).split("\n")
        seen = SEEN.match(carried[0])
        if seen is None or len(carried) != 3:
            await ack(response_action="errors", errors={"reason": t(OTHER_VERSION)})
            return
        given = view.get("state", {}).get("values", {}).get("reason", {}).get("v", {}).get("value")
        text = str(given or "").strip()
        alone = self._break_glass and views.breaks_glass(view)
        if words := views.too_short(text, first=carried[2] != "second", alone=alone):
            await ack(response_action="errors", errors={"reason": words})
            return
        event = self._heard(
            seen,
            replace(reply_to(body), channel=carried[1]),
            action="break_glass" if alone else str(view["callback_id"]).removeprefix("reason_"),
            clicked_at=f"{self._clock.now().timestamp():.6f}",
            reason=text,
        )
        try:
            await self._inbox.put(event, once=f"view:{view['id']}:{view.get('hash', '')}")
        except Unreachable:
            await ack(response_action="errors", errors={"reason": t(AWAY)})
            return
        await ack()

    async def details(self, ack: Ack, body: dict[str, Any], action: dict[str, Any]) -> None:
        await ack()
        opened = await self._client.views_open(
            trigger_id=str(body["trigger_id"]), view=views.loading()
        )
        view = await self._details(body, action)
        await self._client.views_update(view_id=opened["view"]["id"], view=view)

    async def _details(self, body: dict[str, Any], action: dict[str, Any]) -> dict[str, Any]:
        person = await self._people.may_ask(reply_to(body).user)
        if isinstance(person, Refusal):
            return views.message(sentence(person.say))
        if not person.full_reader:
            return views.message(t(views.FULL_READERS))
        seen = SEEN.match(str(action.get("value", "")))
        try:
            case = await self._cases.get(seen["case"]) if seen else None
        except Unreachable:
            return views.message(t(AWAY))
        if case is None:
            return views.message(t(NO_CASE))
        return views.details(case)

    async def home_opened(self, body: dict[str, Any], event: dict[str, Any]) -> None:
        """The tab with the messages has nothing to draw."""
        if event.get("tab", "home") != "home":
            return
        due = HomeDue(
            tenant=self._tenant,
            id=self._clock.new_id("e"),
            user=SlackUser(str(body.get("team_id") or ""), str(event.get("user") or "")),
        )
        try:
            await self._inbox.put(due, once=f"home:{body.get('event_id')}")
        except Unreachable as error:
            log.warning("home not drawn", reason=error.message)

    async def home_pressed(self, ack: Ack, body: dict[str, Any], action: dict[str, Any]) -> None:
        to = replace(reply_to(body), channel="", response_url="")
        word = str(action["action_id"]).removeprefix("home_")
        once = f"switch:{to.user.team}:{to.user.user}:{word}:{action.get('action_ts')}"
        pause_id = str(action.get("value") or "").removeprefix("-")
        try:
            await self._inbox.put(self.switched(word, to, pause_id=pause_id), once=once)
        except Unreachable:
            await ack()
            await self._say_in_home(to, t(AWAY))
            return
        await ack()

    async def _say_in_home(self, to: ReplyTo, text: str) -> None:
        try:
            await self._client.views_publish(user_id=to.user.user, view=home.told(text))
        except (SlackApiError, ClientError, TimeoutError, OSError) as error:
            log.warning("answer not delivered", reason=type(error).__name__)

    async def unknown_button(self, ack: Ack, body: dict[str, Any]) -> None:
        await ack()
        await self.tell(reply_to(body), t(OTHER_VERSION))

    async def unasked(self, body: dict[str, Any]) -> None:
        """An event of no use here. Unanswered it would come three times more, and Slack ends what is seldom answered."""
        log.debug("slack.event_unasked", kind=str((body.get("event") or {}).get("type")))

    async def failed(self, error: Exception, body: dict[str, Any]) -> None:
        """What bolt catches in a listener: said in the log and to the person, for silence is the worst answer."""
        log.error("listener failed", kind=str(body.get("type")), reason=repr(error))
        if body.get("user"):
            await self.tell(
                reply_to(body), t("Something went wrong inside the bot; it is in its log.")
            )

    async def tell(self, to: ReplyTo, text: str) -> None:
        try:
            await self._client.chat_postEphemeral(channel=to.channel, user=to.user.user, text=text)
        except (SlackApiError, ClientError, TimeoutError, OSError) as error:
            log.warning("answer not delivered", reason=type(error).__name__)


def _seen_proposal(case: Case, seen: re.Match[str], action: str) -> Proposal | None:
    """The change that the card showed, if it is still what the case is about."""
    proposal = (
        undo_seen(case, seen["proposal"]) if action == "undo" else case.proposal(seen["proposal"])
    )
    if proposal is None:
        return None
    now = (proposal.id, str(case.revision), proposal.plan_hash)
    return proposal if (seen["proposal"], seen["revision"], seen["hash"]) == now else None
