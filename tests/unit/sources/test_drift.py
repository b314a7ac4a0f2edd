"""In: a World whose two sides differ here and there. Out: walks over it.
Promise: what was looked at, what is unknown and what is only on its way are told apart; one error is the whole answer.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from bot.errors import ListBroken, Unreachable
from bot.model import AdObject, Changed, CloudObject, Holder, ObjectType
from bot.sources.drift import DriftWalk
from bot.triage.drift import Drift
from tests import builders
from tests.builders import NOW
from tests.fakes.directories import WorldAd, WorldCloud
from tests.fakes.world import World

OWN = "SMTP:bo.berg@contoso.com"


@dataclass
class Watched(WorldCloud):
    """Says of its lists what it is told to; `asked` are the tokens."""

    changes: dict[ObjectType, Changed | Exception] = field(default_factory=dict)
    asked: list[tuple[ObjectType, str]] = field(default_factory=list)

    async def changed(self, type_: ObjectType, token: str) -> Changed:
        self.asked.append((type_, token))
        told = self.changes.get(type_, Changed(objects=(), token="t"))
        if isinstance(told, Exception):
            raise told
        return told


@dataclass
class LightAd(WorldAd):
    heavy: list[bool] = field(default_factory=list)

    async def joined(
        self, clouds: Sequence[CloudObject], *, heavy: bool = True
    ) -> Mapping[str, AdObject]:
        self.heavy.append(heavy)
        return await super().joined(clouds, heavy=heavy)


def world(*holders: Holder) -> World:
    made = World().add(*holders)
    made.last_sync_at = NOW - timedelta(minutes=10)
    return made


def bo(**ad: object) -> Holder:
    return builders.user(
        "Bo Berg", proxies=(OWN, "smtp:b o@contoso.com"), cloud_proxies=(OWN,), ad=ad
    )


def ids(*names: str) -> frozenset[str]:
    return frozenset(builders.cloud_id_of(name) for name in names)


def walker(of: World, cloud: WorldCloud | None = None) -> DriftWalk:
    return DriftWalk(ad=WorldAd(of), cloud=cloud or WorldCloud(of), clock=of.clock)


async def test_a_walk_tells_what_it_found_and_what_it_looked_at() -> None:
    of = world(bo(), builders.user("Anna Lind"), builders.only_in_cloud("Guest"))
    walk = await walker(of).walk({})

    assert [(e.category, e.value) for e in walk.errors] == [(Drift.ADDRESS, "smtp:b o@contoso.com")]
    assert (walk.looked, walk.unknown, walk.whole) == (
        ids("Bo Berg", "Anna Lind"),
        frozenset(),
        True,
    )
    assert walk.tokens == {"user": "+", "group": "+"}


async def test_an_account_whose_ad_side_was_not_found_is_unknown() -> None:
    of = world(bo(), builders.user("Anna Lind"))
    del of.ad[of.person("Anna Lind").guid]
    walk = await walker(of).walk({})

    assert (walk.looked, walk.unknown) == (ids("Bo Berg"), ids("Anna Lind"))


async def test_only_what_changed_is_looked_at_and_who_left_is_looked_at_too() -> None:
    of = world(bo(), builders.user("Anna Lind"))
    cloud = Watched(of)
    cloud.changes[ObjectType.USER] = Changed(
        objects=(of.account("Bo Berg"),), gone=ids("Old"), token="t2"
    )
    walk = await walker(of, cloud).walk({"user": "t1", "group": "g1"})

    assert cloud.asked == [(ObjectType.USER, "t1"), (ObjectType.GROUP, "g1")]
    assert (walk.looked, walk.whole) == (ids("Bo Berg", "Old"), False)
    assert walk.tokens["user"] == "t2"


async def test_a_change_on_its_way_is_looked_at_again_without_being_named() -> None:
    renamed = {"user_principal_name": "bo@contoso.com", "changed_at": NOW - timedelta(minutes=5)}
    of = world(builders.user("Bo Berg", ad=renamed))
    first = await walker(of).walk({})

    assert (first.errors, first.settling) == ((), tuple(ids("Bo Berg")))

    of.clock.forward(hours=3)
    of.last_sync_at = of.clock.now()
    second = await walker(of, Watched(of)).walk({"user": "t1"}, first.settling)

    assert [e.category for e in second.errors] == [Drift.UPN_STAYS]
    assert second.settling == ()


async def test_certificates_and_photos_of_thousands_are_not_read() -> None:
    of = world(*(builders.user(f"Person {n}") for n in range(1_100)))
    ad = LightAd(of)
    await DriftWalk(ad=ad, cloud=WorldCloud(of), clock=of.clock).walk({})

    assert ad.heavy == [False] * 3  # five hundred at a time


@pytest.mark.parametrize("error", [ListBroken("half"), Unreachable("Entra", "away")])
async def test_half_a_walk_is_none(error: Exception) -> None:
    of = world(bo())
    cloud = Watched(of, changes={ObjectType.GROUP: error})

    with pytest.raises(type(error)):
        await walker(of, cloud).walk({})
