"""In: a case, and the table of routes as plain values. Out: the row that it falls under, and why not one above it.
A route says where a card is shown, in which language, who is told of it and which of the approvers decide.
Promise: pure and total: the last row takes everything; a row takes rights away and never gives any.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from bot.model import Case, Holder, Kind, Proposal, Risk, Say, mark
from bot.rules.names import inside
from bot.triage.choice import shown

# what a row asks for, in the order in which it is looked at; marked here, translated where it is shown
CONDITIONS: Mapping[str, str] = {
    "domains": mark("domain"),
    "ous": mark("OU"),
    "cases": mark("case"),
    "risks": mark("risk"),
    "types": mark("object type"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row. An empty condition asks for nothing; `approvers` None: all of the settings' list.

    People are Slack user ids. `lead` "": nobody.
    """

    number: int
    domains: tuple[str, ...] = ()
    ous: tuple[str, ...] = ()
    cases: tuple[str, ...] = ()
    risks: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    channel: str
    language: str = "en"
    owners: tuple[str, ...] = ()
    approvers: frozenset[str] | None = None
    notify: tuple[str, ...] = ()
    watch: tuple[str, ...] = ()
    lead: str = ""

    @property
    def asks(self) -> bool:
        return any(getattr(self, condition) for condition in CONDITIONS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Rows in their order; `rest` takes what none of them does. `approvers`: all there are, in their order.

    `security`: the only channel that a possible attack is shown in; "" while nobody has named one.
    """

    rest: Row
    rows: tuple[Row, ...] = ()
    approvers: tuple[str, ...] = ()
    security: str = ""

    def channels(self) -> tuple[str, ...]:
        """Every channel that a card may be shown in, the usual one first."""
        named = (self.rest.channel, *(row.channel for row in self.rows), self.security)
        return tuple(dict.fromkeys(filter(None, named)))


@dataclass(frozen=True, slots=True)
class Passed:
    """A row above the one that took the case: what it asks for, and what the case is instead."""

    number: int
    why: Say


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """`channel` "": a possible attack that has no channel to go to. `approvers` are those who may decide."""

    row: Row
    channel: str
    approvers: tuple[str, ...]
    alert: bool = False
    passed: tuple[Passed, ...] = ()


@dataclass(frozen=True, slots=True)
class Traits:
    """What the conditions are compared with. A case about several objects has several of each."""

    domains: frozenset[str] = frozenset()
    ous: tuple[str, ...] = ()  # DNs of the objects in AD
    cases: frozenset[str] = frozenset()
    risks: frozenset[str] = frozenset()
    types: frozenset[str] = frozenset()


def route_of(case: Case, table: Table, proposal: Proposal | None = None) -> Route:
    """`proposal`: the change that is decided on; else the one that the card shows."""
    traits = traits_of(case, proposal)
    alert = case.diagnosis is not None and case.diagnosis.alert
    passed: list[Passed] = []
    for row in table.rows:
        why = _why_not(row, traits)
        if why is None:
            return _route(row, table, alert=alert, passed=tuple(passed))
        passed.append(Passed(row.number, why))
    return _route(table.rest, table, alert=alert, passed=tuple(passed))


def narrowest(table: Table) -> frozenset[str]:
    """Who may decide whatever row it is: where it is not known which."""
    allowed = frozenset(table.approvers)
    for row in (*table.rows, table.rest):
        allowed &= allowed if row.approvers is None else row.approvers
    return allowed


def _route(row: Row, table: Table, *, alert: bool, passed: tuple[Passed, ...]) -> Route:
    allowed = table.approvers
    if row.approvers is not None:
        allowed = tuple(user for user in allowed if user in row.approvers)
    return Route(
        row=row,
        channel=table.security if alert else row.channel,
        approvers=allowed,
        alert=alert,
        passed=passed,
    )


# ---------------------------------------------------------------- what a case is


def traits_of(case: Case, proposal: Proposal | None = None) -> Traits:
    holders = case.evidence.holders if case.evidence else ()
    return Traits(
        domains=_domains(case, holders),
        ous=tuple(sorted({h.ad.dn for h in holders if h.ad})),
        cases=frozenset({case.diagnosis.code} if case.diagnosis else ()),
        risks=_risks(case, proposal),
        types=frozenset(
            {e.object_type.value for e in case.errors} | {h.type.value for h in holders}
        ),
    )


def _domains(case: Case, holders: Sequence[Holder]) -> frozenset[str]:
    """Of the value; where it has none (a SID, an anchor), those of the people it is about."""
    if case.key.kind in {Kind.ADDRESS, Kind.SIP} and (own := _domain(case.key.value)):
        return frozenset({own})
    names: set[str] = set()
    for holder in holders:
        for side in (holder.ad, holder.cloud):
            if side:
                names |= {side.user_principal_name or "", side.mail or ""}
    return frozenset(filter(None, map(_domain, names)))


def _domain(name: str) -> str:
    _, at, domain = name.rpartition("@")
    return domain.strip().lower() if at else ""


def _risks(case: Case, proposal: Proposal | None) -> frozenset[str]:
    """A case that people can only solve by hand has the risk of what they would do."""
    decided = proposal or shown(case)
    if decided:
        return frozenset({decided.risk.value})
    books: Iterable[Risk] = (b.risk for b in case.diagnosis.runbooks) if case.diagnosis else ()
    return frozenset(risk.value for risk in list(books)[:1])


# ---------------------------------------------------------------- whether a row asks for it


def _why_not(row: Row, traits: Traits) -> Say | None:
    """The first thing it asks for that the case is not."""
    for condition, word in CONDITIONS.items():
        wanted: tuple[str, ...] = getattr(row, condition)
        found: Iterable[str] = getattr(traits, condition)
        if not wanted or _meets(condition, wanted, found):
            continue
        gaps: dict[str, str | Say] = {"what": Say(word), "wanted": "; ".join(wanted)}
        if is_there := "; ".join(sorted(found)):
            return Say(
                "it asks for {what} {wanted}, and this is {found}", gaps | {"found": is_there}
            )
        return Say("it asks for {what} {wanted}, and this has none", gaps)
    return None


def _meets(condition: str, wanted: Sequence[str], found: Iterable[str]) -> bool:
    if condition == "ous":
        return any(_below(dn, ou) for dn in found for ou in wanted)
    return not frozenset(wanted).isdisjoint(found)


def _below(dn: str, ou: str) -> bool:
    try:
        return inside(dn, ou)
    except ValueError:  # a name in AD that is no DN lies in no OU
        return False
