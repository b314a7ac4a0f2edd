"""In: nothing.
Out: a Contoso tenant at a fixed time that a test may move, and ways to export into it.
Promise: no server, no wall clock.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from bot.lab.entra import Exported, ExportError, Incoming, Kind, Shadow, Tenant, export

if TYPE_CHECKING:
    from bot.lab.entra.objects import DirectoryObject

START = datetime(2026, 11, 2, 8, 0, tzinfo=UTC)


@dataclass
class Clock:
    now: datetime = START

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **duration: float) -> None:
        self.now += timedelta(**duration)


@dataclass
class Contoso:
    clock: Clock = field(default_factory=Clock)
    tenant: Tenant = field(init=False)

    def __post_init__(self) -> None:
        self.tenant = Tenant("12cce4b4-0000-4000-8000-000000000001", clock=self.clock)

    def try_export(
        self, name: str, *, kind: Kind = Kind.USER, **shadow: Any
    ) -> Exported | ExportError:
        """`name` gives the anchor, the alias-less sign-in name and the display name."""
        sid = shadow.pop("sid", f"S-1-5-21-1-2-3-{sum(name.encode())}")
        if kind is Kind.USER:
            shadow.setdefault("user_principal_name", f"{name}@contoso.com")
        incoming = Incoming(
            kind=kind,
            anchor=shadow.pop("anchor", f"anchor-{name}"),
            object_guid=shadow.pop("guid", f"guid-{name}"),
            distinguished_name=f"CN={name},OU=People,DC=contoso,DC=com",
            display_name=name,
            sam_account_name=name,
            security_identifier=sid if kind is not Kind.CONTACT else None,
            mail_enabled=kind is Kind.GROUP,
            shadow=Shadow(**shadow),
        )
        return export(self.tenant, incoming)

    def export(self, name: str, *, kind: Kind = Kind.USER, **shadow: Any) -> DirectoryObject:
        outcome = self.try_export(name, kind=kind, **shadow)
        assert isinstance(outcome, Exported), outcome
        return self.tenant.objects[outcome.object_id]


@pytest.fixture
def contoso() -> Contoso:
    return Contoso()


def errors_of(held: DirectoryObject) -> list[tuple[str, str]]:
    return [(error.property_causing_error, error.value) for error in held.errors]
