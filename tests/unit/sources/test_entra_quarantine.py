"""In: a Cloud that says what it is told to. Out: polls.
The adapter behind the port is tested elsewhere; here only what the source makes of it.
Promise: whole or nothing, and the error that comes out is the cloud's own.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest

from bot.errors import DirsyncError, ListBroken, Refused, Unreachable
from bot.model import (
    Changed,
    CloudFindings,
    CloudObject,
    ObjectType,
    Poll,
    Standing,
    SyncError,
    TenantFacts,
)
from bot.sources.entra_quarantine import EntraQuarantine

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
FACTS = TenantFacts(tenant="t1", name="Contoso")


@dataclass
class TickingClock:
    now_is: datetime = NOON

    def now(self) -> datetime:
        return self.now_is

    def new_id(self, prefix: str) -> str:
        return f"{prefix}-1"


@dataclass
class ToldCloud:
    """`lists` holds objects, or the error to raise; `clock` moves on while a list is read."""

    lists: dict[ObjectType, tuple[CloudObject, ...] | DirsyncError] = field(default_factory=dict)
    clock: TickingClock = field(default_factory=TickingClock)

    async def facts(self) -> TenantFacts:
        return FACTS

    async def with_errors(self, type_: ObjectType) -> tuple[CloudObject, ...]:
        self.clock.now_is = NOON.replace(hour=13)
        told = self.lists.get(type_, ())
        if isinstance(told, DirsyncError):
            raise told
        return told

    async def changed(self, type_: ObjectType, token: str) -> Changed:
        raise AssertionError(f"a poll asks for no changes of {type_} since {token}")

    async def holders(self, values: Sequence[str]) -> Mapping[str, CloudFindings]:
        raise AssertionError(f"a poll asks for no owners of {values}")

    async def objects(
        self, ids: Sequence[tuple[ObjectType, str]]
    ) -> Mapping[str, CloudObject | None]:
        raise AssertionError(f"a poll does not read {ids}")

    async def by_anchor(self, anchor: str) -> CloudFindings:
        raise AssertionError(f"a poll does not follow {anchor}")

    async def by_anchors(self, anchors: Sequence[str]) -> Mapping[str, CloudFindings]:
        raise AssertionError(f"a poll does not follow {anchors}")

    async def by_ids(self, ids: Sequence[str]) -> Mapping[str, CloudFindings]:
        raise AssertionError(f"a poll does not look for {ids}")

    async def who_manages(self, clouds: Sequence[CloudObject]) -> CloudFindings:
        raise AssertionError(f"a poll does not ask who manages {clouds}")

    async def standings(self, ids: Sequence[str]) -> Mapping[str, Standing]:
        raise AssertionError(f"a poll asks for no roles of {ids}")

    async def standing(self, anchor: str) -> Standing:
        raise AssertionError(f"a poll asks for no roles of {anchor}")


def holding(object_id: str, type_: ObjectType, *values: str) -> CloudObject:
    errors = tuple(
        SyncError(
            object_id=object_id, object_type=type_, object_name=object_id, value=value, raw=value
        )
        for value in values
    )
    return CloudObject(id=object_id, type=type_, name=object_id, errors=errors)


async def poll(cloud: ToldCloud) -> Poll:
    return await EntraQuarantine(cloud=cloud, clock=cloud.clock).poll()


async def test_errors_come_in_one_order_whatever_order_graph_has() -> None:
    one, two = (holding(name, ObjectType.USER, "b", "a") for name in ("1", "2"))
    group = holding("3", ObjectType.GROUP, "c")
    forth = await poll(ToldCloud({ObjectType.USER: (one, two), ObjectType.GROUP: (group,)}))
    back = await poll(ToldCloud({ObjectType.USER: (two, one), ObjectType.GROUP: (group,)}))

    assert [(e.object_id, e.value) for e in forth.errors] == [
        ("3", "c"),
        ("1", "a"),
        ("1", "b"),
        ("2", "a"),
        ("2", "b"),
    ]
    assert forth == back


async def test_a_poll_claims_the_moment_before_it_read() -> None:
    assert await poll(ToldCloud()) == Poll(errors=(), tenant=FACTS, read_at=NOON)


@pytest.mark.parametrize("broken", [ObjectType.USER, ObjectType.GROUP, ObjectType.CONTACT])
@pytest.mark.parametrize(
    "error", [ListBroken("ends early"), Unreachable("Entra", "away"), Refused("Entra", "no right")]
)
async def test_one_missing_list_is_no_poll(broken: ObjectType, error: DirsyncError) -> None:
    with pytest.raises(type(error)) as caught:
        await poll(ToldCloud({broken: error}))

    assert caught.value is error
