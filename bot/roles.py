"""In: settings, a store, the two directories. Out: for each role its handlers, bound to adapters.
Part of the composer: which adapter satisfies which port is decided here and nowhere else.
Promise: a role is given what it needs and no more: only the writer has a write account, only the edge Slack.
"""

from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot import keys, plain
from bot.ad.journal import FileJournal
from bot.ad.modify import Writer
from bot.ad.protection import Protection
from bot.admission import Admission
from bot.clock import SystemClock
from bot.directories import Directories
from bot.entra.approvers import ListedApprovers
from bot.entra.modify import CloudWriter
from bot.entra.schedule import WaitForSchedule
from bot.events import (
    AnchorDue,
    Announced,
    AnswerClicked,
    Answered,
    AsideClicked,
    Asked,
    BatchClicked,
    CaseChanged,
    Clicked,
    DigestDue,
    DriftDue,
    ExpiryDue,
    FixApproved,
    FixWritten,
    HomeDue,
    PageDue,
    PaperReady,
    PollDue,
    QuestionAllowed,
    ReminderDue,
    RunDue,
    SnoozeDue,
    StormDue,
    Switched,
    SyncErrorChanged,
    SyncErrorCleared,
    SyncErrorSeen,
    VerifyDue,
    WriteDue,
)
from bot.model import Decision, Mode, Proposal, Receipt, Side
from bot.quota import Caps
from bot.settings import Settings
from bot.slack import connection
from bot.slack.channel import UPDATES_A_MINUTE, SlackChannel
from bot.slack.channels import Channels
from bot.slack.edge import build_app
from bot.slack.pace import Budget
from bot.slack.people import Lists, SlackPeople
from bot.slack.places import Places
from bot.slack.rooms import Rooms
from bot.sources.drift import DriftWalk
from bot.sources.entra_quarantine import EntraQuarantine
from bot.store.store import Store
from bot.triage import plan
from bot.triage.policy import Policy
from bot.triage.routing import Table
from bot.words import Languages
from bot.worker import Handler
from handlers import HANDLERS
from handlers.timing import Timing

if TYPE_CHECKING:
    from bot.ports import StepWriter


@dataclass(frozen=True, slots=True)
class CountedJournal:
    """The journal, whose length Redis is told first: a Redis that was set back is then found out."""

    journal: FileJournal
    store: Store

    async def intend(self, decision: Decision, proposal: Proposal) -> None:
        await self.store.set_journal_position(len(await self.journal.intents()) + 1)
        await self.journal.intend(decision, proposal)

    async def intended(self, proposal_id: str) -> Proposal | None:
        return await self.journal.intended(proposal_id)

    async def receipts(self, proposal_id: str) -> tuple[Receipt, ...] | None:
        return await self.journal.receipts(proposal_id)

    async def record(self, receipt: Receipt) -> None:
        await self.journal.record(receipt)

    async def writes_since(self, moment: Any) -> int:
        return await self.journal.writes_since(moment)


@dataclass(frozen=True, slots=True, kw_only=True)
class Common:
    given: Settings
    mode: Mode
    timing: Timing
    policy: Policy
    store: Store
    clock: SystemClock


def brain_handlers(common: Common, found: Directories) -> dict[type, Handler]:
    store, clock, timing = common.store, common.clock, common.timing
    ad, cloud = found.ad, found.cloud
    source = EntraQuarantine(cloud=cloud, clock=clock)
    table = plain.table_of(common.given)
    sync = WaitForSchedule(
        cloud=cloud,
        clock=clock,
        every=timedelta(minutes=common.given.timing.export_minutes),
    )
    triage = partial(
        HANDLERS[SyncErrorSeen],
        cases=store,
        ad=ad,
        cloud=cloud,
        clock=clock,
        mode=common.mode,
        timing=timing,
        policy=common.policy,
    )
    verify = partial(
        HANDLERS[FixWritten],
        cases=store,
        ad=ad,
        cloud=cloud,
        sync=sync,
        clock=clock,
        timing=timing,
    )
    return {
        PollDue: partial(HANDLERS[PollDue], cases=store, source=source, clock=clock, timing=timing),
        DriftDue: partial(
            HANDLERS[DriftDue],
            cases=store,
            walker=DriftWalk(ad=ad, cloud=cloud, clock=clock),
            clock=clock,
            timing=timing,
        ),
        SyncErrorSeen: triage,
        SyncErrorChanged: triage,
        SyncErrorCleared: partial(
            HANDLERS[SyncErrorCleared], cases=store, ad=ad, cloud=cloud, clock=clock, timing=timing
        ),
        FixWritten: verify,
        VerifyDue: verify,
        ExpiryDue: partial(HANDLERS[ExpiryDue], cases=store, clock=clock),
        SnoozeDue: partial(HANDLERS[SnoozeDue], cases=store, clock=clock, timing=timing),
        DigestDue: partial(
            HANDLERS[DigestDue],
            cases=store,
            clock=clock,
            timing=timing,
            mode=common.mode,
            table=table,
        ),
        StormDue: partial(
            HANDLERS[StormDue],
            cases=store,
            clock=clock,
            timing=timing,
            table=table,
        ),
        ReminderDue: partial(
            HANDLERS[ReminderDue],
            cases=store,
            clock=clock,
            timing=timing,
            table=table,
        ),
        QuestionAllowed: partial(
            HANDLERS[QuestionAllowed],
            cases=store,
            ad=ad,
            cloud=cloud,
            clock=clock,
            timing=timing,
            policy=common.policy,
            mode=common.mode,
        ),
        AnchorDue: partial(
            HANDLERS[AnchorDue],
            ad=ad,
            cloud=cloud,
            clock=clock,
            timing=timing,
            policy=common.policy,
        ),
    }


async def writer_handlers(
    common: Common, found: Directories, journal: FileJournal, stack: AsyncExitStack
) -> dict[type, Handler]:
    given = common.given
    approvers = given.slack.approvers
    public = given.signing.public_key_file
    key = keys.public_key(public) if public else keys.own_key(given.state_dir).public_key()
    counted = CountedJournal(journal, common.store)
    admission = Admission(
        tenant=given.tenant_id,
        public_key=key,
        mode_allowed=common.mode,
        journal=counted,
        clock=common.clock,
        caps=Caps(per_hour=given.caps.per_hour, per_day=given.caps.per_day),
        break_glass=given.slack.break_glass,
    )
    writer = Writer(
        plain.forests_of(given, writing=common.mode is Mode.APPLY),
        admission=admission,
        standing=found.cloud.standing,
        protection=Protection(
            deny=tuple(given.protected.deny),
            groups=tuple(given.protected.groups),
            approvers=frozenset(approvers.values()),
        ),
        clock=common.clock,
        upn_opt_in=given.upn_changes,
    )
    stack.push_async_callback(writer.close)
    writers: dict[Side, StepWriter] = {Side.AD: writer}
    there = plain.written_tenant_of(given) if common.mode is Mode.APPLY else None
    if there is not None:
        in_entra = CloudWriter(
            tenant=there,
            cloud=found.cloud,
            admission=admission,
            ad=found.ad,
            protects=writer.protects,
            approvers=frozenset(approvers.values()),
            deny=tuple(given.protected.deny),
            clock=common.clock,
            upn_opt_in=given.upn_changes,
        )
        stack.push_async_callback(in_entra.close)
        writers[Side.ENTRA] = in_entra
    return {
        FixApproved: partial(HANDLERS[FixApproved], cases=common.store, clock=common.clock),
        WriteDue: partial(
            HANDLERS[WriteDue],
            cases=common.store,
            ad=found.ad,
            cloud=found.cloud,
            writers=writers,
            journal=counted,
            approvers=ListedApprovers(approvers, found.cloud, plain.table_of(given)),
            clock=common.clock,
            mode=common.mode,
            timing=common.timing,
            policy=common.policy,
        ),
    }


@dataclass(frozen=True, slots=True)
class KeySigner:
    key: Any

    def sign(self, decision: Decision) -> Decision:
        return plan.sign(decision, self.key)

    def seal(self, heard: bytes) -> str:
        return plan.seal(heard, self.key)


@dataclass(frozen=True, slots=True)
class EdgeParts:
    handlers: Mapping[type, Handler]
    channel: Channels
    app: AsyncApp
    workspace: connection.Workspace
    clock: SystemClock


async def _channels(
    common: Common, client: AsyncWebClient, table: Table, languages: Languages
) -> Channels:
    """One sender for each channel of the table; what Slack counts together, they count together."""
    store, clock = common.store, common.clock
    rooms = Rooms(client, security=table.security)
    await rooms.look()
    places = Places(table, private=rooms.private)
    updates = Budget(UPDATES_A_MINUTE, 60)
    senders = {
        channel: SlackChannel(
            client,
            store,
            store,
            channel=channel,
            approvers=table.approvers,
            clock=clock,
            places=places,
            languages=languages,
            updates=updates,
        )
        for channel in table.channels()
    }
    return Channels(senders, store, store, places=places, rooms=rooms, clock=clock)


async def edge_parts(common: Common, stack: AsyncExitStack) -> EdgeParts:
    given, store, clock = common.given, common.store, common.clock
    workspace = plain.workspace_of(given)
    client = await stack.enter_async_context(connection.connected_client(workspace))
    identity = await connection.check(client, workspace)
    lists = Lists(
        approvers=given.slack.approvers,
        readers=given.slack.readers,
        full_readers=frozenset(given.slack.full_readers),
    )
    table = plain.table_of(given)
    people = SlackPeople(client, team=workspace.team, lists=lists, table=table)
    private = given.signing.private_key_file
    signer = KeySigner(keys.private_key(private) if private else keys.own_key(given.state_dir))
    languages = plain.languages_of(given)
    channel = await _channels(common, client, table, languages)
    app = build_app(
        client,
        identity=identity,
        inbox=store,
        cases=store,
        people=people,
        signer=signer,
        tenant=given.tenant_id,
        clock=clock,
        languages=languages,
        break_glass=given.slack.break_glass,
        per_hour=given.caps.per_hour,
        signing_secret=workspace.listen.signing_secret if workspace.listen else "",
    )
    handlers: dict[type, Handler] = {
        Clicked: partial(
            HANDLERS[Clicked],
            cases=store,
            people=people,
            signer=signer,
            clock=clock,
            mode=common.mode,
            timing=common.timing,
            break_glass=given.slack.break_glass,
        ),
        AsideClicked: partial(
            HANDLERS[AsideClicked],
            cases=store,
            people=people,
            signer=signer,
            clock=clock,
            timing=common.timing,
        ),
        Switched: partial(
            HANDLERS[Switched],
            cases=store,
            people=people,
            signer=signer,
            clock=clock,
            timing=common.timing,
        ),
        BatchClicked: partial(
            HANDLERS[BatchClicked],
            cases=store,
            people=people,
            signer=signer,
            clock=clock,
            timing=common.timing,
        ),
        RunDue: partial(
            HANDLERS[RunDue],
            cases=store,
            signer=signer,
            clock=clock,
            mode=common.mode,
            timing=common.timing,
        ),
        CaseChanged: partial(HANDLERS[CaseChanged], channel=channel),
        PaperReady: partial(HANDLERS[PaperReady], channel=channel),
        Asked: partial(HANDLERS[Asked], cases=store, people=people, timing=common.timing),
        Answered: partial(
            HANDLERS[Answered], channel=channel, answers=store.answers, people=people, signer=signer
        ),
        AnswerClicked: partial(
            HANDLERS[AnswerClicked],
            answers=store.answers,
            people=people,
            signer=signer,
            clock=clock,
            timing=common.timing,
            channel=channel,
        ),
        PageDue: partial(HANDLERS[PageDue], channel=channel, answers=store.answers, people=people),
        Announced: partial(HANDLERS[Announced], channel=channel, answers=store.answers),
        HomeDue: partial(
            HANDLERS[HomeDue],
            cases=store,
            people=people,
            channel=channel,
            clock=clock,
            mode=common.mode,
        ),
    }
    return EdgeParts(handlers, channel, app, workspace, clock)
