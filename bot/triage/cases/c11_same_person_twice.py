"""In: a situation. Out: C11, when two accounts belong to one person and Connect does not join them.
An account in one forest and its linked mailbox in another, or two accounts with one employee number.
Promise: pure; runbooks only: taking the value off one of them would hide the cause and split the person for good.
"""

from bot.model import AdObject, Holder, Instruction, ObjectType, Risk, Runbook, Say
from bot.triage.cases.finding import Finding
from bot.triage.cases.pairs import concluded, gave, places
from bot.triage.keeper import Verdict, verdict
from bot.triage.runbooks import delta_sync, quoted, runbook
from bot.triage.situation import Sides, Situation, about_either, refs, sides
from bot.triage.value import fold
from bot.triage.ways import Ways


def recognise(situation: Situation) -> Finding | None:
    pair = sides(situation)
    if pair is None or not about_either(situation.errors):
        return None
    one, other = pair.has.ad, pair.asks.ad
    if one is None or other is None or {one.type, other.type} != {ObjectType.USER}:
        return None
    reasons = same_person(one, other, situation.value, pair)
    if not reasons or one.anchor == other.anchor:
        return None
    value = situation.value
    judged = verdict(situation, pair.both)
    return concluded(
        code="C11",
        title=Say("One person seems to have two accounts: {value}", {"value": value}),
        what=(
            Say(
                "{has} and {asks} look like one person with two accounts that the synchronization does not join. "
                "Both hold {value}.",
                {"has": pair.has.name, "asks": pair.asks.name, "value": value},
                (*pair.cites, "err"),
            ),
            gave(situation, pair.asks, pair.has),
        ),
        why=(
            *reasons,
            Say(
                "Each of the two has an anchor of its own, so Entra has two accounts.",
                cites=pair.cites,
            ),
            *places(pair.both, value),
        ),
        then=(
            Say(
                "Taking {value} off one of them would end the error and hide the cause: the person would have two "
                "accounts for good. So the bot offers no change here.",
                {"value": value},
                pair.cites,
            ),
        ),
        verdict=judged,
        ways=Ways(runbooks=(*_out_of_scope(judged), _joined(pair))),
    )


def same_person(one: AdObject, other: AdObject, value: str, pair: Sides) -> tuple[Say, ...]:
    """What says so. Two different employee numbers outweigh any name; the value itself says nothing."""
    cites = pair.cites
    numbers = [fold((a.employee_id or "").strip()) for a in (one, other)]
    if all(numbers) and numbers[0] != numbers[1]:
        return ()
    said = []
    if numbers[0] and numbers[0] == numbers[1]:
        said.append(
            Say("Both have the employee number {number}.", {"number": one.employee_id or ""}, cites)
        )
    for linked, account in ((one, other), (other, one)):
        if linked.master_sid and account.sid and linked.master_sid == account.sid:
            said.append(
                Say(
                    "The mailbox of {linked} is linked to the account {account} (msExchMasterAccountSid).",
                    {"linked": linked.name, "account": account.name},
                    cites,
                )
            )
    mails = [fold(a.mail or "") for a in (one, other)]
    same_mail = bool(mails[0]) and mails[0] == mails[1] and mails[0] != value
    if same_mail and _same_name(one, other):
        said.append(
            Say("Both have the same name and the mail address {mail}.", {"mail": mails[0]}, cites)
        )
    return tuple(said)


def _same_name(one: AdObject, other: AdObject) -> bool:
    names = [fold(f"{a.given_name or ''} {a.surname or ''}").strip() for a in (one, other)]
    if all(names):
        return names[0] == names[1]
    shown = [fold(a.display_name or a.name) for a in (one, other)]
    return bool(shown[0]) and shown[0] == shown[1]


def _out_of_scope(judged: Verdict) -> tuple[Runbook, ...]:
    copy = judged.losers[0]
    return (
        _leave_out(copy)
        if judged.keeper
        else tuple(r for h in judged.losers for r in _leave_out(h))
    )


def _leave_out(copy: Holder) -> tuple[Runbook, ...]:
    ad = copy.ad
    if ad is None:
        return ()
    name, cites = {"name": copy.name, "dn": ad.dn, "forest": ad.forest}, refs(copy)
    return (
        runbook(
            Instruction(
                Say(
                    "Make sure that nothing of the cloud account of {name} is needed: licences, files, groups.",
                    name,
                    cites,
                )
            ),
            Instruction(
                Say(
                    "In the forest {forest}, leave {dn} out of the synchronization. With the default rules a value in "
                    "adminDescription that begins with User_ does that.",
                    name,
                    cites,
                ),
                f"Set-ADObject -Identity {quoted(ad.guid)} -Add @{{adminDescription='User_NoSync'}}",
            ),
            delta_sync(),
            rank=1,
            risk=Risk.DESTRUCTIVE,
            title=Say("Take the account {name} ({forest}) out of the synchronization", name, cites),
            because=Say("its cloud account is deleted by that", cites=cites),
            undo=Say(
                "Clear adminDescription and synchronize: within 30 days the cloud account comes back.",
                cites=cites,
            ),
        ),
    )


def _joined(pair: Sides) -> Runbook:
    return runbook(
        Instruction(
            Say(
                "Choose an attribute that holds the same for both accounts (mail, an employee number, "
                "msExchMasterAccountSid) and give it the same value on both.",
                cites=pair.cites,
            )
        ),
        Instruction(
            Say(
                "How users are joined over forests is chosen once, when Entra Connect is set up. If it was set up "
                "otherwise, Microsoft’s way is to set it up anew, in staging first.",
                cites=pair.cites,
            )
        ),
        rank=1,
        risk=Risk.DESTRUCTIVE,
        title=Say("Let the synchronization join the two accounts", cites=pair.cites),
        because=Say("it changes how every user of the tenant is joined", cites=pair.cites),
    )
