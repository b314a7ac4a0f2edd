"""In: what somebody pasted. Out: every holder on both sides, where it was looked for, what could not be read.
Used by /whohas in Slack and by `dirsync-triage whohas`; each of them draws the same answer.
Promise: nothing found is said as such, with the places and with values much alike; never an empty answer.
"""

from dataclasses import replace

from bot.events import QuestionAllowed
from bot.model import AdObject, Gap, Holder, Kind, Say, WhoHas, mark
from bot.ports import AdReader, Cloud
from bot.triage.situation import is_gone
from bot.triage.value import understand
from handlers.commands.command import Command, Ports, Reply
from handlers.evidence import look_up, look_up_object

# said whether or not anything lies there: what is left out must not show in the answer
_NOT_FOR_EVERYBODY = Gap(
    mark("AD and Entra"), mark("recycle bins"), mark("they are shown to full readers only")
)


async def whohas(text: str, *, ad: AdReader, cloud: Cloud, full: bool) -> WhoHas:
    """`full`: recycle bins, DN and activity are part of the answer. Raises Unreachable, Refused."""
    understood = understand(text)
    if isinstance(understood, Say):
        return WhoHas(asked=text, value="", kind=Kind.ADDRESS, trouble=understood)
    if understood.kind in {Kind.OBJECT, Kind.ANCHOR}:
        found = await look_up_object(understood.kind, understood.bare, ad=ad, cloud=cloud)
    else:
        found = await look_up(understood.bare, ad=ad, cloud=cloud)
    holders = found.holders()
    if understood.kind not in {Kind.OBJECT, Kind.ANCHOR}:
        holders = tuple(h for h in holders if h.ad_claims or h.cloud_claims)
    gaps = list(found.gaps)
    if not full:
        holders = tuple(for_everybody(h) for h in holders if not is_gone(h))
        gaps.append(_NOT_FOR_EVERYBODY)
    close: tuple[str, ...] = ()
    if not holders and understood.kind in {Kind.ADDRESS, Kind.SIP}:
        close = await ad.similar(understood.bare)
    return WhoHas(
        asked=text,
        value=understood.bare,
        kind=understood.kind,
        holders=holders,
        gaps=tuple(gaps),
        searched=tuple(found.searched),
        close=close,
    )


def for_everybody(holder: Holder) -> Holder:
    """Without DN, activity and the recycle bins, which are for full readers."""

    def plain(ad: AdObject) -> AdObject | None:
        return None if ad.deleted else replace(ad, dn="", last_logon_at=None, stamps=())

    cloud = holder.cloud if holder.cloud and holder.cloud.deleted_at is None else None
    return replace(
        holder,
        ad=plain(holder.ad) if holder.ad else None,
        cloud=replace(cloud, dn=None) if cloud else None,
        # where nothing else tells two of one name apart, the DN does
        known_as="" if holder.ad and holder.ad.dn in holder.known_as else holder.known_as,
    )


async def _answer(question: QuestionAllowed, ports: Ports) -> Reply:
    found = await whohas(question.text, ad=ports.ad, cloud=ports.cloud, full=question.full)
    return Reply("whohas", found)


COMMAND = Command(
    help=Say(
        "/dirsync whohas VALUE, or /whohas VALUE: every object that holds an address, a sign-in name or an id, "
        "in AD and in Entra."
    ),
    answer=_answer,
)
