"""In: a situation. Out: C29, when the value still belongs to an account or a group in Entra's recycle bin.
Promise: pure; no buttons: waiting is safe, and what is quicker cannot be taken back.
"""

from datetime import timedelta

from bot.model import Diagnosis, Instruction, ObjectType, Risk, Runbook, Say
from bot.triage.cases.cloud_owner import asks_for_it, cites_of, gaps_of, told_by_server
from bot.triage.cases.finding import Finding
from bot.triage.clash import Clash, clash, likeness
from bot.triage.runbooks import delta_sync, nobody_needs, purge, restore, runbook
from bot.triage.situation import Situation

KEPT_FOR = timedelta(days=30)


def recognise(situation: Situation) -> Finding | None:
    c = clash(situation)
    if c is None or c.cloud.deleted_at is None:
        return None
    value = situation.value
    gone = c.cloud.deleted_at + KEPT_FOR
    left = (gone - situation.now).days
    gaps = {
        **gaps_of(c, value),
        "since": f"{c.cloud.deleted_at:%Y-%m-%d}",
        "when": f"{gone:%Y-%m-%d}",
        "left": str(left),
    }
    return Finding(
        Diagnosis(
            code="C29",
            title=Say("{value} belongs to a deleted cloud object", {"value": value}),
            what=(
                Say(
                    "{value} belonged to {owner}, which was deleted in Entra on {since} and still lies in the recycle "
                    "bin. As long as it is there, {name} does not get it.",
                    gaps,
                    (*cites_of(c), "err"),
                ),
            ),
            why=(asks_for_it(c, value), *told_by_server(situation, c), *_may_be_the_same(c)),
            then=(
                Say(
                    "Nothing to do but wait: Entra removes {owner} for good on {when} (days left: {left}), and "
                    "gives {value} to {name} with the next clean-up."
                    if gone > situation.now
                    else "Entra should have removed {owner} on {when}. If it is still there tomorrow, remove it by hand.",
                    gaps,
                    cites_of(c),
                ),
            ),
            losers=(c.ad.ref,),
            runbooks=(_restore(c, value), _purge(c)),
        )
    )


def _may_be_the_same(c: Clash) -> tuple[Say, ...]:
    if c.cloud.anchor and c.cloud.anchor == c.ad.anchor:
        return (
            Say(
                "{owner} carries the identity number of {name}: a sync that finds it there takes it over again, "
                "unless hard match is blocked.",
                {"owner": c.owner.name, "name": c.asker.name},
                (*cites_of(c), "flags"),
            ),
        )
    return likeness(c.ad, c.cloud).reasons if c.cloud.type is ObjectType.USER else ()


def _restore(c: Clash, value: str) -> Runbook:
    return runbook(
        restore(c.cloud),
        Instruction(
            Say(
                "Look at the next card about {value}: the restored {owner} and {name} are then two living objects.",
                gaps_of(c, value),
                cites_of(c),
            )
        ),
        rank=2,
        risk=Risk.DESTRUCTIVE,
        title=Say(
            "Give {owner} back, with its mail and files", {"owner": c.owner.name}, (c.cloud.ref,)
        ),
        because=Say("a deleted account comes back to life, with its access", cites=(c.cloud.ref,)),
        undo=Say(
            "Delete it again: it lies in the recycle bin for another 30 days.", cites=(c.cloud.ref,)
        ),
    )


def _purge(c: Clash) -> Runbook:
    return runbook(
        nobody_needs(c.cloud),
        purge(c.cloud),
        delta_sync(),
        rank=3,
        risk=Risk.DESTRUCTIVE,
        title=Say("Remove {owner} for good now", {"owner": c.owner.name}, (c.cloud.ref,)),
        because=Say(
            "what is removed for good is lost: mailbox, files, access", cites=(c.cloud.ref,)
        ),
    )
