"""In: a situation about how one object's own values are written. Out: that object with its errors, and shared words.
Such a case has no rival: either the bot worked it out by comparing both sides, or the sync server named it.
Promise: pure; exactly one living AD object, or none at all; nothing that another case is about.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from bot.model import (
    AdObject,
    CloudObject,
    Holder,
    Instruction,
    Origin,
    Risk,
    Runbook,
    Say,
    SyncError,
    mark,
)
from bot.rules.values import Fault, is_routable
from bot.triage.runbooks import quoted, runbook
from bot.triage.situation import Situation, refs
from bot.triage.value import fold

VALIDATION = ("IdentityDataValidationFailed", "DataValidationFailed")
TOO_LARGE = ("LargeObject", "ExceededAllowedLength")


@dataclass(frozen=True, slots=True)
class Own:
    """The object itself; `told` by the sync server, which then refuses the whole object, or worked out by us."""

    holder: Holder
    ad: AdObject
    errors: tuple[SyncError, ...]
    told: bool

    @property
    def name(self) -> str:
        return self.holder.name

    @property
    def cites(self) -> tuple[str, ...]:
        return (*refs(self.holder), "err")

    @property
    def cloud(self) -> CloudObject | None:
        return self.holder.cloud

    @property
    def losers(self) -> tuple[str, ...]:
        return (self.ad.ref,)


def worked_out(situation: Situation, category: str) -> Own | None:
    """Every error is a difference of this category, on one object that both sides have."""
    errors = situation.errors
    if not errors or any(e.origin is not Origin.DRIFT or e.category != category for e in errors):
        return None
    return _own(situation.selves, errors, told=False)


def told_by_server(situation: Situation, *categories: str) -> Own | None:
    """Every error is one of these of the sync server. The object need not be in Entra: it may never have got there."""
    wanted = {fold(c) for c in categories}
    errors = situation.errors
    if not errors or any(
        e.origin is not Origin.EXPORT or fold(e.category or "") not in wanted for e in errors
    ):
        return None
    living = [
        h for h in situation.evidence.holders if h.ad and not h.ad.deleted and not h.ad.conflict
    ]
    selves = situation.selves or tuple(h for h in living if h.ad_claims) or tuple(living)
    return _own(selves, errors, told=True)


def _own(selves: tuple[Holder, ...], errors: tuple[SyncError, ...], *, told: bool) -> Own | None:
    if len(selves) != 1:
        return None
    ad = selves[0].ad
    if ad is None or ad.deleted or ad.conflict:
        return None
    return Own(selves[0], ad, errors, told)


def mentions(own: Own, *attributes: str) -> bool:
    """The errors name one of these properties, or none at all."""
    wanted = {fold(a) for a in attributes}
    return all(e.attribute is None or fold(e.attribute) in wanted for e in own.errors)


_FAULTS: Mapping[Fault, str] = {
    Fault.SPACE: mark("“{value}” has a blank or a line break in it."),
    Fault.LETTERS: mark("“{value}” has letters with marks, or of another alphabet."),
    Fault.CHARACTERS: mark("“{value}” has characters that may not stand there."),
    Fault.DOT: mark("“{value}” has a dot at an end of its name, or two in a row."),
    Fault.MANY_AT: mark("“{value}” has more than one @."),
    Fault.NO_AT: mark("“{value}” is not a whole address: a part is missing."),
    Fault.BLANK: mark("“{value}” is empty."),
    Fault.COLON: mark("“{value}” has a second colon."),
    Fault.NO_TYPE: mark("“{value}” has no type before it, such as smtp:."),
    Fault.LONG: mark("“{value}” is too long."),
    Fault.DOMAIN: mark("“{value}” does not end in a domain."),
}


def fault_words(value: str, faults: Iterable[Fault], cites: tuple[str, ...]) -> tuple[Say, ...]:
    """One sentence a fault; that a domain is not routable is said elsewhere."""
    return tuple(Say(_FAULTS[f], {"value": value}, cites) for f in faults if f in _FAULTS)


def shown_in_entra(own: Own) -> Say:
    """What people sign in with in the cloud meanwhile."""
    now = (own.cloud.user_principal_name if own.cloud else None) or ""
    if own.told or not now:
        return Say(
            "Entra refuses the whole object: nothing of {name} synchronizes until that is put right.",
            {"name": own.name},
            own.cites,
        )
    return Say(
        "Entra put {now} in its place: with that {name} signs in to the cloud.",
        {"now": now, "name": own.name},
        own.cites,
    )


def signs_in_as(own: Own, new: str | None) -> Say:
    """What the proposal will do, or why there is none."""
    if new is None:
        return Say(
            "No better name is known to be free, so the bot proposes none. Somebody has to choose a sign-in name for {name}.",
            {"name": own.name},
            own.cites,
        )
    return Say(
        "After the change and the next sync {name} signs in as {new} here and in the cloud.",
        {"name": own.name, "new": new},
        own.cites,
    )


def suffix_runbook(domain: str, *, rank: int, cites: tuple[str, ...]) -> Runbook:
    """The list in the consoles only offers suffixes that are registered; LDAP takes any."""
    return runbook(
        Instruction(
            Say("See which suffixes the forest offers.", cites=cites),
            "Get-ADForest | Select-Object -ExpandProperty UPNSuffixes",
        ),
        Instruction(
            Say("Register {domain}, if it is missing.", {"domain": domain}, cites),
            f"Get-ADForest | Set-ADForest -UPNSuffixes @{{Add={quoted(domain)}}}",
        ),
        rank=rank,
        risk=Risk.JUDGE,
        title=Say("Register {domain} as a UPN suffix of the forest", {"domain": domain}, cites),
        because=Say(
            "it is a setting of the whole forest; without it administrators do not find the suffix in their consoles",
            cites=cites,
        ),
        undo=Say("Take it out again with -UPNSuffixes @{{Remove=…}}.", cites=cites),
    )


def verify_runbook(domain: str, *, rank: int, cites: tuple[str, ...]) -> tuple[Runbook, ...]:
    """Only where the internet can know the domain at all."""
    if not is_routable(domain):
        return ()
    return (
        runbook(
            Instruction(
                Say("Add {domain} to the tenant.", {"domain": domain}, cites),
                f"New-MgDomain -Id {quoted(domain)}",
            ),
            Instruction(
                Say(
                    "Put the DNS record that it asks for into the zone of {domain}.",
                    {"domain": domain},
                    cites,
                ),
                f"Get-MgDomainVerificationDnsRecord -DomainId {quoted(domain)}",
            ),
            Instruction(
                Say("Verify it.", cites=cites), f"Confirm-MgDomain -DomainId {quoted(domain)}"
            ),
            rank=rank,
            risk=Risk.JUDGE,
            title=Say("Or verify {domain}, if it is yours", {"domain": domain}, cites),
            because=Say(
                "a verified domain changes the sign-in names of everybody who uses it", cites=cites
            ),
            undo=Say("Remove the domain again while nobody uses it.", cites=cites),
        ),
    )
