"""In: nothing; these are the judgements of one company. Out: plain values that triage works with.
How a keeper is scored, how names are made, which OUs are synchronized, how long a silence is a stop.
Promise: every number that a diagnosis depends on has a name here and can be set; none is written into a case.
"""

from dataclasses import dataclass, field
from datetime import timedelta

from bot.rules.letters import LETTERS


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """Points for and against keeping a value. A lead of `confident` is an answer, less is a question."""

    mailbox: int = 4
    main: int = 3
    enabled: int = 2
    active: int = 2
    owner_now: int = 2
    own_name: int = 1
    longer: int = 1
    contact: int = -1
    long_disabled: int = -3
    out_of_scope: int = -3
    confident: int = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Naming:
    """How a new address or sign-in name is made: patterns in the order they are tried.

    Gaps: {given} {surname} {initial} (first letter of the given name) {alias} {account}. When all are taken, 2 to 9
    are added to the first. `domain` is where new names live; the value's own domain, if it is verified, when empty.
    """

    patterns: tuple[str, ...] = ("{given}.{surname}", "{initial}.{surname}", "{alias}", "{account}")
    domain: str = ""
    former: str = "former-{local}"  # what the address of somebody who left becomes
    letters: dict[str, str] = field(default_factory=lambda: dict(LETTERS))


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    weights: Weights = Weights()
    naming: Naming = field(default_factory=Naming)
    sync_ous: tuple[str, ...] = ()  # DNs, all forests; empty: unknown
    sync_stopped_after: timedelta = timedelta(hours=3)
    active_within: timedelta = timedelta(days=60)  # lastLogonTimestamp itself is up to 14 days old
    long_disabled_after: timedelta = timedelta(days=90)
    leaver_after: timedelta = timedelta(days=30)
    # an hourly sweep plus one export, with room: after that it is not simply late
    stale_for: timedelta = timedelta(minutes=90)
    stuck_after: timedelta = timedelta(hours=4)
    renames_in_entra: bool = False  # the bot may change sign-in names there
    most_certificates: int = 15
    most_proxies: int = 300
