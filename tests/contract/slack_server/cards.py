"""In: nothing.
Out: blocks and views as an app sends them: the triage card, the digest, one of every kind.
Promise: plain data, accepted by Slack's published limits.
"""

from typing import Any

Json = dict[str, Any]


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


def mrkdwn(text: str) -> Json:
    return {"type": "mrkdwn", "text": text}


def section(text: str) -> Json:
    return {"type": "section", "text": mrkdwn(text)}


def raw(*texts: str) -> list[Json]:
    return [{"type": "raw_text", "text": text} for text in texts]


def styled(text: str, **style: bool) -> Json:
    return {"type": "text", "text": text, "style": style}


def button(action_id: str, label: str, **more: Any) -> Json:
    return {"type": "button", "action_id": action_id, "text": plain(label), **more}


CONFIRM = {
    "title": plain("Apply this fix?"),
    "text": plain("Removes smtp:john@contoso.com. Both objects are read again first."),
    "confirm": plain("Apply"),
    "deny": plain("Cancel"),
}
OPTIONS = [
    {"text": plain("Other fixes…"), "value": "other"},
    {"text": plain("Re-check now"), "value": "recheck"},
]
PERSON_CELL = {
    "type": "rich_text",
    "elements": [
        {
            "type": "rich_text_section",
            "elements": [
                styled("John Doe", bold=True),
                {"type": "text", "text": "\n"},
                styled("john@contoso.com", code=True),
            ],
        }
    ],
}
CARD: list[Json] = [
    {"type": "header", "text": plain(":rotating_light: Duplicate address: john@contoso.com")},
    {
        "type": "context",
        "elements": [
            mrkdwn("*Pending approval*  •  `PropertyConflict`  •  <!date^1795334520^{date}|22 Nov>")
        ],
    },
    section("*What happened*\nEntra left `smtp:john@contoso.com` off *John Doe (svc)*."),
    {
        "type": "table",
        "column_settings": [{"is_wrapped": True}, {"align": "right"}],
        "rows": [raw("Object", "Holds"), [PERSON_CELL, *raw("SMTP: primary")]],
    },
    section(":large_green_circle: *Safe*\n```proxyAddresses\n- smtp:john@contoso.com```"),
    {
        "type": "actions",
        "block_id": "act",
        "elements": [
            button("approve", "Approve fix", style="primary", value="p=1;v=1", confirm=CONFIRM),
            button("details", "Details", value="p=1;v=1"),
            {"type": "overflow", "action_id": "more", "options": OPTIONS},
        ],
    },
    {"type": "context", "elements": [mrkdwn("Approvers: <!subteam^S0APPROVERS>")]},
]
LISTS = [
    {
        "type": "rich_text_list",
        "style": style,
        "elements": [
            {"type": "rich_text_section", "elements": [styled("one", italic=True)]},
            {
                "type": "rich_text_section",
                "elements": [{"type": "link", "url": "https://example.com", "text": "two"}],
            },
        ],
    }
    for style in ("bullet", "ordered")
]
EVERY_KIND: list[Json] = [
    {"type": "header", "text": plain("Every kind of block")},
    {
        "type": "section",
        "text": mrkdwn(
            "*bold* _italic_ ~gone~ `code` <@U0INGRID01> <#C0IDENTITY> :warning:\n> said"
        ),
        "fields": [mrkdwn("*One*\n1"), plain("Two")],
        "accessory": button("in_section", "Press"),
    },
    {"type": "divider"},
    {"type": "image", "image_url": "https://example.com/a.png", "alt_text": "A chart"},
    {"type": "context", "elements": [mrkdwn("small"), plain("print")]},
    {
        "type": "actions",
        "elements": [
            button("risky", "Delete", style="danger"),
            {
                "type": "static_select",
                "action_id": "pick",
                "placeholder": plain("Pick"),
                "options": OPTIONS,
            },
            {"type": "checkboxes", "action_id": "ticks", "options": OPTIONS},
            {"type": "radio_buttons", "action_id": "radio", "options": OPTIONS},
            {"type": "datepicker", "action_id": "day", "initial_date": "2026-11-22"},
            {"type": "users_select", "action_id": "user"},
        ],
    },
    {
        "type": "context_actions",
        "elements": [
            {
                "type": "feedback_buttons",
                "action_id": "helpful",
                "positive_button": {"text": plain("Helpful"), "value": "yes"},
                "negative_button": {"text": plain("Not helpful"), "value": "no"},
            }
        ],
    },
    {
        "type": "input",
        "label": plain("Why"),
        "element": {"type": "plain_text_input", "action_id": "why"},
    },
    {
        "type": "markdown",
        "text": "## Title\n\n**strong** and `code`\n\n- a\n- b\n\n| a | b |\n|--|--|\n| 1 | 2 |",
    },
    {
        "type": "rich_text",
        "elements": [
            *LISTS,
            {"type": "rich_text_quote", "elements": [{"type": "text", "text": "said"}]},
            {"type": "rich_text_preformatted", "elements": [{"type": "text", "text": "a = 1"}]},
        ],
    },
    {"type": "table", "rows": [raw("A", "B"), raw("<b>not markup</b>", "*nor this*")]},
    {"type": "alert", "level": "warning", "text": mrkdwn("*Careful*")},
    {"type": "card", "title": plain("A card"), "actions": [button("in_card", "Open")]},
    {
        "type": "container",
        "title": plain("More"),
        "is_collapsible": True,
        "child_blocks": [section("inside")],
    },
]
NOTE_VIEW: Json = {
    "type": "modal",
    "callback_id": "note",
    "private_metadata": "c-1",
    "title": plain("Details"),
    "submit": plain("Save"),
    "blocks": [
        {
            "type": "input",
            "block_id": "note",
            "label": plain("Note"),
            "element": {"type": "plain_text_input", "action_id": "v", "multiline": True},
        }
    ],
}
