"""In: an address or a sign-in name that somebody wants to give away. Out: is it free everywhere, and what else is.
Looked for in AD, sign-in names that AD only implies and its recycle bin too, in Entra and its recycle bins.
Promise: free is said only when every place was read; what is offered instead was looked for in the same places.
"""

from bot.answers import Answer, Free
from bot.events import QuestionAllowed
from bot.model import CloudObject, Evidence, Holder, Kind, ObjectType, Say
from bot.ports import AdReader, Clock, Cloud
from bot.rules.values import address_faults
from bot.triage import everybody
from bot.triage.naming import new_names
from bot.triage.policy import Policy
from bot.triage.value import understand
from handlers.commands.command import Command, Ports, Reply
from handlers.evidence import Held, who_has

OFFERED = 3


async def free(
    text: str, *, ad: AdReader, cloud: Cloud, clock: Clock, policy: Policy, full: bool
) -> Free:
    """Raises Unreachable, Refused."""
    understood = understand(text)
    if isinstance(understood, Say):
        return Free(asked=text, trouble=understood)
    value = understood.bare
    if understood.kind is not Kind.ADDRESS or address_faults(value):
        say = Say(
            "{value} is no address and no sign-in name, so nobody can be given it.",
            {"value": text.strip()},
        )
        return Free(asked=text, trouble=say)
    draft = Evidence(value=value, read_at=clock.now(), tenant=await cloud.facts())
    others = new_names(draft, Holder(cloud=_somebody(value)), policy)
    values = list(dict.fromkeys((value, *others)))
    found = await who_has(values, ad=ad, cloud=cloud)
    held = found[value]
    living = [
        *(a.name for a in held.ad if not a.deleted),
        *(c.name for c in held.cloud if c.deleted_at is None),
    ]
    everyone = (*(a.name for a in held.ad), *(c.name for c in held.cloud))
    names = list(dict.fromkeys((*living, *everyone)))
    instead = [each for each in others if _is_free(found[each]) is Answer.YES]
    told = Free(
        asked=text,
        value=value,
        free=_is_free(held),
        holders=tuple(names),
        in_bins=tuple(name for name in names if name not in living),
        instead=tuple(instead[:OFFERED]),
        gaps=tuple(dict.fromkeys(held.gaps)),
    )
    return told if full else everybody.free(told)


def _is_free(held: Held) -> Answer:
    if held.ad or held.cloud:
        return Answer.NO
    return Answer.YES if held.everywhere else Answer.UNKNOWN


def _somebody(value: str) -> CloudObject:
    """Whoever is to be called like this: `jane.doe@…` is a Jane Doe, as far as an address can tell."""
    local = value.rpartition("@")[0]
    given, _, surname = local.partition(".")
    return CloudObject(
        id="",
        type=ObjectType.USER,
        name=f"{given} {surname}".strip(),
        given_name=given,
        surname=surname or None,
        mail_nickname=local,
    )


async def _answer(question: QuestionAllowed, ports: Ports) -> Reply:
    found = await free(
        question.text,
        ad=ports.ad,
        cloud=ports.cloud,
        clock=ports.clock,
        policy=ports.policy,
        full=question.full,
    )
    return Reply("free", found, everybody=None if found.trouble else everybody.free(found))


COMMAND = Command(
    help=Say(
        "/dirsync free VALUE: is this address or sign-in name free everywhere, and three free ones like it."
    ),
    answer=_answer,
)
