"""In: a situation and the changes of ours that Entra confirmed. Out: C60, when something wrote a value back.
AD tells when and on which domain controller, never who: an identity system or a script is the usual writer.
Promise: pure; nothing is offered: the bot does not fight another system.
"""

from dataclasses import dataclass

from bot.model import AdObject, AttributeStamp, Diagnosis, Holder, Instruction, Repair, Risk, Say
from bot.triage.cases.finding import Finding
from bot.triage.runbooks import quoted, runbook
from bot.triage.situation import Situation
from bot.triage.value import bare_of, fold


@dataclass(frozen=True, slots=True)
class _Back:
    """One value that we took away and that is there again."""

    repair: Repair
    holder: Holder
    ad: AdObject
    value: str


def recognise(situation: Situation) -> Finding | None:
    if not situation.errors:
        return None
    found = _written_back(situation)
    if found is None:
        return None
    ad, repair = found.ad, found.repair
    stamp = _stamp(found)
    gaps = {
        "name": found.holder.name,
        "value": found.value,
        "attribute": repair.attribute,
        "when": f"{repair.at:%Y-%m-%d %H:%M} UTC",
    }
    return Finding(
        Diagnosis(
            code="C60",
            title=Say("Something writes {value} back to {name}", gaps),
            what=(
                Say(
                    "The bot took {value} off {name} on {when} and Entra confirmed it. It is back: something writes it "
                    "there again.",
                    gaps,
                    (ad.ref, "err"),
                ),
            ),
            why=(_who(found, stamp), *_how_often(situation, found)),
            then=(
                Say(
                    "The bot stops offering this change: it would be undone again. Find the system that writes "
                    "{attribute} and correct its rule.",
                    gaps,
                    (ad.ref,),
                ),
            ),
            losers=(ad.ref,),
            runbooks=(
                runbook(
                    Instruction(
                        Say(
                            "On the domain controller, look who wrote it: event 5136.",
                            cites=(ad.ref,),
                        ),
                        "Get-WinEvent -ComputerName "
                        + (quoted(stamp.dc) if stamp else "(Read-Host 'Domain controller')")
                        + " -FilterHashtable @{LogName='Security';Id=5136} | Where-Object Message -like "
                        + quoted(f"*{_unwild(ad.guid)}*"),
                    ),
                    Instruction(
                        Say(
                            "Ask who runs the identity system, the HR import or the address script, and have the rule "
                            "for {name} corrected. Then press Re-check now.",
                            gaps,
                            (ad.ref,),
                        )
                    ),
                    rank=1,
                    risk=Risk.SAFE,
                    title=Say("Find the writer", cites=(ad.ref,)),
                    because=Say(
                        "only people can change the rules of another system", cites=(ad.ref,)
                    ),
                    undo=Say("Nothing is changed by looking.", cites=(ad.ref,)),
                ),
            ),
        )
    )


def _unwild(text: str) -> str:
    """`-like` has wildcards of its own; a GUID has none of them."""
    return "".join(c for c in text if c.isalnum() or c == "-")


def _written_back(situation: Situation) -> _Back | None:
    ads = {h.ad.ref: h for h in situation.evidence.holders if h.ad and not h.ad.deleted}
    for repair in sorted(situation.repairs, key=lambda r: r.at, reverse=True):
        holder = ads.get(repair.ref)
        if holder is None or holder.ad is None:
            continue
        now = {fold(v): v for v in _stored(holder.ad, repair.attribute)}
        for value in repair.deleted:
            about = bare_of(value)[1] == situation.value
            if about and fold(value) in now and not _we_put_it_back(situation, repair, value):
                return _Back(repair, holder, holder.ad, now[fold(value)])
    return None


def _we_put_it_back(situation: Situation, repair: Repair, value: str) -> bool:
    return any(
        later.at >= repair.at
        and later.ref == repair.ref
        and later.attribute == repair.attribute
        and fold(value) in {fold(v) for v in later.added}
        for later in situation.repairs
    )


def _stored(ad: AdObject, attribute: str) -> tuple[str, ...]:
    one = {
        "mail": ad.mail,
        "userPrincipalName": ad.user_principal_name,
        "targetAddress": ad.target_address,
        "mailNickname": ad.mail_nickname,
        "displayName": ad.display_name,
        "msRTCSIP-PrimaryUserAddress": ad.sip_address,
    }
    if attribute == "proxyAddresses":
        return ad.proxy_addresses
    return (value,) if (value := one.get(attribute)) else ()


def _stamp(found: _Back) -> AttributeStamp | None:
    """The write after ours, as replication tells it."""
    repair = found.repair
    for stamp in found.ad.stamps:
        climbed = repair.version is None or stamp.version > repair.version
        if stamp.attribute == repair.attribute and climbed and stamp.changed_at > repair.at:
            return stamp
    return None


def _who(found: _Back, stamp: AttributeStamp | None) -> Say:
    if stamp is None:
        return Say(
            "When and where it was written could not be read from AD.",
            {"name": found.holder.name},
            (found.ad.ref,),
        )
    gaps = {
        "attribute": stamp.attribute,
        "when": f"{stamp.changed_at:%Y-%m-%d %H:%M} UTC",
        "dc": stamp.dc,
    }
    if found.repair.version is None:
        return Say(
            "{attribute} was last written on {when} on {dc}; AD does not record by whom.",
            gaps,
            (found.ad.ref,),
        )
    times = stamp.version - found.repair.version
    return Say(
        "{attribute} was written again on {when} on {dc}, {times} times since the bot; AD does not record by whom."
        if times > 1
        else "{attribute} was written again on {when} on {dc}; AD does not record by whom.",
        {**gaps, "times": str(times)},
        (found.ad.ref,),
    )


def _how_often(situation: Situation, found: _Back) -> tuple[Say, ...]:
    count = sum(
        r.ref == found.repair.ref and fold(found.value) in {fold(v) for v in r.deleted}
        for r in situation.repairs
    )
    if count < 2:
        return ()
    return (
        Say(
            "The bot has taken it off {count} times already.",
            {"count": str(count)},
            (found.ad.ref,),
        ),
    )
