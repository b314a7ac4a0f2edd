"""In: a situation. Out: C38, when AD no longer decides about an object: its authority was moved to the cloud.
Promise: pure; never a change in AD of such an object, for it would do nothing.
"""

from bot.model import (
    CloudObject,
    Diagnosis,
    Holder,
    Instruction,
    ObjectType,
    Proposal,
    Risk,
    Runbook,
    Say,
)
from bot.triage.cases.cloud_owner import give_way
from bot.triage.cases.finding import Finding
from bot.triage.in_cloud import rename, signs_in_only
from bot.triage.runbooks import (
    back_to_ad,
    delta_sync,
    rename_in_cloud,
    runbook,
    take_off_in_exchange,
)
from bot.triage.situation import Situation, has, is_conflict, proxy, refs, served
from bot.triage.ways import Ways


def recognise(situation: Situation) -> Finding | None:
    if not (situation.errors and is_conflict(situation.errors)):
        return None
    mine = [h for h in situation.selves if _is_moved(h)]
    theirs = [h for h in situation.rivals if _is_moved(h) and served(h)]
    moved = mine or theirs
    if len(moved) != 1 or len(situation.selves) > 1:
        return None
    [holder] = moved
    if holder.cloud is None:
        return None
    value = situation.value
    name = {"name": holder.name, "value": value}
    cites = refs(holder)
    asker = next((h for h in situation.selves if h.ad and h.ad_claims and not served(h)), None)
    # where the one that has it is the one that was moved, the other may still let go of it in AD
    alone = not mine and asker is not None and len(situation.rivals) == 1
    ways = give_way(situation, asker, code="C38", rank=3) if alone and asker else Ways()
    way = rename(situation, holder, code="C38", rank=1) if signs_in_only(holder) else None
    renamed = way if isinstance(way, Proposal) else None
    by_hand = way if isinstance(way, Say) else None
    return Finding(
        Diagnosis(
            code="C38",
            title=Say("{name} is managed in the cloud now", name),
            what=(
                Say(
                    "{name} is managed in the cloud now: changing it in AD does nothing. It asks for {value}, which "
                    "something else has."
                    if mine
                    else "{name} has {value} and is managed in the cloud now: changing it in AD does nothing.",
                    name,
                    (*cites, "err"),
                ),
            ),
            why=(
                Say("Entra shows isCloudManaged True for {name}.", name, (holder.cloud.ref,)),
                *_rivals(situation, holder),
            ),
            then=(
                Say(
                    "A change in the cloud works at once; no sync has to be waited for.",
                    cites=(holder.cloud.ref,),
                ),
            ),
            losers=_losers(holder.cloud if renamed else None, asker if ways.proposals else None),
            runbooks=(
                *(() if renamed else (_in_cloud(holder, holder.cloud, value, by_hand),)),
                _give_back(holder, holder.cloud),
                *ways.runbooks,
            ),
        ),
        (*((renamed,) if renamed else ()), *ways.proposals),
    )


def _losers(renamed: CloudObject | None, asker: Holder | None) -> tuple[str, ...]:
    sides = (renamed, asker.ad if asker else None)
    return tuple(side.ref for side in sides if side)


def _is_moved(holder: Holder) -> bool:
    return holder.cloud is not None and holder.cloud.cloud_managed is True


def _rivals(situation: Situation, holder: Holder) -> tuple[Say, ...]:
    others = [h for h in (*situation.selves, *situation.rivals) if h is not holder]
    if not others:
        return ()
    return (
        Say(
            "It is about these too: {rivals}.",
            {"rivals": ", ".join(h.name for h in others)},
            tuple(r for h in others for r in refs(h)),
        ),
    )


def _in_cloud(holder: Holder, cloud: CloudObject, value: str, because: Say | None) -> Runbook:
    cites = (cloud.ref,)
    steps: list[Instruction] = []
    if has(holder.cloud_claims, "userPrincipalName") and cloud.type is ObjectType.USER:
        steps.append(rename_in_cloud(cloud))
    main = proxy(holder.cloud_claims, primary=True) is not None
    if main or not steps:
        steps += take_off_in_exchange(cloud, value, main=main)
    return runbook(
        *steps,
        rank=1,
        risk=Risk.JUDGE,
        title=Say(
            "Take {value} off {name} in the cloud",
            {"value": value, "name": holder.name},
            cites,
        ),
        because=because
        or Say("the change is made in the cloud, where the bot does not write", cites=cites),
        undo=Say("Give it back in the same place.", cites=cites),
    )


def _give_back(holder: Holder, cloud: CloudObject) -> Runbook:
    cites = (cloud.ref,)
    return runbook(
        back_to_ad(cloud),
        delta_sync(),
        rank=2,
        risk=Risk.DESTRUCTIVE,
        title=Say("Let AD decide about {name} again", {"name": holder.name}, cites),
        because=Say("what was changed in the cloud since then is overwritten", cites=cites),
        undo=Say("Move it to the cloud again with isCloudManaged True.", cites=cites),
    )
