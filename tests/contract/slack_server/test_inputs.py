"""In: a dialog, a home tab or a message with every kind of input, filled in by a person.
Out: what the app is told with a click and with a submission, and what is not let pass.
Promise: the app hears of all that stood in the fields when a button was pressed, as at Slack.
"""

from typing import Any

import pytest
from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.lab.slack import LabSlack
from bot.lab.slack.inputs import filled_in
from bot.lab.slack.people import INGRID, OPS
from tests.contract.slack_server.cards import OPTIONS, Json, button, plain
from tests.contract.slack_server.conftest import until


def asked(name: str, kind: str, **more: Any) -> Json:
    element = {"type": kind, "action_id": "v", **more}
    return {"type": "input", "block_id": name, "label": plain(name), "element": element}


BLOCKS = [
    asked("ticks", "checkboxes", options=OPTIONS, initial_options=OPTIONS[:1]),
    asked("many", "multi_static_select", options=OPTIONS),
    asked("day", "datepicker", initial_date="2026-11-22"),
    {"type": "actions", "block_id": "turn", "elements": [button("next", "Next")]},
]


@pytest.mark.usefixtures("connected")
async def test_a_button_in_a_dialog_brings_what_was_ticked(
    app: AsyncApp, client: AsyncWebClient, lab: LabSlack
) -> None:
    heard: list[Json] = []

    @app.action("next")
    async def turned(ack: AsyncAck, body: Json) -> None:
        await ack()
        heard.append(body["view"]["state"]["values"])

    trigger = lab.workspace.new_trigger(INGRID.id)
    view = {"type": "modal", "title": plain("Storm"), "submit": plain("On"), "blocks": BLOCKS}
    opened = await client.views_open(trigger_id=trigger, view=view)
    await lab.interactions.click_view(
        INGRID.id,
        view_id=opened["view"]["id"],
        block_id="turn",
        action_id="next",
        given={"ticks": {"v": []}, "many": ["other", "recheck", "never offered"]},
    )
    await until(lambda: heard)

    assert heard[0]["ticks"]["v"]["selected_options"] == []
    assert [o["value"] for o in heard[0]["many"]["v"]["selected_options"]] == ["other", "recheck"]
    assert heard[0]["day"]["v"]["selected_date"] == "2026-11-22"


@pytest.mark.usefixtures("connected")
async def test_a_button_on_a_message_brings_what_stands_beside_it(
    app: AsyncApp, client: AsyncWebClient, lab: LabSlack
) -> None:
    heard: list[Json] = []

    @app.action("next")
    async def turned(ack: AsyncAck, body: Json) -> None:
        await ack()
        heard.append(body["state"]["values"])

    posted = await client.chat_postMessage(channel=OPS.id, text="x", blocks=BLOCKS)
    await lab.interactions.click(
        INGRID.id,
        channel_id=OPS.id,
        ts=posted["ts"],
        block_id="turn",
        action_id="next",
        given={"day": "2026-12-01"},
    )
    await until(lambda: heard)

    assert heard[0]["day"]["v"]["selected_date"] == "2026-12-01"
    assert heard[0]["ticks"]["v"]["selected_options"] == OPTIONS[:1]


@pytest.mark.parametrize(
    ("block", "given", "words"),
    [
        (asked("f", "plain_text_input"), "", "Please complete this required field."),
        (asked("f", "plain_text_input", min_length=5), "abc", "Write at least 5 characters."),
        (asked("f", "plain_text_input", max_length=2), "abc", "Write at most 2 characters."),
        (asked("f", "email_text_input"), "john", "Enter a valid e-mail address."),
        (asked("f", "email_text_input"), "john@contoso.com", ""),
        (asked("f", "url_text_input"), "contoso", "Enter a valid URL."),
        (asked("f", "number_input", is_decimal_allowed=False), "1.5", "Enter a whole number."),
        (asked("f", "number_input", is_decimal_allowed=True), "1.5", ""),
        (asked("f", "number_input", is_decimal_allowed=True), "1e5", "Enter a number."),
        (
            asked("f", "number_input", is_decimal_allowed=False, max_value="9"),
            "12",
            "Enter 9 or less.",
        ),
        (asked("f", "checkboxes", options=OPTIONS), [], "Please complete this required field."),
        (asked("f", "radio_buttons", options=OPTIONS), "recheck", ""),
        (
            asked("f", "radio_buttons", options=OPTIONS),
            "made up",
            "Please complete this required field.",
        ),
        (asked("f", "datetimepicker"), 1795334520, ""),
    ],
)
def test_what_is_let_pass(block: Json, given: Any, words: str) -> None:
    _values, wrong = filled_in([block], {}, {"f": given})

    assert wrong == ({"f": words} if words else {})
