"""In: a situation. Out: C39, when two different people have one and the same security number (SID).
A domain controller with a damaged RID pool gave it out twice: each can do what the other may.
Promise: pure; an alert; the bot changes nothing: one of the accounts has to be made anew by the AD team.
"""

from bot.model import AdObject, Diagnosis, Instruction, ObjectType, Risk, Runbook, Say
from bot.triage.cases.finding import Finding
from bot.triage.clash import likeness
from bot.triage.runbooks import quoted, runbook
from bot.triage.situation import Situation, export_error
from bot.triage.value import fold


def recognise(situation: Situation) -> Finding | None:
    if not export_error(situation.errors, "AttributeValueMustBeUnique"):
        return None
    if not any("securityidentifier" in fold(e.attribute or "") for e in situation.errors):
        return None
    twice = _twice_in_ad(situation)
    if len(twice) > 1:
        names = ", ".join(ad.name for ad in twice)
        return _finding(
            names,
            twice[0].sid or "",
            tuple(ad.ref for ad in twice),
            tuple(
                Say(
                    "{name} has it in AD: {dn}, made on {when}.",
                    {
                        "name": ad.name,
                        "dn": ad.dn,
                        "when": f"{ad.created_at:%Y-%m-%d}"
                        if ad.created_at
                        else Say("an unknown day"),
                    },
                    (ad.ref,),
                )
                for ad in twice
            ),
        )
    return _other_in_entra(situation)


def _twice_in_ad(situation: Situation) -> tuple[AdObject, ...]:
    living = [
        h.ad
        for h in situation.evidence.holders
        if h.ad and h.ad.sid and h.ad.type is ObjectType.USER and not h.ad.deleted
    ]
    for one in living:
        same = tuple(ad for ad in living if ad.sid == one.sid)
        if len({ad.ref for ad in same}) > 1:
            return same
    return ()


def _other_in_entra(situation: Situation) -> Finding | None:
    """The other one's AD object was not found; its cloud account carries the number, and another name."""
    pairs = [
        (ours.ad, theirs.cloud)
        for ours in situation.evidence.holders
        for theirs in situation.evidence.holders
        if ours.ad
        and theirs.cloud
        and ours.ad.sid
        and ours.ad.sid == theirs.cloud.sid
        and ours.ad.anchor != theirs.cloud.anchor
        and likeness(ours.ad, theirs.cloud).same is False
    ]
    if len(pairs) != 1:
        return None
    [(ad, cloud)] = pairs
    cites = (ad.ref, cloud.ref)
    gaps = {"name": ad.name, "owner": cloud.name}
    return _finding(
        f"{ad.name}, {cloud.name}",
        ad.sid or "",
        cites,
        (
            Say("{name} has it in AD, {owner} in Entra.", gaps, cites),
            *likeness(ad, cloud).reasons,
        ),
    )


def _finding(names: str, sid: str, cites: tuple[str, ...], why: tuple[Say, ...]) -> Finding:
    gaps = {"names": names, "sid": sid}
    return Finding(
        Diagnosis(
            code="C39",
            title=Say("One security number for two people: {names}", gaps),
            what=(
                Say(
                    "{names} have the same security number {sid}: a domain controller gave it out twice. "
                    "Whoever has it can do what the other may, and Entra takes only one of them.",
                    gaps,
                    (*cites, "err"),
                ),
            ),
            why=why,
            then=(
                Say(
                    "Tell security and the AD team. No change of an address helps: one account has to be made anew.",
                    cites=("err",),
                ),
            ),
            runbooks=(_anew(sid, cites),),
            alert=True,
        )
    )


def _anew(sid: str, cites: tuple[str, ...]) -> Runbook:
    search = quoted(f"objectSid -eq {quoted(sid)}")
    return runbook(
        Instruction(
            Say(
                "In every domain, list all objects that have the number {sid}.", {"sid": sid}, cites
            ),
            f"Get-ADObject -Filter {search} -Properties objectSid,whenCreated",
        ),
        Instruction(
            Say("On each domain controller, look for damage in the RID pools."),
            "dcdiag /test:ridmanager /v",
        ),
        Instruction(
            Say(
                "Make the younger account anew, give it the groups, the mailbox and the addresses of the old one, "
                "and only then delete the old one."
            )
        ),
        rank=1,
        risk=Risk.DESTRUCTIVE,
        title=Say("Let the AD team make one of the accounts anew", cites=cites),
        because=Say("an account and its access are replaced", cites=cites),
    )
