"""In: the few fields a test about a cloud owner is about. Out: who asks in AD, who owns in Entra, and what is said.
Promise: `found` holds every finding to what any finding must keep, so that no test of a case can forget it.
"""

import string
from dataclasses import replace
from typing import Any

from bot.model import (
    Diagnosis,
    Evidence,
    Flags,
    Holder,
    Origin,
    Risk,
    Say,
    Side,
    Standing,
    SyncError,
)
from bot.triage.cases.catalogue import CATALOGUE
from bot.triage.cases.finding import Finding
from bot.triage.diagnose import diagnose
from tests.builders import (
    NOW,
    VALUE,
    cloud_id_of,
    error,
    evidence,
    only_in_cloud,
    tenant_facts,
    user,
)

MAIN = f"SMTP:{VALUE}"
EXTRA = f"smtp:{VALUE}"
OWN = "SMTP:bo.berg@contoso.com"


def asker(name: str = "Bo Berg", *, holds: str = "extra", **over: Any) -> Holder:
    """An AD user with a cloud account of its own, who lists VALUE and did not get it."""
    ad: dict[str, Any] = over.pop("ad", {})
    proxies: tuple[str, ...] = {
        "extra": (OWN, EXTRA),
        "main": (MAIN, "smtp:bo.berg@contoso.com"),
        "sign-in": (OWN,),
        "both": (MAIN,),
    }[holds]
    if holds in {"sign-in", "both"}:
        ad = {"user_principal_name": VALUE} | ad
    if holds in {"main", "both"}:
        ad = {"mail": VALUE} | ad
    usual: dict[str, Any] = {"proxies": proxies, "cloud_proxies": (OWN,), "ad": ad}
    return user(name, **(usual | over))


def new_in_ad(name: str = "Bo Berg", **over: Any) -> Holder:
    """The same, but nothing of it is in Entra."""
    return asker(name, **({"joined_by": None} | over))


def owner(name: str = "Kari Lie", **over: Any) -> Holder:
    """A cloud-only account in use that has VALUE as its main address."""
    usual: dict[str, Any] = {
        "id": cloud_id_of(f"{name} in the cloud"),  # not that of a twin of the same name
        "proxy_addresses": (MAIN,),
        "mail": VALUE,
        "licensed": True,
    }
    return only_in_cloud(name, **(usual | over))


def read_of(asks: Holder, has: Holder, *more: Holder, **over: Any) -> Evidence:
    """What was read, Entra roles of both included; `roles` are the owner's, None: no permission."""
    roles: tuple[str, ...] | None = over.pop("roles", ())
    free: tuple[str, ...] = over.pop("free", ())
    read = evidence(has, *more, asks, of=asks, **over)
    standings = dict(read.standings)
    if asks.ad:
        standings[asks.ad.ref] = Standing(None, ())
    if has.cloud:
        standings[has.cloud.ref] = Standing(has.cloud.id, roles)
    return replace(read, standings=standings, taken={**read.taken, **dict.fromkeys(free, ())})


def flags(**over: Any) -> dict[str, Any]:
    """As a keyword of `read_of`: what was stated about the tenant's switches."""
    usual = {"stated_on": "2026-10-01"}
    return {"tenant": tenant_facts(flags=Flags(**(usual | over)))}


def exported(category: str = "AttributeValueMustBeUnique", **over: Any) -> SyncError:
    """What the sync server told, about nothing that Entra knows."""
    usual: dict[str, Any] = {
        "object_id": "",
        "object_name": "Bo Berg",
        "category": category,
        "origin": Origin.EXPORT,
        "raw": f'{{"ErrorName":"{category}"}}',
    }
    return error(**(usual | over))


def found(read: Evidence, **over: Any) -> Finding:
    usual: dict[str, Any] = {"case_id": "c-1", "previous": None, "now": NOW}
    finding = diagnose(read, **(usual | over))
    sound(finding, read)
    return finding


def sound(finding: Finding, read: Evidence) -> None:
    """What holds for every finding: cited, filled, nothing written that is not named, nothing dangerous with a button."""
    d = finding.diagnosis
    unread = {c for s in sentences(finding) for c in s.cites} - read.keys()
    uncited = [s.msgid for s in (*d.what, *d.why, *d.then) if not s.cites]
    written = {s.ref for p in finding.proposals for s in p.steps if s.side is Side.AD}
    in_entra = [p for p in finding.proposals for s in p.steps if s.side is Side.ENTRA]
    open_gaps = [
        s.msgid
        for s in sentences(finding)
        if not {g for _, g, _, _ in string.Formatter().parse(s.msgid) if g} <= set(s.values)
    ]

    assert (unread, uncited, open_gaps) == (set(), [], [])
    assert written <= set(d.losers)
    assert d.keeper not in written
    # a change in Entra is the other way round, for people to choose: never by one click, never of two objects
    assert {(p.risk, len(p.steps)) for p in in_entra} <= {(Risk.JUDGE, 1)}
    assert not in_entra or d.keeper is None or in_entra[0].rank > 1
    assert {p.code for p in finding.proposals} <= {d.code}
    if d.code != "C00":
        assert {p.risk for p in finding.proposals} <= set(CATALOGUE[d.code].buttons)
        assert CATALOGUE[d.code].by_hand or not d.runbooks
    assert [r.title.english() for r in d.runbooks if not r.steps] == []


def sentences(finding: Finding) -> list[Say]:
    return [*said(finding.diagnosis), *by_hand(finding.diagnosis)]


def said(d: Diagnosis) -> list[Say]:
    return [d.title, *d.what, *d.why, *d.then]


def by_hand(d: Diagnosis) -> list[Say]:
    return [s for r in d.runbooks for s in (r.title, r.because, r.undo, *(i.say for i in r.steps))]


def words(finding: Finding) -> str:
    return " ".join(s.english() for s in said(finding.diagnosis))


def commands(finding: Finding, title: str = "") -> list[str]:
    """Of all runbooks, or of the one whose title has this word."""
    return [
        i.command
        for r in finding.diagnosis.runbooks
        if title in r.title.english()
        for i in r.steps
        if i.command
    ]


def ways(finding: Finding) -> list[tuple[int, Risk]]:
    """Rank and risk of all that is offered, with a button or by hand."""
    offered = [
        *((p.rank, p.risk) for p in finding.proposals),
        *((r.rank, r.risk) for r in finding.diagnosis.runbooks),
    ]
    return sorted(offered)


def changes(finding: Finding) -> list[tuple[str, tuple[str, ...], tuple[str, ...]]]:
    return [
        (c.attribute, c.delete, c.add)
        for p in finding.proposals
        for s in p.steps
        for c in s.changes
    ]
