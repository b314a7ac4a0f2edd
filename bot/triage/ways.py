"""In: a situation, and an object of it that should let go of the value. Out: the ways in which it can.
A proposal where the bot may write, an instruction where Exchange or a protected account decides, a sentence where
something is missing. All places where the object holds the value go in one modify: one left behind brings it back.
Promise: pure; never the last main address, never an empty sign-in name, never an address nobody has looked for.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from bot.model import AdObject, Change, Evidence, Holder, ObjectType, Proposal, Risk, Runbook, Say
from bot.triage.byhand import by_ad_team, in_exchange
from bot.triage.naming import first_free, former_names, new_names, own_main, own_others
from bot.triage.proposals import (
    change_upn,
    exchange_decides,
    promote_other,
    propose,
    remove_value,
)
from bot.triage.risk import SIGN_IN
from bot.triage.situation import Situation, has, main_claim, proxy, refs
from bot.triage.value import bare_of, fold


@dataclass(frozen=True, slots=True)
class Ways:
    proposals: tuple[Proposal, ...] = ()
    runbooks: tuple[Runbook, ...] = ()
    missing: tuple[Say, ...] = ()

    def __add__(self, other: "Ways") -> "Ways":
        return Ways(
            (*self.proposals, *other.proposals),
            (*self.runbooks, *other.runbooks),
            (*self.missing, *other.missing),
        )


def let_go(
    situation: Situation,
    loser: Holder,
    *,
    code: str,
    doubt: Say | None = None,
    former: bool = False,
    main_in_mail: bool = False,
) -> Ways:
    """Everything this object can do about its claim, best first. `former`: it belongs to somebody who left.
    `main_in_mail`: the mail field is a person's main address here, not a note, and wants another one.
    """
    ad = loser.ad
    if ad is None or ad.deleted or ad.conflict:
        return Ways()
    found = Ways()
    for new in _instead(situation, loser, former=former, main_in_mail=main_in_mail):
        found += _one_way(situation, loser, new, code=code, doubt=doubt)
    if found.proposals or found.runbooks:
        return found
    return Ways(missing=(_missing(situation, loser),))


def from_changes(
    situation: Situation,
    loser: Holder,
    changes: tuple[Change, ...],
    *,
    code: str,
    title: Say,
    doubt: Say | None = None,
) -> Ways:
    """A change of a case's own, as a proposal or as an instruction."""
    made = propose(
        situation.evidence,
        case_id=situation.case_id,
        code=code,
        rank=1,
        title=title,
        loser=loser,
        changes=changes,
        doubt=doubt,
    )
    return _as_way(situation, loser, changes, title, made)


def _one_way(
    situation: Situation, loser: Holder, new: str | None, *, code: str, doubt: Say | None
) -> Ways:
    ad = loser.ad
    changes = changes_for(loser, situation.evidence, new) if ad else ()
    if ad is None or not changes:
        return Ways()
    made = _made(situation, loser, changes, new, code=code, doubt=doubt)
    title = made.title if made else _title(situation, loser, changes, new)
    return _as_way(situation, loser, changes, title, made)


def _as_way(
    situation: Situation,
    loser: Holder,
    changes: tuple[Change, ...],
    title: Say,
    made: Proposal | None,
) -> Ways:
    ad = loser.ad
    title = replace(title, cites=refs(loser))
    if ad is None:
        return Ways()
    if made is not None and made.risk is Risk.DESTRUCTIVE:
        by_hand = by_ad_team(ad, changes, rank=1, title=title, because=made.because)
        return Ways(runbooks=(by_hand,))
    if made is not None:
        return Ways(proposals=(made,))
    if exchange_decides(ad, changes) and _is_possible(situation.evidence, loser, changes):
        return Ways(runbooks=(in_exchange(ad, changes, rank=1, title=title),))
    return Ways()


def _is_possible(evidence: Evidence, loser: Holder, changes: tuple[Change, ...]) -> bool:
    """Would it be proposed if no policy stood in the way?"""
    if loser.ad is None:
        return False
    free = replace(loser, ad=replace(loser.ad, address_policy=False))
    made = propose(
        evidence,
        case_id="",
        code="",
        rank=1,
        title=Say(""),
        loser=free,
        changes=changes,
    )
    return made is not None


def _made(
    situation: Situation,
    loser: Holder,
    changes: tuple[Change, ...],
    new: str | None,
    *,
    code: str,
    doubt: Say | None,
) -> Proposal | None:
    """By the operation that has the plainest words for it."""
    evidence, case_id = situation.evidence, situation.case_id
    touched = [c.attribute for c in changes]
    main = proxy(loser.ad_claims, primary=True)  # what `promote_other` deletes
    first = changes[0]
    if touched in (["proxyAddresses"], ["mail"]) and len(first.delete) == 1 and not first.add:
        return remove_value(
            evidence,
            case_id=case_id,
            code=code,
            loser=loser,
            attribute=first.attribute,
            stored=first.delete[0],
            doubt=doubt,
        )
    if touched == [SIGN_IN]:
        return change_upn(evidence, case_id=case_id, code=code, loser=loser, new=changes[0].add[0])
    if main and new and set(touched) <= {"proxyAddresses", "mail"}:
        made = promote_other(
            evidence, case_id=case_id, code=code, loser=loser, stored=main.value, other=new
        )
        if made and made.steps[0].changes == changes:
            return made
    return propose(
        evidence,
        case_id=case_id,
        code=code,
        rank=1,
        title=_title(situation, loser, changes, new),
        loser=loser,
        changes=changes,
        doubt=doubt,
    )


def _title(
    situation: Situation, loser: Holder, changes: tuple[Change, ...], new: str | None
) -> Say:
    gaps = {
        "value": situation.value,
        "name": loser.name,
        "attributes": ", ".join(c.attribute for c in changes),
        "new": bare_of(new)[1] if new else "",
    }
    if new:
        return Say("Give {name} {new} instead of {value} ({attributes})", gaps, refs(loser))
    return Say("Remove {value} from {name} wherever it stands ({attributes})", gaps, refs(loser))


def changes_for(loser: Holder, evidence: Evidence, new: str | None) -> tuple[Change, ...]:
    """What takes the value off everything of this object that Entra reads as an address or a sign-in name.

    `new` takes its place where there must be one: `smtp:…` as the object stores it, or a bare address.
    """
    ad, claims = loser.ad, loser.ad_claims
    if ad is None:
        return ()
    address = bare_of(new or first_free(evidence, loser, own_main(evidence, loser)) or "")[1]
    changes = []
    listed = [c.value for c in claims if c.attribute == "proxyAddresses" and _is_smtp(c.value)]
    gone = list(dict.fromkeys(listed))
    if any(v.startswith("SMTP:") for v in gone):
        if not new:
            return ()
        own = _own_spelling(ad, new)
        changes.append(
            Change(
                "proxyAddresses",
                delete=(*gone, own) if own else tuple(gone),
                add=(f"SMTP:{own.partition(':')[2] if own else bare_of(new)[1]}",),
            )
        )
    elif gone:
        changes.append(Change("proxyAddresses", delete=tuple(gone)))
    for claim in claims:
        if claim.attribute == "mail":
            changes.append(Change("mail", delete=(claim.value,), add=(address,) if address else ()))
        elif claim.attribute == SIGN_IN:
            if not new:
                return ()
            changes.append(Change(SIGN_IN, delete=(claim.value,), add=(bare_of(new)[1],)))
    return tuple(changes)


def _own_spelling(ad: AdObject, new: str) -> str | None:
    bare = bare_of(new)[1]
    return next(
        (v for v in ad.proxy_addresses if bare_of(v) == ("smtp", bare) and v.startswith("smtp:")),
        None,
    )


def _is_smtp(stored: str) -> bool:
    return fold(stored).startswith("smtp:")


def _instead(
    situation: Situation, loser: Holder, *, former: bool, main_in_mail: bool
) -> Iterator[str | None]:
    """What could take the value's place, in the order in which people are asked; None: nothing needs to."""
    evidence, claims = situation.evidence, loser.ad_claims
    main = main_claim(loser) if main_in_mail else proxy(claims, primary=True)
    if main is None and not has(claims, SIGN_IN):
        yield None
        return
    own = own_others(evidence, loser) if main else own_main(evidence, loser)
    made: tuple[str, ...] = ()
    if (
        loser.type is not ObjectType.CONTACT
    ):  # its addresses are of another company: not ours to make
        made = former_names(evidence, situation.policy) if former else ()
        made = made or new_names(evidence, loser, situation.policy)
    wanted = [first_free(evidence, loser, own), first_free(evidence, loser, made)]
    yield from _different(w for w in wanted if w)


def _different(wanted: Iterable[str]) -> Iterator[str]:
    seen: set[str] = set()
    for each in wanted:
        bare = bare_of(each)[1]
        if bare not in seen:
            seen.add(bare)
            yield each


def _missing(situation: Situation, loser: Holder) -> Say:
    gaps = {"name": loser.name, "value": situation.value}
    looked = ("taken",) if situation.evidence.taken else ("tenant",)
    if loser.type is ObjectType.CONTACT:
        return Say(
            "{value} is the only main address of the contact {name}: the bot does not take it away. "
            "Whoever looks after the contact gives it another address or deletes it.",
            gaps,
            refs(loser),
        )
    places = ", ".join(dict.fromkeys(c.attribute for c in loser.ad_claims))
    if not changes_for(loser, situation.evidence, situation.value):
        return Say(
            "{name} holds {value} in {places} only; that is for the people who look after it.",
            {**gaps, "places": places or Say("no attribute")},
            refs(loser),
        )
    if main_claim(loser):
        return Say(
            "{name} needs another main address before {value} can be taken off: the account lists no other "
            "address of a verified domain that is free, and no new one was found that is known to be free.",
            gaps,
            (*refs(loser), *looked),
        )
    return Say(
        "{name} needs another sign-in name before {value} can be taken off, and none was found that is "
        "known to be free.",
        gaps,
        (*refs(loser), *looked),
    )
