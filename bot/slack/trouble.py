"""In: an error of Slack or of the way there. Out: what it means for what was to be sent.
Promise: "nothing was done" is said only where Slack said so; a time to wait is a sane number or none.
"""

from aiohttp import ClientError
from slack_sdk.errors import SlackApiError

from bot.errors import Unreachable

TOO_MANY, BROKEN = 429, 500
MAX_WAIT = 3600.0
AWAY = (ClientError, TimeoutError, OSError)
_UNSURE = {"internal_error", "fatal_error", "service_unavailable", "request_timeout"}
# no message would pass: somebody has to mend the channel or the app, then all goes on
_CHANNEL_SHUT = {
    "not_in_channel", "channel_not_found", "is_archived", "restricted_action", "no_permission",
}  # fmt: skip
_APP_SHUT = {
    "missing_scope", "invalid_auth", "not_authed", "account_inactive", "token_revoked",
    "token_expired", "team_access_not_granted", "ekm_access_denied", "org_login_required",
}  # fmt: skip
# deleted by hand; or it is another app's, which an app is that was installed anew
_GONE = {
    "message_not_found", "thread_not_found", "cannot_reply_to_message",
    "cant_update_message", "edit_window_closed",
}  # fmt: skip


def reason_of(error: SlackApiError) -> str:
    return str(error.response.get("error"))


def is_passing(error: SlackApiError) -> bool:
    """Not now: the same will do later."""
    status: int = error.response.status_code
    return status == TOO_MANY or status >= BROKEN or reason_of(error) in {"ratelimited", *_UNSURE}


def is_in_the_way(error: SlackApiError) -> bool:
    """Nothing else would pass either: what waits, waits on."""
    return is_passing(error) or reason_of(error) in _CHANNEL_SHUT | _APP_SHUT


def is_definite(error: SlackApiError) -> bool:
    """Slack answered, and has done nothing."""
    status: int = error.response.status_code
    return status < BROKEN and reason_of(error) not in _UNSURE


def is_gone(error: SlackApiError, *, elsewhere: bool) -> bool:
    """`elsewhere`: in a channel that was the bot's before; that it is shut is no reason to wait."""
    return reason_of(error) in (_GONE | _CHANNEL_SHUT if elsewhere else _GONE)


def unreachable(error: Exception) -> Unreachable:
    after, todo = None, "Nothing is lost: it is sent when Slack answers again."
    why = type(error).__name__
    if isinstance(error, SlackApiError):
        header = error.response.headers.get("Retry-After") or ""
        sane = header.isascii() and header.isdecimal()
        after = min(float(header), MAX_WAIT) if sane else None
        why = reason_of(error)
        if why in _CHANNEL_SHUT | _APP_SHUT:
            todo = "Mend the app or its channel in Slack; nothing is lost, it is sent then."
    return Unreachable(
        "Slack", f"Slack did not take the message ({why}).", todo=todo, retry_after=after
    )
