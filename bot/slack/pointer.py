"""In: a possible attack whose card may not stand here. Out: what stands here instead: that there is one, and no more.
Promise: pure; no name, value, title, state or person of the case is in it, not even in the fallback text.
"""

from bot.model import Case, Say, State
from bot.slack.cards import EVENT_TYPE, Card
from bot.slack.words import escaped, plain, rich, runs, section

_MOVED = Say("This is handled in a private channel now.")
_WAITS = Say(
    "A security case waits: there is no private channel to show it in. An administrator has to set "
    "DIRSYNC_SLACK__SECURITY_CHANNEL to a private channel, and invite the bot there."
)
_OVER = Say("A security case was announced here. It is over.")


def draw(case: Case, *, moved: bool) -> Card:
    over = case.state in {State.VERIFIED, State.CLOSED}
    say = _MOVED if moved else _OVER if over else _WAITS
    bell = {"type": "emoji", "name": "lock"}
    return Card(
        text=escaped(plain(say)),
        blocks=[
            rich(
                f"point:{case.id}:{case.version}",
                section(bell, {"type": "text", "text": " "}, *runs(say)),
            )
        ],
        metadata={"event_type": EVENT_TYPE, "event_payload": {"case_id": case.id}},
    )
