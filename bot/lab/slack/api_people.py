"""In: auth.test, users.*, usergroups.* and conversations.* calls.
Out: the answer's own fields, paged where Slack pages.
Promise: the app sees what a bot with its rights would see, and no private channel it is not in.
"""

from bot.lab.slack.call import SCOPE_OF, Call
from bot.lab.slack.problems import SlackProblem
from bot.lab.slack.records import Channel, Json, Message, User


def auth_test(call: Call) -> Json:
    ws = call.workspace
    return {
        "url": f"https://{ws.team_domain}.slack.com/",
        "team": ws.team_domain.capitalize(),
        "user": ws.bot.name,
        "team_id": ws.team_id,
        "user_id": ws.bot.id,
        "bot_id": ws.bot_id,
        "is_enterprise_install": False,
    }


def _sees_email(call: Call) -> bool:
    return call.token is not None and "users:read.email" in call.token.scopes


def users_info(call: Call) -> Json:
    user = call.workspace.users.get(call.needed("user"))
    if user is None:
        raise SlackProblem("user_not_found")
    return {"user": user.wire(with_email=_sees_email(call))}


def users_list(call: Call) -> Json:
    users, paging = call.page(list(call.workspace.users.values()))
    return {"members": [u.wire(with_email=_sees_email(call)) for u in users], **paging}


def lookup_by_email(call: Call) -> Json:
    wanted = call.needed("email").casefold()
    found: User | None = next(
        (
            u
            for u in call.workspace.users.values()
            if u.email.casefold() == wanted and not u.deleted and not u.is_stranger
        ),
        None,
    )
    if found is None:
        raise SlackProblem("users_not_found")
    return {"user": found.wire(with_email=True)}


def user_groups(call: Call) -> Json:
    return {
        "usergroups": [
            {
                "id": group_id,
                "team_id": call.workspace.team_id,
                "name": handle,
                "handle": handle,
                "user_count": len(members),
                "date_delete": 0,
            }
            for group_id, (handle, members) in call.workspace.user_groups.items()
        ]
    }


def group_members(call: Call) -> Json:
    group = call.workspace.user_groups.get(call.needed("usergroup"))
    if group is None:
        raise SlackProblem("no_such_subteam")
    return {"users": list(group[1])}


def _drawn(call: Call, channel: Channel) -> Json:
    return channel.wire(for_user=call.workspace.bot.id)


def conversation_info(call: Call) -> Json:
    return {"channel": _drawn(call, call.readable("read"))}


def conversation_list(call: Call) -> Json:
    wanted = (call.text("types") or "public_channel").replace(" ", "").split(",")
    if not set(wanted) <= set(SCOPE_OF):
        raise SlackProblem("invalid_types")
    for kind in wanted:
        call.may("read", kind)
    bot = call.workspace.bot.id
    seen = [
        c
        for c in call.workspace.channels.values()
        if c.kind in wanted
        and (bot in c.members or not (c.is_private or c.is_im))
        and not (c.is_archived and call.flag("exclude_archived"))
    ]
    channels, paging = call.page(seen)
    return {"channels": [_drawn(call, c) for c in channels], **paging}


def conversation_members(call: Call) -> Json:
    members, paging = call.page(sorted(call.readable("read").members))
    return {"members": members, **paging}


def conversation_open(call: Call) -> Json:
    if call.args.get("channel"):
        return {"channel": _drawn(call, call.channel())}
    users = call.needed("users").split(",")
    if len(users) != 1:
        raise SlackProblem("method_not_supported_for_channel_type")
    known = len(call.workspace.channels)
    channel = call.workspace.direct_channel(users[0])
    return {
        "channel": _drawn(call, channel),
        "already_open": len(call.workspace.channels) == known,
    }


def conversation_join(call: Call) -> Json:
    channel = call.channel()
    if channel.is_private or channel.is_im:
        raise SlackProblem("method_not_supported_for_channel_type")
    channel.members.add(call.workspace.bot.id)
    call.workspace.tell({"kind": "channels"}, channel=channel.id)
    return {"channel": _drawn(call, channel)}


def _within(call: Call, message: Message) -> bool:
    oldest, latest = call.text("oldest") or "0", call.text("latest") or "9999999999"
    at = float(message.ts)
    if call.flag("inclusive"):
        return float(oldest) <= at <= float(latest)
    return float(oldest) < at < float(latest)


def _said(call: Call, message: Message) -> Json:
    shape = message.wire(with_metadata=call.flag("include_all_metadata"))
    if replies := call.workspace.replies(message.channel, message.ts):
        shape |= {
            "thread_ts": message.ts,
            "reply_count": len(replies),
            "reply_users": sorted({r.user for r in replies}),
            "latest_reply": replies[-1].ts,
        }
    return shape


def history(call: Call) -> Json:
    channel = call.readable("history", member=True)
    try:
        found = [
            m
            for m in reversed(call.workspace.messages.get(channel.id, []))
            if m.only_for is None
            and (m.thread_ts in (None, m.ts) or m.reply_broadcast)
            and _within(call, m)
        ]
    except ValueError:
        raise SlackProblem("invalid_ts_oldest") from None
    messages, paging = call.page(found)
    more = bool(paging["response_metadata"]["next_cursor"])
    return {"messages": [_said(call, m) for m in messages], "has_more": more, **paging}


def replies(call: Call) -> Json:
    channel = call.readable("history", member=True)
    parent = call.workspace.message(channel.id, call.needed("ts"))
    if parent is None or parent.only_for is not None:
        raise SlackProblem("thread_not_found")
    try:
        found = [m for m in call.workspace.replies(channel.id, parent.ts) if _within(call, m)]
    except ValueError:
        raise SlackProblem("invalid_ts_oldest") from None
    messages, paging = call.page([parent, *found])  # the first message is always there
    more = bool(paging["response_metadata"]["next_cursor"])
    return {"messages": [_said(call, m) for m in messages], "has_more": more, **paging}
