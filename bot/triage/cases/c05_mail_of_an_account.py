"""In: a situation. Out: C05, when an account without a mailbox carries somebody’s address in its mail field only.
Typical for service and second accounts: a note for people, which Entra reads as an address.
Promise: pure; the note goes by one click only where nobody uses the account; it can be kept elsewhere first.
"""

from bot.model import Holder, Instruction, ObjectType, Risk, Runbook, Say
from bot.triage.cases.finding import Finding
from bot.triage.cases.pairs import afterwards, concluded, gave, places, signs
from bot.triage.keeper import given
from bot.triage.naming import first_free, new_names
from bot.triage.proposals import swap_value
from bot.triage.runbooks import quoted, runbook
from bot.triage.situation import Situation, about_address, proxy, refs, sides
from bot.triage.ways import Ways, let_go


def recognise(situation: Situation) -> Finding | None:
    pair = sides(situation)
    if pair is None or not about_address(situation.errors):
        return None
    notes = [h for h in pair.both if _is_note(h)]
    owners = [h for h in pair.both if _owns(h)]
    if len(notes) != 1 or len(owners) != 1:
        return None
    account, owner, value = notes[0], owners[0], situation.value
    judged = given(situation, pair.both, keeper=owner)
    gaps = {"account": account.name, "owner": owner.name, "value": value}
    found = let_go(situation, account, code="C05", doubt=judged.doubt)
    found += _own_address(situation, account)
    return concluded(
        code="C05",
        title=Say("{value} stands in the mail field of an account without a mailbox", gaps),
        what=(
            Say(
                "The account {account} carries the address of {owner}, {value}, as a note in its mail field. "
                "Entra reads it as an e-mail address.",
                gaps,
                (*pair.cites, "err"),
            ),
            gave(situation, pair.asks, pair.has),
        ),
        why=(
            Say("{account} has no mailbox, no alias and no other address.", gaps, refs(account)),
            *places((owner,), value),
            *signs((account,)),
        ),
        then=afterwards(situation, judged),
        verdict=judged,
        ways=found + Ways(runbooks=_keep_the_note(account, value)),
    )


def _is_note(holder: Holder) -> bool:
    ad = holder.ad
    return (
        ad is not None
        and ad.type is ObjectType.USER
        and [c.attribute for c in holder.ad_claims] == ["mail"]
        and not (ad.mailbox or ad.recipient_type or ad.mail_nickname or ad.proxy_addresses)
        and not _has_cloud_mailbox(holder)
    )


def _has_cloud_mailbox(holder: Holder) -> bool:
    """Without Exchange on-premises the mail field is all that AD has of somebody's real address."""
    cloud = holder.cloud
    return (
        cloud is not None
        and bool(cloud.licensed)
        and any(v.startswith("SMTP:") for v in cloud.proxy_addresses)
    )


def _owns(holder: Holder) -> bool:
    return any(proxy(holder.ad_claims, primary=p) for p in (True, False))


def _own_address(situation: Situation, account: Holder) -> Ways:
    evidence = situation.evidence
    new = first_free(evidence, account, new_names(evidence, account, situation.policy))
    if account.ad is None or account.ad.mail is None or new is None:
        return Ways()
    made = swap_value(
        evidence,
        case_id=situation.case_id,
        code="C05",
        loser=account,
        attribute="mail",
        stored=account.ad.mail,
        new=new,
    )
    return Ways(proposals=(made,)) if made and made.risk is Risk.JUDGE else Ways()


def _keep_the_note(account: Holder, value: str) -> tuple[Runbook, ...]:
    ad, cites = account.ad, refs(account)
    if ad is None:
        return ()
    return (
        runbook(
            Instruction(
                Say(
                    "Write the address where Entra does not read it. The command fails if something stands there.",
                    cites=cites,
                ),
                f"Set-ADObject -Identity {quoted(ad.guid)} -Add @{{info={quoted(value)}}}",
            ),
            rank=1,
            risk=Risk.JUDGE,
            title=Say(
                "Keep the note: copy {value} into the notes of {name} first",
                {"value": value, "name": account.name},
                cites,
            ),
            because=Say("the bot does not write notes", cites=cites),
            undo=Say("Clear the notes field again.", cites=cites),
        ),
    )
