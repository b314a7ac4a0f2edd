"""In: a case. Out: the menu of what can be done beside a decision, who set the case aside, the dialogs that ask for it.
Promise: pure; the menu offers what can be done now, a dialog is checked by the rules that the handler goes by.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.model import SHORTEST_REASON, Case, Refusal, Say, State
from bot.slack.limits import within_view
from bot.slack.words import plain_text, rich, runs, section
from bot.triage import aside
from bot.words import t

DAY = timedelta(hours=24)
MONTH = timedelta(days=30)
CAN_RECHECK = {
    State.OPEN,
    State.PENDING,
    State.REJECTED,
    State.EXPIRED,
    State.REFUSED,
    State.FAILED,
    State.PARTIAL,
}
# beside which field of a dialog a refusal stands
FIELDS = {"aside-reason": "reason"}


def menu(case: Case) -> dict[str, Any] | None:
    """What does not need a button of its own; of at most five lines."""
    choices: list[tuple[str, str]] = []
    at_rest = case.state in CAN_RECHECK
    if at_rest and (len(case.proposals) > 1 or (case.diagnosis and case.diagnosis.runbooks)):
        choices.append((t("Other fixes …"), "others"))
    if not aside.is_aside(case) and aside.not_aside(case) is None:
        choices.append((t("Snooze …"), "snooze"))
        if not aside.is_alert(case):
            choices.append((t("Ignore …"), "ignore"))
    if case.state is not State.VERIFIED:
        choices.append((t("Assign to me"), "assign"))
    if at_rest:
        choices.append((t("Re-check now"), "recheck"))
    if not choices:
        return None
    return {
        "type": "overflow",
        "action_id": "more",
        "options": [
            {"text": plain_text(label), "value": f"a={name};c={case.id};v={case.revision}"}
            for label, name in choices
        ],
    }


def told(case: Case, id_: str) -> list[dict[str, Any]]:
    """By whom, until when, why."""
    if ignored := case.ignored:
        gaps = {"who": ignored.by, "when": aside.told(ignored.until), "reason": ignored.reason}
        says = [Say("{who} has it ignored until {when}, because: {reason}", gaps)]
    elif snoozed := case.snoozed:
        says = [
            Say(
                "{who} has snoozed it until {when}.",
                {"who": snoozed.by, "when": aside.told(snoozed.until)},
            )
            if snoozed.until
            else Say("{who} has snoozed it until the evidence changes.", {"who": snoozed.by})
        ]
    else:
        return []
    says.append(Say("It comes back by itself."))
    return [rich(id_, *(section(*runs(say)) for say in says))]


# ---------------------------------------------------------------- dialogs


def snooze(case: Case, *, now: datetime, carries: str) -> dict[str, Any]:
    """An attack is no case to forget: with an end, and a near one."""
    alert = aside.is_alert(case)
    until = {
        "type": "input",
        "block_id": "until",
        "optional": not alert,
        "label": plain_text(t("Until when?")),
        "element": {
            "type": "datetimepicker",
            "action_id": "v",
            "initial_date_time": int((now + DAY).timestamp()) - (60 if alert else 0),
        },
    }
    blocks = [_intro(Say("The card has no buttons until then. It comes back by itself."))]
    if alert:
        blocks.append(
            _intro(Say("This may be an attack: it can be snoozed for 24 hours at most."), "alert")
        )
    else:
        blocks.append(_how())
    return _form("aside_snooze", t("Snooze"), t("Snooze"), [*blocks, until], carries)


def _how() -> dict[str, Any]:
    at, change = (
        {"text": plain_text(t("Until the time below")), "value": "time"},
        {"text": plain_text(t("Until the evidence changes")), "value": "change"},
    )
    return {
        "type": "input",
        "block_id": "how",
        "optional": False,
        "label": plain_text(t("For how long?")),
        "element": {
            "type": "radio_buttons",
            "action_id": "v",
            "initial_option": at,
            "options": [at, change],
        },
    }


def ignore(*, now: datetime, carries: str) -> dict[str, Any]:
    gaps = {"count": str(aside.LONGEST.days)}
    blocks = [
        _intro(
            Say(
                "Nothing is done about it until then, for at most {count} days. It comes back by itself, and at once "
                "if it may be an attack.",
                gaps,
            )
        ),
        {
            "type": "input",
            "block_id": "reason",
            "optional": False,
            "label": plain_text(t("Why is nothing to be done?")),
            "element": {
                "type": "plain_text_input",
                "action_id": "v",
                "multiline": True,
                "min_length": SHORTEST_REASON,
                "max_length": aside.LONGEST_REASON,
            },
        },
        {
            "type": "input",
            "block_id": "until",
            "optional": False,
            "label": plain_text(t("Until when?")),
            "element": {
                "type": "datetimepicker",
                "action_id": "v",
                "initial_date_time": int((now + MONTH).timestamp()),
            },
        },
    ]
    return _form("aside_ignore", t("Ignore"), t("Ignore"), blocks, carries)


@dataclass(frozen=True, slots=True)
class Wish:
    """What was filled in. `until_changed`: no time, but the next change of the evidence."""

    until: datetime | None
    until_changed: bool
    reason: str


def wished(view: dict[str, Any]) -> Wish:
    """Strange input is no input."""
    values = view.get("state", {}).get("values", {})
    how = (_field(values, "how").get("selected_option") or {}).get("value")
    reason = str(_field(values, "reason").get("value") or "").strip()
    if how == "change":
        return Wish(None, until_changed=True, reason=reason)
    stamp = _field(values, "until").get("selected_date_time")
    try:
        until = datetime.fromtimestamp(stamp, tz=UTC) if isinstance(stamp, int) else None
    except (ValueError, OverflowError, OSError):
        until = None
    return Wish(until, until_changed=False, reason=reason)


def beside_field(refusal: Refusal) -> str:
    return FIELDS.get(refusal.code, "until")


def _field(values: dict[str, Any], name: str) -> dict[str, Any]:
    found = (values.get(name) or {}).get("v")
    return found if isinstance(found, dict) else {}


def _intro(say: Say, id_: str = "intro") -> dict[str, Any]:
    return rich(id_, section(*runs(say)))


def _form(
    callback: str, title: str, submit: str, blocks: list[dict[str, Any]], carries: str
) -> dict[str, Any]:
    view = {
        "type": "modal",
        "callback_id": callback,
        "private_metadata": carries,
        "title": plain_text(title),
        "submit": plain_text(submit),
        "close": plain_text(t("Cancel")),
        "blocks": blocks,
    }
    return within_view(view)
