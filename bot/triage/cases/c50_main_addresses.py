"""In: a situation. Out: C50, when an object has several main addresses, or only extra ones.
Promise: pure; afterwards exactly one is the main one, all addresses stay, and it is always JUDGE.
"""

from bot.model import Change, Diagnosis, Proposal, Say
from bot.triage.calculate import bare_text
from bot.triage.cases.finding import Finding
from bot.triage.cases.own import Own, worked_out
from bot.triage.drift import Drift, extra_addresses, lacks_main_address, main_addresses
from bot.triage.proposals import propose
from bot.triage.situation import Situation
from bot.triage.value import bare_of, fold


def recognise(situation: Situation) -> Finding | None:
    own = worked_out(situation, Drift.MAIN_ADDRESSES)
    if own is None:
        return None
    if len(main_addresses(own.ad)) > 1:
        return _several(situation, own)
    return _none(situation, own) if lacks_main_address(own.ad) else None


def _several(situation: Situation, own: Own) -> Finding:
    mains = main_addresses(own.ad)
    kept = _kept(own, mains)
    demoted = tuple(v for v in mains if v != kept)
    proposal = None
    if kept:
        proposal = _change(
            situation,
            own,
            Change(
                "proxyAddresses",
                delete=demoted,
                add=tuple(f"smtp:{bare_text(v)}" for v in demoted),
            ),
            Say(
                "Keep {kept} as the only main address of {name}; the others stay as extra ones",
                {"kept": bare_text(kept), "name": own.name},
            ),
        )
    shown = (own.cloud.mail if own.cloud else None) or ""
    of = {
        "name": own.name,
        "mains": ", ".join(bare_text(v) for v in mains),
        "shown": shown,
        "kept": bare_text(kept) if kept else "",
    }
    what = [Say("In AD {name} has more than one main address: {mains}.", of, own.cites)]
    if shown:
        what.append(Say("Entra took {shown} as the main one.", of, own.cites))
    return _finding(
        own,
        Say("{name} has more than one main address", of),
        tuple(what),
        Say(
            "A mailbox sends from one address; which of several it is, is left to chance.",
            cites=(own.ad.ref,),
        ),
        Say(
            "{kept} would be the main address here and in the cloud. Mail to the others still arrives.",
            of,
            own.cites,
        )
        if proposal
        else Say(
            "The mail field names none of them, so somebody has to say which one it is.",
            cites=own.cites,
        ),
        proposal,
    )


def _kept(own: Own, mains: tuple[str, ...]) -> str | None:
    """The one that `mail` names, else the one that works in Entra today."""
    for named in (own.ad.mail, own.cloud.mail if own.cloud else None):
        for main in mains:
            if named and fold(named) == bare_of(main)[1]:
                return main
    return None


def _none(situation: Situation, own: Own) -> Finding:
    extras = extra_addresses(own.ad)
    upn = fold(own.ad.user_principal_name or "")
    chosen = next((v for v in extras if bare_of(v)[1] == upn), None)
    if chosen is None and len(extras) == 1:
        chosen = extras[0]
    of = {
        "name": own.name,
        "extras": ", ".join(bare_text(v) for v in extras),
        "chosen": bare_text(chosen) if chosen else "",
    }
    proposal = (
        _change(
            situation,
            own,
            Change("proxyAddresses", delete=(chosen,), add=(f"SMTP:{bare_text(chosen)}",)),
            Say("Make {chosen} the main address of {name}", of),
        )
        if chosen
        else None
    )
    return _finding(
        own,
        Say("{name} has no main address", of),
        (Say("In AD {name} has addresses, but none is the main one: {extras}.", of, own.cites),),
        Say(
            "Where AD names no main address, Entra takes another value for it.",
            cites=(own.ad.ref,),
        ),
        Say("{chosen} would be the main address here and in the cloud.", of, own.cites)
        if proposal
        else Say("Somebody has to say which one is to be the main address.", cites=own.cites),
        proposal,
    )


def _change(situation: Situation, own: Own, change: Change, title: Say) -> Proposal | None:
    return propose(
        situation.evidence,
        case_id=situation.case_id,
        code="C50",
        rank=1,
        title=title,
        loser=own.holder,
        changes=(change,),
    )


def _finding(
    own: Own, title: Say, what: tuple[Say, ...], why: Say, then: Say, proposal: Proposal | None
) -> Finding:
    diagnosis = Diagnosis(
        code="C50", title=title, what=what, why=(why,), then=(then,), losers=own.losers
    )
    return Finding(diagnosis, (proposal,) if proposal else ())
