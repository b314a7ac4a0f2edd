"""In: what one person's home tab shows, or why it shows nothing. Out: the view, with the switch for pause and resume.
A button carries which pause was seen; what it would do is worked out again when it is pressed.
Promise: pure; within 100 blocks whatever there is; a stranger sees the refusal and nothing else.
"""

from typing import Any

from bot.answers import CaseLine, Home
from bot.model import Refusal, Say
from bot.slack.limits import within_view
from bot.slack.words import bullets, heading, paragraph, plain_text, rich, runs, section, visible
from bot.triage import telling
from bot.words import t

Blocks = list[dict[str, Any]]


def draw_home(shown: Home | Refusal, *, notice: Say | None) -> dict[str, Any]:
    told = [rich("notice", section(*runs(notice)))] if notice else []
    if isinstance(shown, Refusal):
        return _view([*told, rich("refusal", section(*runs(shown.say)))])
    status = telling.status(shown.status)
    above = [
        *told,
        *_list("for_me", t("Waits for your approval"), shown.for_me, shown),
        *_list(
            "first_of_two",
            t("You approved it first; it waits for a second person"),
            shown.first_of_two,
            shown,
        ),
        *_list("owned", t("You take care of it"), shown.owned, shown),
        *_list("approved", t("You approved it lately"), shown.approved, shown),
    ]
    return _view(
        [
            *above,
            *([{"type": "divider", "block_id": "line"}] if above else []),
            rich("status", heading(t("How the bot stands")), bullets(status.lines)),
            *_switch(shown),
        ]
    )


def told(text: str) -> dict[str, Any]:
    return _view([rich("notice", section({"type": "text", "text": visible(text, 2900)}))])


def _view(blocks: Blocks) -> dict[str, Any]:
    return within_view({"type": "home", "blocks": blocks})


def _list(name: str, title: str, lines: tuple[CaseLine, ...], shown: Home) -> Blocks:
    """The own queue is told even when it is empty: that is good news."""
    if not lines:
        if name != "for_me" or not shown.approver:
            return []
        return [rich(name, heading(title), paragraph([Say("Nothing waits for you.")]))]
    says = [telling.case_line(line) for line in lines]
    if (left := shown.counts.get(name, 0) - len(lines)) > 0:
        gaps = {"count": str(left), "command": "/dirsync list"}
        says.append(Say("… and {count} more: {command} shows them.", gaps))
    return [rich(name, heading(title), bullets(says))]


def _switch(shown: Home) -> Blocks:
    paused = shown.status.paused
    if paused is None:
        button = _button(
            t("Pause all writing"),
            "home_pause",
            "-",
            title=t("Pause all writing?"),
            text=t("Nothing is written until two approvers resume. Everybody is told."),
            style="danger",
        )
    elif shown.approver:
        button = _button(
            t("Resume writing"),
            "home_resume",
            paused.id,
            title=t("Resume writing?"),
            text=t("It takes two approvers. Everybody is told."),
            style="primary",
        )
    else:
        return []
    return [{"type": "actions", "block_id": "switch", "elements": [button]}]


def _button(
    label: str, action: str, value: str, *, title: str, text: str, style: str
) -> dict[str, Any]:
    confirm = {
        "title": plain_text(title),
        "text": plain_text(text),
        "confirm": plain_text(label[:30]),
        "deny": plain_text(t("Cancel")),
    }
    return {
        "type": "button",
        "action_id": action,
        "text": plain_text(label),
        "value": visible(value, 200),
        "style": style,
        "confirm": confirm,
    }
