"""In: on which side a step writes. Out: its writer, its object as it is now, and the sentences that name the side.
AD is written over LDAP, a sign-in name in Entra over Graph; all that differs between the two is in this file.
Promise: a side that nobody may write is refused in plain words before there is an intent.
"""

from collections.abc import Mapping, Sequence

from bot.errors import Refused
from bot.model import AdObject, CloudObject, ObjectType, Say, Side, Step
from bot.ports import AdReader, Cloud, StepWriter
from handlers.evidence import unanswered

Writers = Mapping[Side, StepWriter]
Target = AdObject | CloudObject | None


def writer_of(step: Step, writers: Writers) -> StepWriter:
    writer = writers.get(step.side)
    if writer is None:
        raise Refused(
            "Entra" if step.side is Side.ENTRA else "AD",
            "This bot has no account that may write there.",
            todo="Set entra_writer for sign-in names in Entra, or make the change by hand.",
        )
    return writer


async def targets_of(steps: Sequence[Step], *, ad: AdReader, cloud: Cloud) -> list[Target] | None:
    """Each step's object, None when it is gone. None for all of it: a forest could not be asked."""
    in_entra = [(ObjectType.USER, s.guid) for s in steps if s.side is Side.ENTRA]
    clouds = await cloud.objects(in_entra) if in_entra else {}
    targets: list[Target] = []
    for step in steps:
        if step.side is Side.ENTRA:
            targets.append(clouds.get(step.guid))
            continue
        found = await ad.by_guid(step.guid)
        target = next((o for o in found.objects if o.forest == step.forest), None)
        if target is None and unanswered(found.gaps):
            return None
        targets.append(target)
    return targets


# ---------------------------------------------------------------- words


def written(step: Step, dc: str) -> Say:
    if step.side is Side.ENTRA:
        return Say("Written in Entra. The bot keeps looking until the error is gone.")
    return Say("Written to AD on {dc}. Waiting for the next sync and for Entra.", {"dc": dc})


def put_back(step: Step, dc: str) -> Say:
    if step.side is Side.ENTRA:
        return Say("Put back in Entra, as it was before the change.")
    return Say("Put back in AD on {dc}, as it was before the change.", {"dc": dc})


def no_answer(step: Step) -> Say:
    if step.side is Side.ENTRA:
        return Say(
            "Entra did not answer the write. The bot reads the account to find out; it does not write again."
        )
    return Say(
        "The domain controller did not answer the write. The bot reads the object to find out; "
        "it does not write again."
    )


def no_answer_to_undo(step: Step) -> Say:
    if step.side is Side.ENTRA:
        return Say(
            "Entra did not answer when it was put back. The bot reads the account to find out; "
            "it does not write again."
        )
    return Say(
        "The domain controller did not answer when it was put back. The bot reads the object to "
        "find out; it does not write again."
    )


def gone_before_undo(step: Step) -> Say:
    name = {"name": step.name}
    if step.side is Side.ENTRA:
        return Say("Not put back: {name} is gone from Entra.", name)
    return Say("Not put back: {name} is gone from AD.", name)


def made_by_hand(steps: Sequence[Step], cites: tuple[str, ...]) -> Say:
    if any(step.side is Side.ENTRA for step in steps):
        return Say("The change was made by hand in Entra.", cites=cites)
    return Say("The change was made by hand in AD.", cites=cites)


def changed_back(steps: Sequence[Step], refs: tuple[str, ...]) -> Say:
    """`refs`: of the objects that are still there."""
    in_entra = any(step.side is Side.ENTRA for step in steps)
    if refs:
        return Say(
            "Entra no longer shows what was written: somebody or something changed it back. Looking again."
            if in_entra
            else "AD no longer holds what was written: somebody or something changed it back. Looking again.",
            cites=refs,
        )
    return Say(
        "The account that was written to is gone from Entra. Looking again."
        if in_entra
        else "The object that was written to is gone from AD. Looking again.",
        cites=("searched",),
    )
