"""In: a case. Out: the Details modal: raw errors, every attribute that was read, the timeline; and the dialog that
asks an approver why a change is right.
Promise: pure; at most 100 blocks; what was cut is said; the dialog carries what its button carried, no instruction.
"""

from typing import Any

from bot.model import SHORTEST_ALONE, SHORTEST_REASON, Agreement, Case, Holder, Proposal, Say, mark
from bot.slack import byhand
from bot.slack.cards import diff
from bot.slack.limits import within_view
from bot.slack.words import (
    bullets,
    heading,
    places,
    plain_text,
    preformatted,
    rich,
    runs,
    section,
    visible,
)
from bot.words import t

# Slack takes 250,000 bytes a view; these hold whatever the directories do
MAX_HOLDERS = 8
MAX_SIDE = 1500
MAX_MOMENTS = 20
MAX_STEPS = 5
MAX_REASON = 500  # short enough for a card
FULL_READERS = mark("Details show DN and raw errors; they are for full readers.")
_OBJECTS = mark("… and {count} more objects.")
_ERRORS = mark("… and {count} more errors.")


def loading(title: str = "") -> dict[str, Any]:
    """Opened at once, for a trigger lives three seconds; filled when the case has been read."""
    waiting = {"type": "text", "text": t("Reading the case …")}
    return _modal([rich("loading", section(waiting))], title)


def message(text: str, title: str = "") -> dict[str, Any]:
    return _modal([rich("message", section({"type": "text", "text": visible(text, 2900)}))], title)


def reason(
    proposal: Proposal,
    *,
    action: str,
    first: Agreement | None,
    carries: str,
    may_break_glass: bool = False,
) -> dict[str, Any]:
    """Asked of both approvers of a JUDGE. The second one reads the reason of the first, and may add to it.
    `may_break_glass`: whoever is alone may say so, in the same dialog.

    `carries` comes back with the submission: what the button said was seen, and where the answer goes.
    """
    undoing = action == "undo"
    blocks = [
        rich(
            "change",
            heading(t("Exactly this is written")),
            section(*runs(proposal.title)),
            *(preformatted(diff(step)) for step in proposal.steps[:MAX_STEPS]),
            *_more(len(proposal.steps) - MAX_STEPS, _OBJECTS),
            section(*runs(proposal.untouched)),
        )
    ]
    if proposal.consequences:
        noticed = (heading(t("What people will notice")), bullets(proposal.consequences))
        blocks.append(rich("notice", *noticed))
    if first:
        gaps = {"who": first.approval.name, "reason": first.reason}
        say = Say("{who} approved it, because: {reason}", gaps)
        blocks.append(rich("first", heading(t("The first of two")), section(*runs(say))))
    label = t("Is there anything to add?") if first else t("Why is this right?")
    element = {"type": "plain_text_input", "action_id": "v", "multiline": True}
    least = {} if first else {"min_length": SHORTEST_REASON}
    blocks.append(
        {
            "type": "input",
            "block_id": "reason",
            "optional": first is not None,
            "label": plain_text(label),
            "element": {**element, **least, "max_length": MAX_REASON},
        }
    )
    if may_break_glass:
        blocks.append(_glass())
    view = {
        "type": "modal",
        "callback_id": f"reason_{action}",
        "private_metadata": carries,
        "title": plain_text(t("Put it back") if undoing else t("Approve this change")),
        "submit": plain_text(t("Put it back") if undoing else t("Approve")),
        "close": plain_text(t("Cancel")),
        "blocks": blocks,
    }
    return within_view(view)


def _glass() -> dict[str, Any]:
    gaps = {"count": SHORTEST_ALONE}
    box = {
        "text": plain_text(t("Break glass: I approve this alone")),
        "description": plain_text(t("Nobody else will look at it before it is written.")),
        "value": "alone",
    }
    hint = t(
        "Only in an emergency. Everybody is told. Say above in at least {count} characters why it cannot wait."
    )
    return {
        "type": "input",
        "block_id": "glass",
        "optional": True,
        "label": plain_text(t("Nobody else is there?")),
        "hint": plain_text(hint.format(**gaps)),
        "element": {"type": "checkboxes", "action_id": "v", "options": [box]},
    }


def breaks_glass(view: dict[str, Any]) -> bool:
    """Was the box ticked?"""
    values = view.get("state", {}).get("values", {})
    ticked = ((values.get("glass") or {}).get("v") or {}).get("selected_options") or ()
    return any(option.get("value") == "alone" for option in ticked)


def too_short(given: str, *, first: bool, alone: bool = False) -> str | None:
    """What stands beside the field when the reason is none; the first of two has to give one, and who is alone
    a long one.
    """
    if alone and len(given.strip()) < SHORTEST_ALONE:
        text = t(
            "Alone it takes at least {count} characters: nobody else reads your reason before it is written."
        )
        return text.format(count=SHORTEST_ALONE)
    if first and len(given.strip()) < SHORTEST_REASON:
        text = t("Write at least {count} characters: the second person decides on your reason.")
        return text.format(count=SHORTEST_REASON)
    return None


def details(case: Case, *, page: int = 0) -> dict[str, Any]:
    """`page` 0 is the newest part of the timeline."""
    blocks: list[dict[str, Any]] = [
        rich(
            "errors",
            heading(t("The error as Entra gave it")),
            *(preformatted(visible(e.raw or repr(e), 1500)) for e in case.errors[:5]),
            *_more(len(case.errors) - 5, _ERRORS),
        )
    ]
    holders = case.evidence.holders if case.evidence else ()
    blocks += [rich(f"h{n}", *_holder(h)) for n, h in enumerate(holders[:MAX_HOLDERS])]
    if more := _more(len(holders) - MAX_HOLDERS, _OBJECTS):
        blocks.append(rich("more", *more))
    for n, proposal in enumerate(case.proposals[:2]):
        blocks.append(
            rich(
                f"p{n}",
                heading(
                    t("Proposal {id}, plan {hash}…").format(
                        id=proposal.id, hash=proposal.plan_hash[:16]
                    )
                ),
                section(*runs(proposal.title)),
                *(preformatted(diff(step)) for step in proposal.steps),
            )
        )
    if case.diagnosis:
        blocks += byhand.in_full(case.diagnosis.runbooks, "r")
    blocks += _timeline(case, page)
    if case.evidence and case.evidence.searched:
        text = t("Looked in {searched}.").format(searched=places(case.evidence.searched))
        blocks.append(rich("searched", section({"type": "text", "text": visible(text, 1500)})))
    return _modal(blocks)


def _more(count: int, said: str) -> list[dict[str, Any]]:
    return [section({"type": "text", "text": t(said).format(count=count)})] if count > 0 else []


def _holder(holder: Holder) -> list[dict[str, Any]]:
    lines = [heading(visible(holder.name, 150) or t("no name"))]
    if ad := holder.ad:
        rows = [
            ("DN", ad.dn),
            ("objectGUID", ad.guid),
            ("userPrincipalName", ad.user_principal_name),
            ("mail", ad.mail),
            ("mailNickname", ad.mail_nickname),
            ("targetAddress", ad.target_address),
            (t("changed"), f"{ad.changed_at:%Y-%m-%d %H:%M} UTC" if ad.changed_at else None),
            *(("proxyAddresses", v) for v in ad.proxy_addresses),
        ]
        lines.append(preformatted(f"AD {visible(ad.forest)}\n" + _rows(rows)))
    if cloud := holder.cloud:
        rows = [
            ("id", cloud.id),
            ("userPrincipalName", cloud.user_principal_name),
            ("mail", cloud.mail),
            ("onPremisesSyncEnabled", str(cloud.synced)),
            ("onPremisesImmutableId", cloud.anchor),
            *(("proxyAddresses", v) for v in cloud.proxy_addresses),
        ]
        lines.append(preformatted("Entra\n" + _rows(rows)))
    return lines


def _rows(rows: list[tuple[str, str | None]]) -> str:
    lines = [f"{name}: {visible(value)}" for name, value in rows if value]
    shown, length = 0, 0
    while shown < len(lines) and length + len(lines[shown]) < MAX_SIDE:
        length += len(lines[shown]) + 1
        shown += 1
    left = len(lines) - shown
    return "\n".join(
        [*lines[:shown], *([t("… and {count} more values").format(count=left)] if left else [])]
    )


def _timeline(case: Case, page: int) -> list[dict[str, Any]]:
    pages = max(1, -(-len(case.timeline) // MAX_MOMENTS))
    page = min(page, pages - 1)
    end = len(case.timeline) - page * MAX_MOMENTS
    lines = []
    for moment in case.timeline[max(0, end - MAX_MOMENTS) : end]:
        who = f"{visible(moment.who, 80)}: " if moment.who else ""
        start = {"type": "text", "text": f"{moment.at:%Y-%m-%d %H:%M:%S}  {who}"}
        lines.append(section(start, *runs(moment.say)))
    told: dict[str, Any] = (
        {"type": "rich_text_list", "style": "bullet", "elements": lines}
        if lines
        else section({"type": "text", "text": t("Nothing yet.")})
    )
    blocks = [rich("timeline", heading(t("Timeline (UTC)")), told)]
    turns = []
    if page + 1 < pages:
        turns.append(_turn(t("Older"), "details_older", case, page + 1))
    if page > 0:
        turns.append(_turn(t("Newer"), "details_newer", case, page - 1))
    if turns:
        # a block whose content changes needs a new id
        blocks.append({"type": "actions", "block_id": f"turn{page}", "elements": turns})
    return blocks


def _turn(label: str, action: str, case: Case, page: int) -> dict[str, Any]:
    return {
        "type": "button",
        "action_id": action,
        "text": plain_text(label),
        "value": f"c={case.id};page={page}",
    }


def _modal(blocks: list[dict[str, Any]], title: str = "") -> dict[str, Any]:
    view = {
        "type": "modal",
        "callback_id": "case_details",
        "title": plain_text(title or t("Details")),
        "close": plain_text(t("Close")),
        "blocks": blocks,
    }
    return within_view(view)
