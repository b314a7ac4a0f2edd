"""In: a situation. Out: C30, when the owner in Entra lost its AD object and the AD user got a second, empty account.
Only when every forest answered: an owner in a forest that is away is no orphan.
Promise: pure; what joins the two again, or deletes one, is a runbook.
"""

from bot.model import (
    EVERYTHING,
    CloudObject,
    Diagnosis,
    Instruction,
    ObjectType,
    Risk,
    Runbook,
    Say,
)
from bot.triage.cases.cloud_owner import (
    asks_for_it,
    cites_of,
    gaps_of,
    give_way,
    has_it,
    told_by_server,
)
from bot.triage.cases.finding import Finding
from bot.triage.clash import Clash, Likeness, clash, gaps_in, likeness, roles_unknown
from bot.triage.runbooks import (
    clear_mapping,
    delete,
    delta_sync,
    nobody_needs,
    purge,
    put_back,
    runbook,
    show_user,
    take_out,
    write_anchor,
)
from bot.triage.situation import Situation
from bot.triage.ways import Ways


def recognise(situation: Situation) -> Finding | None:
    c = clash(situation)
    if c is None or c.twin is None or not is_orphan(situation, c):
        return None
    like = likeness(c.ad, c.cloud)
    value = situation.value
    roles = roles_unknown(situation.evidence, c.owner)
    ways = Ways() if like.same is not False else give_way(situation, c.asker, code="C30", rank=3)
    diagnosis = Diagnosis(
        code="C30",
        title=Say("{owner} in the cloud has lost its AD account", {"owner": c.owner.name}),
        what=(_what(c, like, value),),
        why=(
            lost(c),
            has_it(c, value),
            asks_for_it(c, value),
            *like.reasons,
            *_last_seen(c.cloud),
            *told_by_server(situation, c),
            Say(
                "Looked in every forest that was configured: {searched}.",
                {"searched": ", ".join(situation.evidence.searched) or Say("nowhere")},
                ("searched",),
            ),
            *((roles,) if roles else ()),
        ),
        then=(
            Say(
                "Nothing gets better by itself: people decide which of the two accounts lives on.",
                cites=cites_of(c),
            ),
        ),
        keeper=None,
        losers=(c.ad.ref,) if ways.proposals else (),
        runbooks=(
            (_connect_health(c), _join(c, c.twin), _drop(c, rank=3))
            if like.same is not False
            else (_drop(c, rank=1), *ways.runbooks)
        ),
    )
    return Finding(diagnosis, ways.proposals)


def is_orphan(situation: Situation, c: Clash) -> bool:
    """Once synchronized, and no AD object carries its identity number any more."""
    cloud = c.cloud
    return (
        c.owner.ad is None
        and cloud.type is ObjectType.USER
        and c.asker.type is ObjectType.USER
        and cloud.deleted_at is None
        and not cloud.guest
        and cloud.synced is not None
        and bool(cloud.anchor)
        and cloud.anchor != c.ad.anchor
        and not any(g.what == EVERYTHING for g in gaps_in(situation.evidence, "AD"))
    )


def lost(c: Clash) -> Say:
    gaps = {"owner": c.owner.name, "anchor": c.cloud.anchor or ""}
    if c.cloud.synced:
        return Say(
            "{owner} came from AD, but no AD object carries its identity number {anchor}.",
            gaps,
            (c.cloud.ref, "searched"),
        )
    return Say(
        "{owner} came from AD once (identity number {anchor}); Entra no longer synchronizes it.",
        gaps,
        (c.cloud.ref,),
    )


def _what(c: Clash, like: Likeness, value: str) -> Say:
    cites = (*cites_of(c), "err")
    # an account in use is not empty, and one that nothing was read about need not be the same person's
    if like.same and c.twin is not None and not c.twin.licensed:
        return Say(
            "The original cloud account {owner} lost its counterpart in AD. The AD account {name} could not connect "
            "to it, so Entra made a second, empty account, and {value} stayed with the first.",
            gaps_of(c, value),
            cites,
        )
    return Say(
        "The cloud account {owner} lost its counterpart in AD but still has {value}, so {name} did not get it.",
        gaps_of(c, value),
        cites,
    )


def _last_seen(cloud: CloudObject) -> tuple[Say, ...]:
    if cloud.last_sync_at is None:
        return ()
    return (
        Say(
            "{owner} was last synchronized on {when}.",
            {"owner": cloud.name, "when": f"{cloud.last_sync_at:%Y-%m-%d}"},
            (cloud.ref,),
        ),
    )


def _connect_health(c: Clash) -> Runbook:
    return runbook(
        Instruction(
            Say(
                "In the Entra admin center, open Connect Health, Sync errors, and the entry of {name}.",
                {"name": c.asker.name},
                cites_of(c),
            ),
            "https://entra.microsoft.com/#view/Microsoft_Azure_ADHybridHealth/AadHealthMenuBlade/~/SyncErrors",
        ),
        Instruction(
            Say(
                "Answer that the account exists in AD, and that both accounts belong to the same user; compare the "
                "object id {id} of {owner}.",
                {"id": c.cloud.id, "owner": c.owner.name},
                cites_of(c),
            )
        ),
        Instruction(
            Say(
                "Press “Fix this error”: Microsoft moves the identity number to the first account and removes the second.",
                cites=cites_of(c),
            )
        ),
        rank=1,
        risk=Risk.JUDGE,
        title=Say("Let Microsoft join them, in Connect Health", cites=cites_of(c)),
        because=Say("the button is Microsoft’s, and it asks a person", cites=cites_of(c)),
        undo=Say(
            "The second account lies in the recycle bin for 30 days; the join itself stays.",
            cites=cites_of(c),
        ),
    )


def _join(c: Clash, twin: CloudObject) -> Runbook:
    return runbook(
        take_out(c.ad),
        nobody_needs(twin),
        delta_sync(),
        purge(twin),
        clear_mapping(c.cloud),
        write_anchor(c.ad, c.cloud.anchor or ""),
        put_back(c.ad),
        delta_sync(),
        show_user(c.cloud, c.cloud.anchor or ""),
        rank=2,
        risk=Risk.DESTRUCTIVE,
        title=Say("Join {name} to the first account by hand", {"name": c.asker.name}, cites_of(c)),
        because=Say(
            "the second account is removed and an identity number written", cites=cites_of(c)
        ),
        undo=Say(
            "Write the identity number back that stood in AD before. The second account does not come back.",
            cites=cites_of(c),
        ),
    )


def _drop(c: Clash, *, rank: int) -> Runbook:
    return runbook(
        Instruction(
            Say(
                "Make sure that nobody needs the mailbox and the files of {owner} any more.",
                {"owner": c.owner.name},
                (c.cloud.ref,),
            )
        ),
        delete(c.cloud),
        purge(c.cloud),
        delta_sync(),
        rank=rank,
        risk=Risk.DESTRUCTIVE,
        title=Say(
            "Delete the first account {owner}, if it is worth nothing",
            {"owner": c.owner.name},
            (c.cloud.ref,),
        ),
        because=Say("an account is removed for good", cites=(c.cloud.ref,)),
        undo=Say(
            "Before the second command it can be restored from the recycle bin; after it, never.",
            cites=(c.cloud.ref,),
        ),
    )
