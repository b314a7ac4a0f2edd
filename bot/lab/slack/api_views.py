"""In: views.* calls, and the views an app answers a submission with.
Out: the view as stored; the stack of open modals of one person changed.
Promise: a trigger opens one view within three seconds, and a stack is never deeper than three.
"""

from typing import Any

from bot.lab.slack.api_chat import with_ids
from bot.lab.slack.blocks import check_view, view_too_large
from bot.lab.slack.call import Call
from bot.lab.slack.problems import SlackProblem, with_findings
from bot.lab.slack.records import Json, Trigger, View
from bot.lab.slack.workspace import Workspace

TRIGGER_SECONDS = 3.0
MAX_STACK = 3


def checked(view: Any, kind: str) -> Json:
    if view_too_large(view):
        raise SlackProblem("view_too_large")
    if found := check_view(view):
        raise with_findings("invalid_arguments", found)
    if view["type"] != kind:
        raise SlackProblem("invalid_arguments")
    return {**view, "blocks": with_ids(view["blocks"])}


def use_trigger(ws: Workspace, trigger_id: str) -> Trigger:
    trigger = ws.triggers.get(trigger_id)
    if trigger is None:
        raise SlackProblem("invalid_trigger_id")
    if ws.now() - trigger.issued > TRIGGER_SECONDS:
        raise SlackProblem("expired_trigger_id")
    if trigger.used:
        raise SlackProblem("exchanged_trigger_id")
    trigger.used = True
    return trigger


def no_twin(ws: Workspace, body: Json, but: str = "") -> None:
    external = body.get("external_id")
    taken = {v.body.get("external_id") for v in ws.views.values() if v.id != but}
    if external and external in taken:
        raise SlackProblem("duplicate_external_id")


def put_on_top(ws: Workspace, user: str, body: Json) -> View:
    stack = ws.stacks.setdefault(user, [])
    if len(stack) >= MAX_STACK:
        raise SlackProblem("push_limit_reached")
    view_id = ws.new_id("V")
    view = View(
        id=view_id,
        user=user,
        body=body,
        hash=ws.new_ts(),
        root_view_id=stack[0] if stack else view_id,
        previous_view_id=stack[-1] if stack else None,
    )
    ws.views[view_id] = view
    stack.append(view_id)
    return view


def close_all(ws: Workspace, user: str) -> None:
    for view_id in ws.stacks.pop(user, []):
        del ws.views[view_id]


def close_top(ws: Workspace, user: str) -> None:
    stack = ws.stacks.get(user, [])
    if stack:
        del ws.views[stack.pop()]
    while stack and ws.views[stack[-1]].body.get("clear_on_close"):
        del ws.views[stack.pop()]


def replace(ws: Workspace, view: View, body: Json) -> None:
    """New content under the same id; what was typed stays where its input is still there."""
    view.body = body
    view.hash = ws.new_ts()
    kept = {block["block_id"] for block in body["blocks"]}
    view.values = {key: value for key, value in view.values.items() if key in kept}


def open_(call: Call) -> Json:
    ws = call.workspace
    body = checked(call.json("view", "invalid_arguments"), "modal")
    no_twin(ws, body)
    trigger = use_trigger(ws, call.needed("trigger_id"))
    close_all(ws, trigger.user)
    view = put_on_top(ws, trigger.user, body)
    ws.tell_views(trigger.user)
    return {"view": ws.view_json(view)}


def push(call: Call) -> Json:
    ws = call.workspace
    body = checked(call.json("view", "invalid_arguments"), "modal")
    no_twin(ws, body)
    trigger = use_trigger(ws, call.needed("trigger_id"))
    if trigger.view_id not in ws.stacks.get(trigger.user, []):
        raise SlackProblem("not_found")
    view = put_on_top(ws, trigger.user, body)
    ws.tell_views(trigger.user)
    return {"view": ws.view_json(view)}


def _wanted(call: Call) -> View:
    ws = call.workspace
    if view_id := call.text("view_id"):
        found = ws.views.get(view_id)
    else:
        external = call.needed("external_id")
        found = next((v for v in ws.views.values() if v.body.get("external_id") == external), None)
    if found is None:
        raise SlackProblem("not_found")
    return found


def update(call: Call) -> Json:
    ws = call.workspace
    view = _wanted(call)
    body = checked(call.json("view", "invalid_arguments"), str(view.body["type"]))
    no_twin(ws, body, but=view.id)
    if (given := call.text("hash")) and given != view.hash:
        raise SlackProblem("hash_conflict")
    replace(ws, view, body)
    if view.body["type"] == "home":
        ws.tell_home(view.user)
    else:
        ws.tell_views(view.user)
    return {"view": ws.view_json(view)}


def publish(call: Call) -> Json:
    ws = call.workspace
    user = call.needed("user_id")
    if user not in ws.users:
        raise SlackProblem("user_not_found")
    body = checked(call.json("view", "invalid_arguments"), "home")
    known = ws.views.get(ws.homes.get(user, ""))
    given = call.text("hash")
    if given and (known is None or given != known.hash):
        raise SlackProblem("hash_conflict")
    if known is not None:
        replace(ws, known, body)
    else:
        view_id = ws.new_id("V")
        known = View(
            id=view_id,
            user=user,
            body=body,
            hash=ws.new_ts(),
            root_view_id=view_id,
            previous_view_id=None,
        )
        ws.views[view_id] = known
        ws.homes[user] = view_id
    ws.tell_home(user)
    return {"view": ws.view_json(known)}
