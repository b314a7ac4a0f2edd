"""In: what somebody pasted. Out: every holder on both sides, where it was looked for, what could not be read.
Used by /whohas in Slack and by `dirsync-triage whohas`; each of them draws the same answer.
Promise: nothing found is said as such, with the places and with values much alike; never an empty answer.
"""

from dataclasses import replace

from bot.answers import WhoHas
from bot.events import QuestionAllowed
from bot.model import Kind, Say
from bot.ports import AdReader, Cloud
from bot.triage import everybody
from bot.triage.value import understand
from handlers.commands.command import Command, Ports, Reply
from handlers.evidence import look_up, look_up_object


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
    told = WhoHas(
        asked=text,
        value=understood.bare,
        kind=understood.kind,
        holders=holders,
        gaps=tuple(found.gaps),
        searched=tuple(found.searched),
    )
    if not full:
        told = everybody.whohas(told)
    if not told.holders and understood.kind in {Kind.ADDRESS, Kind.SIP}:
        told = replace(told, close=await ad.similar(understood.bare))
    return told


async def _answer(question: QuestionAllowed, ports: Ports) -> Reply:
    found = await whohas(question.text, ad=ports.ad, cloud=ports.cloud, full=question.full)
    if found.trouble:
        return Reply("whohas", found)
    return Reply("whohas", found, everybody=everybody.whohas(found) if question.full else found)


COMMAND = Command(
    help=Say(
        "/dirsync whohas VALUE, or /whohas VALUE: every object that holds an address, a sign-in name or an id, "
        "in AD and in Entra."
    ),
    answer=_answer,
)
