"""In: who asks in AD and who owns in Entra. Out: the sentences and steps that all cases of a cloud owner share.
Promise: pure; words only: which case it is, each case decides itself.
"""

from dataclasses import replace

from bot.model import Holder, Instruction, ObjectType, Proposal, Risk, Runbook, Say, mark
from bot.triage.clash import Clash, named_owner
from bot.triage.in_cloud import rename, signs_in_only
from bot.triage.runbooks import rename_in_cloud, runbook, take_off_in_exchange
from bot.triage.situation import Situation, has, proxy, refs
from bot.triage.ways import Ways, let_go


def gaps_of(c: Clash, value: str) -> dict[str, str]:
    return {"value": value, "name": c.asker.name, "owner": c.owner.name}


def cites_of(c: Clash) -> tuple[str, ...]:
    return (*refs(c.owner), *refs(c.asker))


def has_it(c: Clash, value: str) -> Say:
    """How the owner holds it."""
    claims = c.owner.cloud_claims
    if has(claims, "userPrincipalName"):
        text = mark("In Entra {owner} signs in as {value}.")
    elif proxy(claims, primary=True):
        text = mark("In Entra {value} is the main address of {owner}.")
    else:
        text = mark("In Entra {owner} lists {value}.")
    return Say(text, {"owner": c.owner.name, "value": value}, (c.cloud.ref,))


def asks_for_it(c: Clash, value: str) -> Say:
    claims = c.asker.ad_claims
    if has(claims, "userPrincipalName"):
        text = mark("In AD {name} signs in as {value}.")
    elif proxy(claims, primary=True):
        text = mark("In AD {value} is the main address of {name}.")
    elif proxy(claims, primary=False):
        text = mark("In AD {name} lists {value} as an extra address.")
    else:
        text = mark("In AD {value} stands on {name}.")
    return Say(text, {"name": c.asker.name, "value": value}, (c.ad.ref,))


def told_by_server(situation: Situation, c: Clash) -> tuple[Say, ...]:
    if not named_owner(situation, c.owner):
        return ()
    return (
        Say("The sync server names {owner} too.", {"owner": c.owner.name}, ("err", c.cloud.ref)),
    )


def give_way(
    situation: Situation, asker: Holder, *, code: str, rank: int = 1, doubt: Say | None = None
) -> Ways:
    """How the AD side lets go of the value, ranked among the other ways out of this case."""
    found = let_go(situation, asker, code=code, doubt=doubt)
    return Ways(
        tuple(replace(p, rank=rank) for p in found.proposals),
        tuple(replace(r, rank=rank) for r in found.runbooks),
        found.missing,
    )


def what_then(
    c: Clash, value: str, ways: Ways, *, gives_way: Proposal | None = None
) -> tuple[Say, ...]:
    """`gives_way`: the owner's own way out, where the bot can take it; then both are people's choice."""
    if gives_way:
        return (
            Say(
                "After the change, the next sync and Entra’s hourly clean-up the error goes away. Who keeps {value} "
                "is the choice between the two ways: {owner}, or {name}.",
                gaps_of(c, value),
                cites_of(c),
            ),
        )
    if ways.proposals:
        return (
            Say(
                "After the next sync and Entra’s hourly clean-up the error goes away, and {owner} keeps {value}.",
                gaps_of(c, value),
                cites_of(c),
            ),
        )
    return (
        Say(
            "The bot itself changes nothing here; the steps by hand are below.",
            cites=cites_of(c),
        ),
        *ways.missing,
    )


def not_in_ad() -> Say:
    return Say("the change is made in the cloud, where the bot does not write")


def other_way_round(
    situation: Situation, c: Clash, *, code: str, rank: int
) -> tuple[Proposal | None, tuple[Runbook, ...]]:
    """The owner takes another sign-in name: by the bot where it may, else by hand, with the reason why."""
    if not signs_in_only(c.owner):
        return None, (by_hand_in_cloud(c, situation.value, rank=rank),)
    made = rename(situation, c.owner, code=code, rank=rank)
    if isinstance(made, Proposal):
        return made, ()
    return None, (by_hand_in_cloud(c, situation.value, rank=rank, because=made),)


def by_hand_in_cloud(c: Clash, value: str, *, rank: int, because: Say | None = None) -> Runbook:
    """The other way round: the cloud object lets go of the value."""
    steps: list[Instruction] = []
    if has(c.owner.cloud_claims, "userPrincipalName"):
        steps.append(rename_in_cloud(c.cloud))
    main = proxy(c.owner.cloud_claims, primary=True) is not None
    if main or proxy(c.owner.cloud_claims, primary=False) or not steps:
        steps += take_off_in_exchange(c.cloud, value, main=main)
    return runbook(
        *steps,
        rank=rank,
        risk=Risk.JUDGE,
        title=Say(
            "Or the other way round: take {value} from {owner} in the cloud",
            {"value": value, "owner": c.owner.name},
            (c.cloud.ref,),
        ),
        because=because or not_in_ad(),
        undo=Say(
            "Give {owner} the address or the sign-in name back in the same place, once nothing in AD asks for it.",
            {"owner": c.owner.name},
            (c.cloud.ref,),
        ),
    )


def kind_of(c: Clash) -> Say:
    """What the owner is, in a word people know."""
    gaps = {"owner": c.owner.name}
    cites = (c.cloud.ref,)
    if c.cloud.guest:
        return Say("{owner} is a guest from another organisation.", gaps, cites)
    if c.cloud.type is ObjectType.GROUP:
        return Say(
            "{owner} is a Microsoft 365 group."
            if c.cloud.unified
            else "{owner} is a group that was made in the cloud.",
            gaps,
            cites,
        )
    if c.cloud.type is ObjectType.CONTACT:
        return Say("{owner} is a mail contact that was made in Exchange Online.", gaps, cites)
    return Say("{owner} is an account that was made in Entra; no sync brought it.", gaps, cites)
