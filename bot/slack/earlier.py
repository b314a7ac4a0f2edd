"""In: a case that has gone on after a change of ours. Out: those changes on its card, each with its own Undo button.
Promise: pure; the newest first; in plain text, where nothing from a directory is markup; what has no room is counted.
"""

from typing import Any

from bot.model import Case, Mode, Proposal, mark
from bot.slack.buttons import offered, undo_button
from bot.slack.words import heading, plain, plain_text, rich, section, visible
from bot.triage.past import written
from bot.words import t

MAX_EARLIER = 3  # with those put back, the next ones come up
MAX_TITLE = 250
_MORE = mark("… and {count} more; they come up as these are put back.")


def earlier(case: Case, id_: str) -> list[dict[str, Any]]:
    _, undos = offered(case)
    if not undos:
        return []
    blocks = [rich(id_, heading(t("Written earlier, and still there")))]
    blocks += [_change(case, undo, f"{id_}:{n}") for n, undo in enumerate(undos[:MAX_EARLIER])]
    if (left := len(undos) - MAX_EARLIER) > 0:
        text = t(_MORE).format(count=left)
        blocks.append(rich(f"{id_}:more", section({"type": "text", "text": text})))
    return blocks


def _change(case: Case, undo: Proposal, id_: str) -> dict[str, Any]:
    done = written(case, undo.undo_of or "")
    when = f"{done.at:%Y-%m-%d %H:%M} UTC  " if done else ""
    what = visible(plain(done.proposal.title if done else undo.title), MAX_TITLE)
    block: dict[str, Any] = {
        "type": "section",
        "block_id": id_,
        "text": plain_text(f"{when}{what}"),
    }
    # in another mode the bot does not write; the change stands here for whoever puts it back by hand
    return block | ({"accessory": undo_button(case, undo)} if case.mode is Mode.APPLY else {})
