"""In: a case as it is stored. Out: its card: blocks, the fallback text, and the metadata that finds it again.
The whole card is drawn anew from state at every step; nothing is ever kept from the card before.
Promise: pure; within Slack's limits whatever the values are; directory values are never markup.
"""

from dataclasses import dataclass
from datetime import MAXYEAR, datetime, timedelta
from itertools import chain
from typing import Any

from bot.model import Case, Mode, Paused, Proposal, Risk, Say, Side, State, Step
from bot.slack import byhand, more, storms
from bot.slack.buttons import buttons, first_of
from bot.slack.earlier import earlier
from bot.slack.faces import icon_of, risk_of, words_of
from bot.slack.limits import within
from bot.slack.table import holders_table
from bot.slack.words import (
    bullets,
    escaped,
    gap_line,
    heading,
    mrkdwn_code,
    paragraph,
    plain,
    plain_text,
    preformatted,
    rich,
    runs,
    section,
    visible,
)
from bot.triage import pause
from bot.triage.aside import is_aside
from bot.triage.causes import title_of
from bot.triage.choice import UNDER_WAY, shown
from bot.words import t

SYNC_EVERY = timedelta(minutes=30)  # what Entra Connect does unless somebody set another interval
EVENT_TYPE = "dirsync_case"
MAX_TEXT = 700  # chat.update takes 4,000 bytes, counted once `&` has become `&amp;`


@dataclass(frozen=True, slots=True)
class Card:
    text: str
    blocks: list[dict[str, Any]]
    metadata: dict[str, Any]


_CHANGED = {State.WRITTEN, State.EXPORTED, State.OVERDUE, State.VERIFIED}
NEWEST = 4  # lines of the timeline
# what Entra would do has come already, or does not come: the change is not on its way
_NO_THEN = {State.VERIFIED, State.FAILED, State.REFUSED, State.REJECTED, State.EXPIRED}


def draw(
    case: Case, *, approvers: tuple[str, ...], anew: bool = False, paused: Paused | None = None
) -> Card:
    """`approvers` are Slack user ids; `anew`: the message before this one is gone; `paused`: nothing is written now.
    Pure: the same case gives the same card.
    """
    if case.state is State.CLOSED:
        blocks = [_header(case), _state_line(case), _last_words(case)]
    elif case.storm is not None:
        blocks = [
            _header(case),
            _state_line(case),
            *storms.story(case, case.storm),
            *_last_moments(case),
            *storms.controls(case, case.storm),
        ]
    else:
        above = [
            _header(case),
            _state_line(case),
            *_stopped(case, paused),
            *more.told(case, _id(case, "aside")),
            *_broken_glass(case),
            *_story(case),
            *_fixes(case),
        ]
        actions = [
            *_last_moments(case),
            {
                "type": "actions",
                "block_id": _id(case, "act"),
                "elements": buttons(case, paused=paused is not None),
            },
        ]
        below = [*earlier(case, _id(case, "past")), _footer(case, approvers, anew=anew)]
        by_hand = _by_hand(case, [*above, *actions, *below])
        # what is approved stands right above its button, not the other ways
        middle = [*actions, *by_hand] if case.state is State.PENDING else [*by_hand, *actions]
        blocks = _with_room(case, [*above, *middle, *below])
    return Card(
        text=escaped(visible(f"{words_of(case)}: {plain(title_of(case))}", MAX_TEXT)),
        blocks=within([b for b in blocks if b]),
        metadata={
            "event_type": EVENT_TYPE,
            "event_payload": {"case_id": case.id, "revision": case.revision, "state": case.state},
        },
    )


def _with_room(case: Case, blocks: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Who has how many points is told where every single one would make the card too long for Slack."""
    if case.diagnosis is None or byhand.length_of(blocks) <= byhand.WHOLE_CARD:
        return blocks
    name = _id(case, "score")
    short = byhand.in_points(case.diagnosis.scores, name)
    each = (short if block.get("block_id") == name else [block] for block in blocks)
    return list(chain.from_iterable(each))


def _header(case: Case) -> dict[str, Any]:
    text = visible(f"{icon_of(case)} {plain(title_of(case))}", 148)
    return {
        "type": "header",
        "block_id": _id(case, "head"),
        "text": plain_text(text),
    }


def _state_line(case: Case) -> dict[str, Any]:
    parts = [f"*{words_of(case)}*"]
    if case.storm and case.state is not State.CLOSED:
        parts += storms.state_parts(case.storm)
    if case.decision:
        names = ", ".join(mrkdwn_code(a.name) for a in case.decision.approvals[:4])
        parts.append(t("approved by {names}").format(names=names))
    if case.undo:
        names = ", ".join(mrkdwn_code(a.name) for a in case.undo.approvals[:4])
        parts.append(t("undo approved by {names}").format(names=names))
    for agreed in case.agreed[:2]:
        said = (
            t("approved by {who}, one more needed")
            if case.proposal(agreed.proposal_id)
            else t("to be put back, approved by {who}, one more needed")
        )
        parts.append(said.format(who=mrkdwn_code(agreed.approval.name)))
    raw = sorted({f"{e.category or 'null'} · {e.attribute or 'null'}" for e in case.errors})
    parts += [mrkdwn_code(entry) for entry in raw[:3]]
    parts.append(t("case {id}").format(id=case.id))
    if case.diagnosis and case.diagnosis.code != "C00":
        parts.append(case.diagnosis.code)
    if case.owner:
        parts.append(t("{who} takes care of it").format(who=mrkdwn_code(case.owner.name)))
    if case.chosen and case.state is State.PENDING:
        parts.append(t("change chosen by {who}").format(who=mrkdwn_code(case.chosen.by.name)))
    if case.first_seen:
        parts.append(t("first seen {when}").format(when=date(case.first_seen)))
    return {
        "type": "context",
        "block_id": _id(case, "state"),
        "elements": [{"type": "mrkdwn", "text": "  •  ".join(parts), "verbatim": True}],
    }


_ABOUT_WRITING = {State.PENDING, State.APPROVED, State.APPLYING}


def _stopped(case: Case, paused: Paused | None) -> list[dict[str, Any]]:
    if paused is None or case.state not in _ABOUT_WRITING:
        return []
    say = Say("Nothing is written now: {why}", {"why": pause.told(paused)})
    hand = {"type": "emoji", "name": "double_vertical_bar"}
    name = f"pause:{case.id}:{case.version}:{paused.id}"
    return [rich(name, section(hand, {"type": "text", "text": " "}, *runs(say)))]


def _broken_glass(case: Case) -> list[dict[str, Any]]:
    """What one person did alone is said louder than the rest."""
    decision = case.decision
    if decision is None or not decision.break_glass or not decision.approvals:
        return []
    gaps = {"who": decision.approvals[-1].name, "reason": decision.reason}
    say = Say(
        "Break glass: {who} approved this alone, without a second person. Reason: {reason}", gaps
    )
    bell = {"type": "emoji", "name": "rotating_light"}
    return [rich(_id(case, "glass"), section(bell, {"type": "text", "text": " "}, *runs(say)))]


def date(moment: datetime) -> str:
    """Slack shows it in the reader's own time zone; the fallback says UTC."""
    return f"<!date^{int(moment.timestamp())}^{{date_short_pretty}} {{time}}|{moment:%Y-%m-%d %H:%M} UTC>"


def _story(case: Case) -> list[dict[str, Any]]:
    diagnosis = case.diagnosis
    if diagnosis is None:
        return []
    blocks = [
        *byhand.alert(diagnosis, _id(case, "alert")),
        rich(_id(case, "what"), heading(t("What happened")), paragraph(diagnosis.what)),
    ]
    if diagnosis.why:
        blocks.append(rich(_id(case, "why"), heading(t("Why we think so")), bullets(diagnosis.why)))
    if case.evidence and case.evidence.holders:
        if case.state in _CHANGED:
            blocks.append(rich(_id(case, "before"), heading(t("Who held it before the change"))))
        blocks.append(holders_table(_id(case, "who"), case.evidence.holders))
    if case.state not in _CHANGED | UNDER_WAY:
        blocks += byhand.who_should_keep_it(diagnosis.scores, _id(case, "score"))
    gaps = case.evidence.gaps if case.evidence else ()
    # C56 tells the gaps itself
    if gaps and diagnosis.code != "C56":
        told = [gap_line(gap) for gap in gaps[:8]]
        blocks.append(rich(_id(case, "gaps"), heading(t("What could not be read")), bullets(told)))
    return blocks


def _next_sync(case: Case) -> tuple[Say, ...]:
    """While it waits for people; once it is written, the timeline tells what Entra says then."""
    last = case.evidence.tenant.last_sync_at if case.evidence else None
    if last is None or case.state is not State.PENDING or last.year == MAXYEAR:
        return ()
    gaps: dict[str, str | Say] = {
        "last": f"{last:%Y-%m-%d %H:%M} UTC",
        "due": f"{last + SYNC_EVERY:%H:%M} UTC",
    }
    return (
        Say(
            "Directory sync last ran at {last}; every 30 minutes, as by default, the next one is due about {due}.",
            gaps,
        ),
    )


def _fixes(case: Case) -> list[dict[str, Any]]:
    diagnosis = case.diagnosis
    if diagnosis is None:
        return []
    if not case.proposals:
        if not diagnosis.then:
            return []
        return [rich(_id(case, "then"), heading(t("What happens next")), paragraph(diagnosis.then))]
    proposal = shown(case)
    if proposal is None:
        return []
    first = t("What was changed") if case.state in _CHANGED else t("Suggested change")
    undoing = case.undo is not None or case.state is State.UNDONE
    if undoing:
        back = case.state in UNDER_WAY
        first = t("What is being put back") if back else t("What was changed and put back")
    blocks = [
        rich(
            _id(case, "fix"),
            heading(first),
            section(*runs(proposal.title)),
            section(
                {"type": "text", "text": risk_of(proposal.risk), "style": {"bold": True}},
                {"type": "text", "text": ": "},
                *runs(proposal.because),
            ),
            *(preformatted(diff(step)) for step in proposal.steps),
            section(*runs(proposal.untouched)),
        ),
    ]
    if diagnosis.then and case.state not in _NO_THEN and not undoing:
        says = (*diagnosis.then, *_next_sync(case))
        blocks.append(rich(_id(case, "then"), heading(t("What Entra does then")), paragraph(says)))
    if proposal.consequences:
        noticed = (heading(t("What people will notice")), bullets(proposal.consequences))
        blocks.append(rich(_id(case, "notice"), *noticed))
    if proposal.risk is Risk.JUDGE and case.state is State.PENDING:
        blocks.append(
            rich(_id(case, "judge"), *(section(*runs(s)) for s in _two_people(case, proposal)))
        )
    return blocks


def _by_hand(case: Case, beside: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """While a change of ours is on its way, nobody is told to make another one."""
    if case.diagnosis is None or case.state in _CHANGED | UNDER_WAY:
        return []
    books = case.diagnosis.runbooks
    return byhand.on_the_card(books, _id(case, "hand"), beside=beside)


def _two_people(case: Case, proposal: Proposal) -> list[Say]:
    first = first_of(case, proposal)
    if first is None:
        return [Say("Two different people have to approve this, and the first one says why.")]
    gaps = {"who": first.approval.name, "reason": first.reason}
    return [Say("{who} approved it, because: {reason}", gaps), Say("One more person is needed.")]


def diff(step: Step) -> str:
    """The exact values, one a line: where, what goes and what comes."""
    where = f"Entra: {step.name} ({step.guid})" if step.side is Side.ENTRA else step.dn
    lines = [visible(where, 600)]
    for change in step.changes:
        lines.append(change.attribute)
        lines += [f"- {visible(v, 1200)}" for v in change.delete]
        lines += [f"+ {visible(v, 1200)}" for v in change.add]
    return "\n".join(lines)


def _last_moments(case: Case) -> list[dict[str, Any]]:
    """The newest lines of the timeline, so that the card says by itself who decided and how far it is."""
    if case.held:
        return [rich(_id(case, "held"), section(*runs(case.held)))]
    if len(case.timeline) < 2:
        return []
    lines = []
    # what people decided stays, however much happened since
    decided = [moment for moment in case.timeline[:-NEWEST] if moment.who][-NEWEST // 2 :]
    for moment in (*decided, *case.timeline[-NEWEST:]):
        who = f"{visible(moment.who, 80)}: " if moment.who else ""
        start = {"type": "text", "text": f"{moment.at:%H:%M:%S} UTC  {who}"}
        lines.append(section(start, *runs(moment.say)))
    return [
        rich(
            _id(case, "line"),
            heading(t("So far")),
            {"type": "rich_text_list", "style": "bullet", "elements": lines},
        )
    ]


def _last_words(case: Case) -> dict[str, Any]:
    say = case.timeline[-1].say if case.timeline else Say("Closed.")
    return rich(_id(case, "last"), section(*runs(say)))


def _footer(case: Case, approvers: tuple[str, ...], *, anew: bool) -> dict[str, Any]:
    parts = []
    waits = case.state is State.PENDING and not is_aside(case)
    if waits:
        named = " ".join(f"<@{user}>" for user in approvers[:10]) or t("nobody yet")
        parts.append(t("Approvers: {names}").format(names=named))
    if proposal := shown(case):
        said = t("proposal {id}, revision {number}")
        parts.append(said.format(id=proposal.id, number=case.revision))
    if case.expires_at and waits:
        parts.append(t("expires {when}").format(when=date(case.expires_at)))
    if case.evidence:
        parts.append(t("read {when}").format(when=date(case.evidence.read_at)))
    if case.mode is Mode.OBSERVE:
        parts.append(t("the bot only observes"))
    if anew:
        parts.append(t("posted anew: the message before it is gone"))
    return {
        "type": "context",
        "block_id": _id(case, "foot"),
        "elements": [{"type": "mrkdwn", "text": "  •  ".join(parts) or " ", "verbatim": True}],
    }


def _id(case: Case, part: str) -> str:
    """A block whose content changes needs a new id, or Slack may keep the old picture."""
    return f"{part}:{case.id}:{case.version}"
