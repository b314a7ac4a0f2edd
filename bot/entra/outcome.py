"""In: what Graph said to the one PATCH, and the user as a read shows it. Out: the result and its sentence for the receipt.
A refusal means that nothing was written; no answer, or one that nobody can be sure of, is UNKNOWN until a read decides.
Promise: each result says what is true in Entra now, as far as anybody knows, and what to do. Pure.
"""

from bot.entra.pen import Said
from bot.model import CloudObject, Say, WriteResult

GONE = Say("The user is gone from Entra. Nothing was written.")
CHANGED = Say("The object has changed since this was approved. Nothing was written.")
ALREADY = Say("It already is as it should be. Nothing was written.")

MAY_LAG = Say(
    "Entra still shows the old sign-in name, which it may do for some minutes after a change. The bot looks again."
)

Outcome = tuple[WriteResult, Say]


def of(said: Said, after: CloudObject | None, old: str, new: str) -> Outcome:
    """`after`: the read that followed; None: nobody could look."""
    if said.written:
        return _written(said, after, old, new)
    if not said.refused:
        return WriteResult.UNKNOWN, Say(
            "Entra did not answer the write ({why}). A look at the user will tell.",
            {"why": said.words or str(said.status)},
        )
    if said.status == 404:
        return WriteResult.STALE, GONE
    return WriteResult.REFUSED, _refusal(said)


def _written(said: Said, after: CloudObject | None, old: str, new: str) -> Outcome:
    present = after.user_principal_name if after else None
    if present == new:
        return WriteResult.WRITTEN, Say("Written.")
    if said.status != 204:
        # Graph answers a change without a word; a page of something in between would be taken for a yes
        why = Say("something other than Microsoft Graph answered")
        return WriteResult.UNKNOWN, Say(
            "Entra did not answer the write ({why}). A look at the user will tell.", {"why": why}
        )
    if after is None:
        return WriteResult.WRITTEN, Say("Written; the look afterwards failed.")
    if present == old:
        return WriteResult.WRITTEN, Say("Written. Entra takes a moment to show it everywhere.")
    return WriteResult.WRITTEN, Say("Written, and somebody has changed it again since.")


def _refusal(said: Said) -> Say:
    if said.status == 409 or "ObjectConflict" in said.codes:
        return Say("Another object in Entra has this sign-in name. Nothing was written.")
    if said.status in {401, 403}:
        return Say(
            "Entra does not let the app that writes do this. It needs User.ReadWrite.All with admin consent; "
            "an administrator's name is changed by a person. Nothing was written."
        )
    if said.status == 429:
        return Say("Microsoft Graph asks the bot to slow down. Nothing was written; approve again.")
    return Say(
        "Microsoft Graph refused the change: {said}. Nothing was written.",
        {"said": said.words.rstrip(".") or str(said.status)},
    )


def settled(target: CloudObject | None, pair: tuple[str, str] | None, *, ours: bool) -> Outcome:
    """After a lost answer. `ours`: the journal knows that we set out to write this, and no more than that."""
    if target is None:
        return WriteResult.STALE, GONE
    old, new = pair or (None, None)
    present = target.user_principal_name
    if new is not None and present == new:
        if ours:
            return WriteResult.WRITTEN, Say("The answer was lost, but the change is there.")
        return WriteResult.ALREADY, ALREADY
    if old is not None and present == old:
        return WriteResult.STALE, Say(
            "Nothing was written, as far as Entra shows: the old sign-in name still stands there."
        )
    return WriteResult.STALE, Say("Something else stands there now. Look at the card again.")
