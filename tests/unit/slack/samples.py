"""In: nothing. Out: a sample of every card, dialog and answer that people can meet, each drawn by the product.
The snapshots (`test_looks.py`) and the pictures (`make gallery`) are both made from these lists: a new card is one line.
Promise: what is pictured is what is tested; a sample is drawn when it is asked for, in the language of that moment.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import partial
from typing import Any

import msgspec

from bot.answers import (
    Answer,
    Bundled,
    Calculated,
    Calculation,
    CaseList,
    Checked,
    Checkup,
    Compared,
    Examined,
    Explained,
    Free,
    Home,
    Listing,
    Pasted,
    Status,
    WhoHas,
)
from bot.model import (
    Agreement,
    Case,
    Choice,
    Done,
    Grant,
    Holder,
    Ignored,
    Item,
    Kind,
    ListAgreement,
    Member,
    Mode,
    Moment,
    ObjectType,
    Owner,
    Paused,
    Person,
    Refusal,
    Run,
    Say,
    SlackUser,
    Snooze,
    Standing,
    State,
    Storm,
    WriteResult,
)
from bot.ports import Handle, Shown
from bot.slack import digests, listed, more, pointer, views
from bot.slack.answers import (
    draw_bundled,
    draw_list,
    draw_say,
    draw_shared,
    draw_softmatch,
    draw_whohas,
)
from bot.slack.cards import draw
from bot.slack.explained import draw_explained
from bot.slack.home import draw_home
from bot.slack.limits import within
from bot.slack.lines import next_message
from bot.slack.others import others
from bot.slack.pages import Parts, page_with_buttons, pages_of
from bot.slack.replies import (
    draw_calculated,
    draw_case,
    draw_cases,
    draw_checked,
    draw_free,
    draw_status,
)
from bot.triage import everybody
from bot.triage.calculate import calculate
from bot.triage.casefile import of_case, write_short
from bot.triage.causes import member_of
from bot.triage.diagnose import diagnose
from bot.triage.digest import CauseCount, DayCount, Digest, Known
from bot.triage.past import undo_of_case, undos_of_case
from bot.triage.policy import Policy
from handlers.commands import COMMANDS
from handlers.commands.check import compared
from handlers.commands.listing import line_of
from tests.builders import (
    NOW,
    VALUE,
    approval,
    both_primary,
    case,
    decision,
    error,
    evidence,
    gap,
    guid_of,
    keeper,
    key,
    loser,
    only_in_cloud,
    receipt,
    stamp,
    tenant_facts,
    user,
)
from tests.unit.triage.cases.world import asker, owner, read_of
from tests.unit.triage.test_softmatch import anna, asked, cloud_anna

Json = dict[str, Any]
Drawn = tuple[str, list[Json]]  # the fallback text and the blocks

DAY = timedelta(days=1)
APPROVERS = ("U0INGRID01", "U0MART0001")
DECIDED = frozenset(State) - {State.NEW, State.OPEN, State.PENDING, State.REJECTED, State.EXPIRED}
TOLD = {
    State.APPROVED: "Approved by Ingrid Berg.",
    State.WRITTEN: "Written to AD on DC1.",
    State.VERIFIED: "Entra is clean: the error is gone and the value is where it belongs.",
    State.FAILED: "The old value has gone meanwhile; nothing was written.",
}


def in_state(state: State) -> Case:
    made = case(evidence(keeper(), loser(ad={"stamps": (stamp(),)}), gaps=(gap(),)))
    first = made.timeline[0]
    told = Moment(NOW + timedelta(minutes=1), "", Say(TOLD.get(state, "Something happened.")))
    over: dict[str, Any] = {"state": state}
    if state not in {State.NEW, State.OPEN, State.PENDING}:
        over["timeline"] = (first, told)
    if state in DECIDED:
        result = WriteResult.STALE if state is State.FAILED else WriteResult.WRITTEN
        over |= {"decision": decision(made), "receipts": (receipt(made, result=result),)}
    if state is State.UNDONE:
        undo = undo_of_case(replace(made, **(over | {"state": State.WRITTEN})))
        assert undo is not None
        over["undo"] = decision(made, proposal_id=undo.id)
        over["proposals"] = (*made.proposals, undo)
        over["past"] = (
            Done(proposal=made.proposals[0], receipts=over.pop("receipts"), at=NOW, put_back=True),
        )
    return replace(made, **over)


STOPPED = evidence(
    holders=(), errors=(), value="", tenant=tenant_facts(last_sync_at=NOW - timedelta(hours=5))
)
JUDGED = case(evidence(keeper(), both_primary()))
AGREED = Agreement(
    proposal_id=JUDGED.proposals[0].id,
    revision=JUDGED.revision,
    plan_hash=JUDGED.proposals[0].plan_hash,
    approval=approval(),
    reason="Johanna moved to another address in May.",
)
RIGHT = evidence(loser())
STUCK = replace(
    case(RIGHT),
    diagnosis=diagnose(
        RIGHT, case_id="c", previous=None, now=NOW, fixed_since=NOW - timedelta(hours=5)
    ).diagnosis,
)
BACK = in_state(State.WRITTEN)


def written_earlier(of: Case, number: int) -> Done:
    """On another account, so that each of several can be put back."""
    own = replace(of.proposals[0], id=f"p-earlier{number}")
    steps = tuple(replace(s, guid=f"{number}", name=f"Svc {number}") for s in own.steps)
    return Done(
        proposal=replace(own, steps=steps),
        receipts=(receipt(of, proposal_id=own.id),),
        at=NOW - timedelta(hours=6 - number),
    )


GONE_ON = replace(case(), past=(written_earlier(case(), 1), written_earlier(JUDGED, 2)))
BACK_TO = undo_of_case(BACK)
assert BACK_TO is not None


def earlier_changes(count: int) -> Case:
    """The error is back after so many changes of ours that still stand, and a new one is offered."""
    made = in_state(State.PENDING)
    best = made.proposals[0]
    past = tuple(
        Done(
            proposal=replace(
                best,
                id=f"p-{n}",
                title=replace(best.title, values={**best.title.values, "name": f"Scanner {n}"}),
                steps=tuple(replace(step, guid=guid_of(f"{n}")) for step in best.steps),
            ),
            receipts=(receipt(made, proposal_id=f"p-{n}"),),
            at=NOW - timedelta(hours=count - n),
        )
        for n in range(1, count + 1)
    )
    return replace(made, past=past)


# cards of every other kind: one line each
INGRID = Person(slack=SlackUser("T0CONTOSO1", "U0INGRID01"), entra_id="e", name="Ingrid Berg")
CHOSEN = replace(
    JUDGED,
    chosen=Choice(
        proposal_id=JUDGED.proposals[1].id,
        revision=JUDGED.revision,
        plan_hash=JUDGED.proposals[1].plan_hash,
        by=INGRID,
        at=NOW,
    ),
)
LOOKED = Say("Looked again: the situation is the same.")
LONG = case(timeline=tuple(Moment(NOW + timedelta(minutes=n), "", LOOKED) for n in range(45)))

OTHERS: Mapping[str, Case] = {
    "two main addresses": JUDGED,
    "one of two has approved": replace(JUDGED, agreed=(AGREED,)),
    "being put back": replace(
        BACK,
        state=State.APPLYING,
        proposals=(*BACK.proposals, BACK_TO),
        undo=decision(BACK, proposal_id=BACK_TO.id),
    ),
    "gone on after two changes": GONE_ON,
    "gone on, and one of two would put it back": replace(
        GONE_ON,
        agreed=(replace(AGREED, proposal_id=undos_of_case(GONE_ON)[0].id),),
    ),
    "gone on, and the bot only observes": replace(GONE_ON, mode=Mode.OBSERVE, state=State.OPEN),
    "two main addresses, no other": case(
        evidence(keeper(), both_primary(proxies=(f"SMTP:{VALUE}",)))
    ),
    "owner not found": case(evidence(both_primary(), gaps=(gap(),))),
    "fixed already": case(evidence(keeper(), loser(proxies=()))),
    "not recognised": case(evidence(errors=(error(category="Brand new"),))),
    "sync stopped": case(STOPPED, key=key(kind=Kind.TENANT, value="sync")),
    "two accounts of one person": case(read_of(asker(), owner("Bo Berg"))),
    "a cloud account of somebody else": case(read_of(asker(), owner())),
    "an administrator in the cloud": case(
        read_of(asker(), owner(), roles=("Global Administrator",))
    ),
    "stuck": STUCK,
    "held": case(held=Say("Held: directory sync has not run since {when}.", {"when": "10:00"})),
    "observing": case(mode=Mode.OBSERVE, state=State.OPEN),
    "protected": case(evidence(keeper(), loser(ad={"admin_count": True}))),
    "changed back": replace(
        in_state(State.FAILED), receipts=(receipt(result=WriteResult.WRITTEN),)
    ),
    "two of one name": case(
        evidence(
            replace(keeper(), known_as="John Doe (john.doe@contoso.com)"),
            replace(loser("John Doe"), known_as="John Doe (john.d@contoso.com)"),
        )
    ),
    "written earlier, three of four": earlier_changes(4),
    "snoozed": replace(JUDGED, snoozed=Snooze(at=NOW, by="Ingrid Berg", until=NOW + DAY)),
    "snoozed until it changes": replace(JUDGED, snoozed=Snooze(at=NOW, by="Ingrid Berg")),
    "another change chosen": CHOSEN,
    "ignored, and somebody's": replace(
        JUDGED,
        ignored=Ignored(
            at=NOW, by="Mart Tamm", reason="The shop closes in May.", until=NOW + 30 * DAY
        ),
        owner=Owner(user=SlackUser("T0CONTOSO1", "U0MART0001"), name="Mart Tamm", at=NOW),
    ),
    "approved by one alone": replace(
        JUDGED,
        state=State.APPLYING,
        decision=decision(JUDGED, break_glass=True, reason="Payroll runs in ten minutes."),
    ),
}


def storm(count: int = 214) -> Case:
    """Most of one cause, some of another, a few not looked at yet."""
    safe, hard = member_of(replace(case(), batch="c-storm")), member_of(JUDGED)
    members = tuple(
        replace(safe, case_id=f"c-{n}", safe=n > 5, state=State.VERIFIED if n < 6 else safe.state)
        if n % 8
        else replace(hard, case_id=f"c-{n}", apart=False)
        for n in range(count)
    )
    examples = {
        f"{m.code} {m.attribute}": c.diagnosis.title
        for m, c in ((safe, case()), (hard, JUDGED))
        if c.diagnosis
    }
    return Case(
        key=key(kind=Kind.TENANT, value="storm:20261122T120000"),
        state=State.OPEN,
        version=3,
        first_seen=NOW,
        storm=Storm(members=(*members, Member(case_id="c-new")), examples=examples),
        timeline=(Moment(NOW, "", Say("Many errors at once: they are told together here.")),),
    )


SEEN_ITEM = Item(
    case_id=case().id,
    proposal_id=case().proposals[0].id,
    revision=case().revision,
    plan_hash=case().proposals[0].plan_hash,
)


def running(**over: Any) -> Case:
    """A list of seven, the first five of which may be written."""
    items = tuple(replace(SEEN_ITEM, case_id=f"c-{n}") for n in range(1, 8))
    run = Run(items=items, grant=Grant(upto=5, approvals=(approval(),), at=NOW))
    made = storm()
    assert made.storm
    return replace(made, storm=replace(made.storm, run=replace(run, **over)))


def reviewed(page: int, *, second: bool = False) -> Json:
    carried = listed.begun("c-storm", "C1", (SEEN_ITEM,), room=20, second=second)
    return listed.page(replace(carried, page=page), {case().id: case()}, missing=1)


OTHERS = {
    **OTHERS,
    "a storm": storm(),
    "a storm, a list waits for the second": replace(
        storm(),
        storm=Storm(
            members=(Member(case_id="c-1", code="C01", safe=True),),
            agreed=ListAgreement(items=(SEEN_ITEM,), approval=approval()),
        ),
    ),
    "a storm, five are verified": running(ready=True),
    "a storm, the run was stopped": running(
        stopped=Say(
            "Stopped: {value} did not go as it should, or changed since. Nothing further is written.",
            {"value": VALUE},
        )
    ),
    "a storm that is over": replace(
        storm(),
        state=State.CLOSED,
        storm=Storm(ended=214),
        timeline=(Moment(NOW, "", Say("All {count} of them are closed.", {"count": "214"})),),
    ),
}


HELD_BY_TWO = WhoHas(
    asked=f"SMTP:{VALUE}",
    value=VALUE,
    kind=Kind.ADDRESS,
    holders=(
        keeper(ad={"last_logon_at": NOW, "mailbox": True}),
        loser(ad={"enabled": False}),
        only_in_cloud("Events 2019", proxy_addresses=(f"smtp:{VALUE}",), guest=True),
        user("Gone", proxies=(f"SMTP:{VALUE}",), joined_by=None, ad={"deleted": True}),
    ),
    gaps=(gap(),),
    searched=("AD corp", "Entra users", "Entra groups"),
)


def explained() -> Explained:
    made = case()
    assert made.evidence
    assert made.diagnosis
    told = error(attribute="ProxyAddresses", category="InvalidSoftMatch", conflict_id="c-1")
    return Explained(
        errors=(Pasted(error=told, attribute="physicaldeliveryofficename"),),
        examined=(
            Examined(
                key=made.key,
                evidence=made.evidence,
                diagnosis=made.diagnosis,
                proposals=made.proposals,
                state=State.PENDING,
            ),
        ),
        notes=(Say("4 more values stand in the text."),),
    )


def file_of(made: Case, *, redacted: bool) -> Bundled:
    file = of_case(made, Policy())
    assert file is not None
    return Bundled(case_id=made.id, redacted=redacted, text=write_short(file))


ADMINISTRATOR = Standing(cloud_anna().id, ("User Administrator",))
# the answer of a command, or of a click; for the eyes of one person
OWNER = Owner(user=SlackUser("T1", "U1"), name="Kari Holm", at=NOW)
PAUSED = Paused(id="pause-1", at=NOW, by="Ola Lund", reason="We restore a domain controller")
PAUSED_BY_ITSELF = Paused(id="pause-2", at=NOW, cases=("c-abcdefghij", "c-klmnopqrst"))


LISTED = CaseList(
    asked="",
    cases=(
        line_of(in_state(State.PENDING)),
        line_of(replace(in_state(State.WRITTEN), owner=OWNER)),
    ),
    all=7,
)
CHECKED = Checked(
    asked=VALUE,
    found=(
        Checkup(
            name="John Doe",
            type=ObjectType.USER,
            in_ad=True,
            in_entra=True,
            synced=True,
            attributes=(
                Compared(attribute="mail", ad=(VALUE,), meant=(VALUE,), entra=(VALUE,)),
                Compared(
                    attribute="proxyAddresses",
                    ad=(f"SMTP:{VALUE}", "smtp:jd@contoso.com"),
                    meant=(f"SMTP:{VALUE}", "smtp:jd@contoso.com"),
                    entra=(f"SMTP:{VALUE}",),
                ),
            ),
            errors=(error(),),
            last_sync_at=NOW,
            roles=("Global Reader",),
            dn="CN=John Doe,OU=People,DC=contoso,DC=com",
        ),
    ),
    last_sync_at=NOW,
    full=True,
    gaps=(gap(),),
)


def calculated(of: Holder, **facts: Any) -> Calculated:
    assert of.ad is not None
    made = calculate(of.ad, tenant_facts(), **facts)
    return replace(made, compared=compared(of.ad, made, of.cloud)) if made.synced else made


JOHN = user(
    proxies=(f"SMTP:{VALUE}", "smtp:jd@contoso.local"),
    cloud_proxies=("SMTP:jd@contoso.com",),
    ad={"mail": VALUE},
)
CALCULATED = Calculation(
    asked=VALUE,
    objects=(calculated(JOHN, licensed=True, sync_ous=("DC=contoso,DC=com",)),),
    searched=("AD contoso.com", "Entra"),
    gaps=(gap(),),
)
LEFT_OUT = Calculation(
    asked=VALUE, objects=(calculated(JOHN, sync_ous=("OU=X,DC=contoso,DC=com",)),)
)
STANDS = Status(
    mode=Mode.APPLY,
    version="2026.11.0",
    paused=PAUSED,
    last_poll_at=NOW,
    last_sync_at=NOW - timedelta(hours=5),
    sync_stopped=True,
    cases={State.PENDING: 3, State.WRITTEN: 1},
    waiting=1,
)
FREE = Free(
    asked=VALUE,
    value=VALUE,
    free=Answer.NO,
    holders=("John Doe",),
    instead=("j.doe@contoso.com", "john.doe2@contoso.com"),
)

ANSWERED: Mapping[str, Callable[[], tuple[str, Parts]]] = {
    "list: two of seven": lambda: draw_cases(LISTED),
    "show: a case": lambda: draw_case(in_state(State.PENDING)),
    "free: no, and two others": lambda: draw_free(FREE),
    "free: yes": lambda: draw_free(replace(FREE, free=Answer.YES, instead=(), holders=())),
    "check: one person": lambda: draw_checked(CHECKED),
    "calculate: one person": lambda: draw_calculated(CALCULATED),
    "calculate: not synchronized": lambda: draw_calculated(LEFT_OUT),
    "calculate: not found": lambda: draw_calculated(Calculation(asked="nobody@contoso.com")),
    "status: paused": lambda: draw_status(STANDS),
    "whohas: four hold it": lambda: draw_whohas(HELD_BY_TWO, full=True),
    "whohas: for everybody": lambda: draw_whohas(
        replace(HELD_BY_TWO, holders=HELD_BY_TWO.holders[:1]), full=False
    ),
    "whohas: nobody, close values": lambda: draw_whohas(
        replace(HELD_BY_TWO, holders=(), close=("jon@contoso.com", "johnd@contoso.com")), full=True
    ),
    "whohas: not understood": lambda: draw_whohas(
        WhoHas(asked="x", value="", kind=Kind.ADDRESS, trouble=Say("Give me one value.")), full=True
    ),
    "whohas: more than a table shows": lambda: draw_whohas(
        replace(HELD_BY_TWO, holders=(loser(),) * 25), full=True
    ),
    "explain: one error": lambda: draw_explained(explained()),
    "softmatch: they will be joined": lambda: draw_softmatch(asked(anna(), cloud_anna())),
    "softmatch: a role stands between": lambda: draw_softmatch(
        asked(anna(), cloud_anna(), standings={cloud_anna().ref: ADMINISTRATOR})
    ),
    "softmatch: outside the sync": lambda: draw_softmatch(
        asked(anna(dn="CN=Anna Lind,OU=Old,DC=contoso,DC=com"), cloud_anna())
    ),
    "bundle: with names": lambda: draw_bundled(file_of(case(), redacted=False)),
    "bundle: too long": lambda: draw_bundled(
        Bundled(case_id="c-1", redacted=True, text="{}" * 5000)
    ),
    "help": lambda: draw_list(
        Listing(
            title=Say("What this bot can be asked; the answer is for your eyes only."),
            lines=tuple(command.help for command in COMMANDS.values()),
        )
    ),
    "refused: not on the list": lambda: draw_say(
        Say(
            "You are not on the list of approvers, so nothing was done. "
            "Ask one of those named on the card."
        )
    ),
}


def page(drawn: tuple[str, Parts], handle: Handle | None = None) -> Drawn:
    text, parts = drawn
    return text, within(page_with_buttons(pages_of(parts), handle))


def _plain_page(made: Callable[[], tuple[str, Parts]]) -> Drawn:
    return page(made())


def shared(shape: str, body: object, **how: Any) -> Drawn:
    return draw_shared(shape, msgspec.json.encode(body).decode(), by="U0INGRID01", **how)


MAY_SHARE = Handle(id="e-1:answer", may_share=True)
MANY = replace(HELD_BY_TWO, holders=(loser(),) * 45)
LONG_LIST = replace(LISTED, cases=LISTED.cases * 25, all=50)
ANSWERS: Mapping[str, Callable[[], Drawn]] = {
    **{name: partial(_plain_page, made) for name, made in ANSWERED.items()},
    "whohas: for an approver": lambda: page(draw_whohas(HELD_BY_TWO, full=True), MAY_SHARE),
    "whohas: the second of three pages": lambda: page(
        draw_whohas(MANY, full=False), replace(MAY_SHARE, page=1)
    ),
    "whohas: the last page, for a reader": lambda: page(
        draw_whohas(MANY, full=False), Handle(id="e-1:answer", page=2)
    ),
    "whohas: it has been shared": lambda: page(
        draw_whohas(HELD_BY_TWO, full=True), replace(MAY_SHARE, shared=True)
    ),
    "list: the first of three pages": lambda: page(draw_cases(LONG_LIST), MAY_SHARE),
    "whohas: shared with a channel": lambda: shared(
        "whohas", everybody.whohas(HELD_BY_TWO), less=True
    ),
    "list: a page shared with a channel": lambda: shared("cases", LONG_LIST, page=1),
}

# the question that Slack itself asks when a button is pressed
QUESTIONS: Mapping[str, tuple[Case, str]] = {
    "approve": (in_state(State.PENDING), "fix_approve"),
    "approve what is made by hand": (
        replace(in_state(State.PENDING), mode=Mode.PROPOSE),
        "fix_approve",
    ),
    "undo": (in_state(State.WRITTEN), "fix_undo"),
}

ATTACK = replace(JUDGED, diagnosis=JUDGED.diagnosis and replace(JUDGED.diagnosis, alert=True))
MANY_STEPS = replace(
    case(),
    timeline=tuple(
        Moment(NOW + timedelta(hours=n), "", Say("Looked again: nothing has changed."))
        for n in range(60)
    ),
)

# in a window of their own, or on the app's home
AT_HOME = Home(
    name="Ingrid Berg",
    approver=True,
    status=replace(STANDS, paused=None, sync_stopped=False, waiting=0),
    for_me=LISTED.cases[:1],
    first_of_two=LISTED.cases[:1],
    approved=LISTED.cases[1:],
    owned=LISTED.cases[1:],
    counts={"for_me": 12, "first_of_two": 1, "approved": 1, "owned": 1},
)

DIALOGS: Mapping[str, Callable[[], Json]] = {
    "loading": views.loading,
    "message": lambda: views.message("This case is not known any more."),
    "details: written": lambda: views.details(in_state(State.WRITTEN)),
    "details: by hand": lambda: views.details(OTHERS["two accounts of one person"]),
    "home: an approver": lambda: draw_home(AT_HOME, notice=None),
    "home: a reader while it is paused": lambda: draw_home(
        Home(name="Ola Lund", approver=False, status=STANDS), notice=None
    ),
    "home: an approver while it is paused": lambda: draw_home(
        replace(AT_HOME, status=STANDS, for_me=(), counts={}), notice=Say("Writing is not paused.")
    ),
    "home: a stranger": lambda: draw_home(
        Refusal("not-a-reader", Say("This bot answers people of its own workspace only.")),
        notice=None,
    ),
    "reason: the first of two": lambda: asks_why(None),
    "reason: the second of two": lambda: asks_why(AGREED),
    "storm: a page of the list": lambda: reviewed(0),
    "storm: the same list for the second": lambda: reviewed(0, second=True),
    "storm: the number is typed": lambda: reviewed(1),
    "storm: all cases": lambda: listed.members(
        storm(), (case(), JUDGED), number=0, pages=3, channel="C1"
    ),
    "storm: cases of which some are not looked at yet": lambda: listed.members(
        storm(), [case()], number=0, pages=500, channel="C1", unread=9
    ),
    "reason: put it back": lambda: asks_why(None, undo=True),
    "reason: alone, in an emergency": lambda: asks_why(None, alone=True),
    "snooze": lambda: more.snooze(JUDGED, now=NOW, carries="c-1"),
    "snooze: an attack": lambda: more.snooze(ATTACK, now=NOW, carries="c-1"),
    "ignore": lambda: more.ignore(now=NOW, carries="c-1"),
    "other fixes": lambda: others(JUDGED, may_choose=True, carries="C1"),
    "other fixes: for readers": lambda: others(CHOSEN, may_choose=False, carries="C1"),
    "other fixes: by hand": lambda: others(
        OTHERS["two accounts of one person"], may_choose=True, carries="C1"
    ),
    "details: an older page": lambda: views.details(LONG, page=1),
    "details: the newest of many steps": lambda: views.details(MANY_STEPS),
    "details: older steps": lambda: views.details(MANY_STEPS, page=1),
}


def asks_why(first: Agreement | None, *, undo: bool = False, alone: bool = False) -> Json:
    change = JUDGED.proposals[0]
    if undo:
        done = replace(JUDGED, state=State.WRITTEN, decision=decision(JUDGED))
        back = undo_of_case(replace(done, receipts=(receipt(JUDGED),)))
        assert back is not None
        change = back
    action = "undo" if undo else "approve"
    carries = "c=1\nC1\nfirst"
    return views.reason(change, action=action, first=first, carries=carries, may_break_glass=alone)


# what stands where a possible attack may not
POINTERS: Mapping[str, tuple[Case, bool]] = {
    "handled elsewhere": (case(), True),
    "no private channel": (case(), False),
    "over": (in_state(State.CLOSED), False),
}


NUMBERS = ((41, 6, 4), (38, 2, 5), None, (44, 9, 3), (39, 1, 6), (31, 0, 8), (33, 4, 2))
LONG_AGO = [
    replace(line_of(in_state(State.PENDING)), id=f"c-{n}", first_seen=NOW - (3 - n) * DAY)
    for n in range(2)
]
DIGEST = Digest(
    id="digest:2026-11-30",
    day=date(2026, 11, 30),
    at=NOW,
    since=NOW - 3 * DAY,
    known=Known(mode=Mode.APPLY, last_poll_at=NOW, last_sync_at=NOW - timedelta(minutes=20)),
    open=33,
    new=4,
    fixed=2,
    by_hand=1,
    waiting=5,
    aside=2,
    unconfirmed=3,
    overdue=1,
    security=1,
    oldest=tuple(LONG_AGO),
    causes=(
        CauseCount(
            code="C01",
            attribute="proxyAddresses",
            open=21,
            safe=18,
            waiting=20,
            example=LONG_AGO[0].title,
        ),
        CauseCount(code="C03", attribute="userPrincipalName", open=8, safe=0, waiting=7),
    ),
    more_causes=2,
    in_more_causes=4,
    days=tuple(
        DayCount(day=date(2026, 11, 20 + n), open=c[0], new=c[1], fixed=c[2])
        if c
        else DayCount(day=date(2026, 11, 20 + n))
        for n, c in enumerate(NUMBERS)
    ),
)
NOTHING = Digest(id=DIGEST.id, day=DIGEST.day, at=NOW, since=DIGEST.since, known=DIGEST.known)
DIGESTS: Mapping[str, Digest] = {
    "a working day": DIGEST,
    "nothing is open": NOTHING,
    "first look": replace(DIGEST, since=None, new=33, fixed=0, by_hand=0, together=30),
    "in trouble": replace(
        NOTHING,
        known=Known(
            mode=Mode.APPLY,
            paused=PAUSED,
            last_poll_at=NOW - timedelta(hours=9),
            last_sync_at=NOW - timedelta(hours=10),
            sync_stopped=True,
        ),
    ),
    "nothing was ever read": replace(NOTHING, known=Known(mode=Mode.OBSERVE)),
}


@dataclass(frozen=True, slots=True)
class Look:
    """What one person meets: a card in the channel, a message for their eyes only, or a dialog."""

    text: str = ""
    blocks: tuple[Json, ...] = ()
    view: Json | None = None
    only_you: bool = False
    pressed: str = ""  # the button whose question is meant


# what the thread of a card tells
STEPS = tuple(
    Moment(NOW + timedelta(minutes=n), who, say, broadcast)
    for n, (who, say, broadcast) in enumerate(
        (
            ("", Say("Seen for the first time."), False),
            ("Ingrid Berg", Say("Approved by {who}.", {"who": "Ingrid Berg"}), False),
            ("", Say("Written to AD on {dc}.", {"dc": "DC1"}), False),
        )
    )
)
THREADS: Mapping[str, tuple[Case, Shown]] = {
    "the story so far": (replace(case(), timeline=STEPS), Shown(channel="C1", stamp="1", opened=1)),
    "posted anew": (
        replace(case(), timeline=STEPS),
        Shown(channel="C1", stamp="1", told=2, restart=True),
    ),
}


def told(of: Case, shown: Shown) -> Look:
    message = next_message(of, shown)
    assert message is not None
    return Look(message.text, tuple(message.blocks))


# cards of a bot that is paused
STOPPED_CARDS: Mapping[str, tuple[Case, Paused]] = {
    "paused by somebody": (in_state(State.PENDING), PAUSED),
    "paused by itself": (in_state(State.APPROVED), PAUSED_BY_ITSELF),
}


def card(made: Case, paused: Paused | None = None) -> Look:
    drawn = draw(made, approvers=APPROVERS, paused=paused)
    return Look(drawn.text, tuple(drawn.blocks))


def pointed(made: Case, *, moved: bool) -> Look:
    drawn = pointer.draw(made, moved=moved)
    return Look(drawn.text, tuple(drawn.blocks))


def digested(made: Digest) -> Look:
    text, blocks, _ = digests.draw(made)
    return Look(text, tuple(blocks))


def answer(drawn: Drawn) -> Look:
    return Look(drawn[0], tuple(drawn[1]), only_you=True)


def asked_first(made: Case, button: str) -> Look:
    return replace(card(made), pressed=button)


def samples() -> Mapping[str, Callable[[], Look]]:
    """Every sample by its name; each is drawn when it is called, in the language that is spoken then."""
    return {
        **{f"card, {state}": partial(lambda s: card(in_state(s)), state) for state in State},
        **{f"card: {name}": partial(card, made) for name, made in OTHERS.items()},
        **{f"thread: {name}": partial(told, *at) for name, at in THREADS.items()},
        **{f"card: {name}": partial(card, *at) for name, at in STOPPED_CARDS.items()},
        **{f"pointer, {n}": partial(pointed, made, moved=m) for n, (made, m) in POINTERS.items()},
        **{f"digest, {name}": partial(digested, made) for name, made in DIGESTS.items()},
        **{f"question: {name}": partial(asked_first, *at) for name, at in QUESTIONS.items()},
        **{f"answer, {n}": partial(lambda d: answer(d()), made) for n, made in ANSWERS.items()},
        **{f"dialog, {n}": partial(lambda d: Look(view=d()), made) for n, made in DIALOGS.items()},
    }
