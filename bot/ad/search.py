"""In: values, anchors, GUIDs, cloud objects. Out: the AD objects that hold or are them, in every forest at once.
Many values share a search; what comes back is given to its value by comparing here, ignoring case.
Promise: at most one search for 40 values; a forest that is away is a Gap in the answer, never a shorter answer.
"""

import asyncio
import base64
import binascii
import uuid
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import TypeVar

from bot.ad import implied
from bot.ad.ask import Entry, find
from bot.ad.close import close_values, guesses
from bot.ad.entry import GUID_BYTES, HEAVY, READ, ad_object, held, sid_octets
from bot.ad.filters import ALIAS, alias_of, any_of, bare, batches, can_be_held, is_equal
from bot.ad.forest import Forest, reading
from bot.ad.join import clauses_of, twins
from bot.ad.probe import Terrain
from bot.ad.site import Site
from bot.clock import SystemClock
from bot.errors import DirsyncError, Unreachable
from bot.model import EVERYTHING, AdFindings, AdObject, CloudObject, Gap, mark
from bot.ports import Clock

T = TypeVar("T")

CLOUDS_A_SEARCH = 100  # up to three clauses each
FEW = 4  # values that somebody waits for; more of them are mass work
CANDIDATES = 300  # looked at for "did you mean"


class Reader:
    """The AdReader port over any number of forests."""

    def __init__(self, forests: Iterable[Forest], clock: Clock | None = None) -> None:
        self._clock = clock or SystemClock()
        self._sites = tuple(Site(forest, reading(forest)) for forest in forests)

    async def close(self) -> None:
        for site in self._sites:
            await site.pool.close()

    async def check(self) -> tuple[tuple[Terrain, ...], tuple[DirsyncError, ...]]:
        """Reaches every forest now: for the start-up and for `doctor`. What is wrong with each of the others."""
        answers = await self._everywhere(_terrain)
        good = tuple(answer for _, answer in answers if isinstance(answer, Terrain))
        return good, tuple(answer for _, answer in answers if isinstance(answer, DirsyncError))

    async def holders(self, values: Sequence[str]) -> Mapping[str, AdFindings]:
        asked = list(dict.fromkeys(v for v in values if can_be_held(v)))

        async def question(site: Site, terrain: Terrain) -> dict[str, list[AdObject]]:
            return await _held_there(site, terrain, asked)

        answers = await self._answers(question) if asked else []
        gaps, searched = _frame(answers)
        found: dict[str, AdFindings] = {}
        for value in values:
            if not can_be_held(value):
                found[value] = AdFindings(
                    gaps=(
                        Gap(
                            "AD",
                            mark("this value"),
                            mark("it is not a text that a directory can hold"),
                        ),
                    )
                )
                continue
            objects = [
                each
                for _, _, answer in answers
                if not isinstance(answer, DirsyncError)
                for each in answer[bare(value)]
            ]
            found[value] = AdFindings(tuple(objects), gaps, searched)
        return found

    async def joined(
        self, clouds: Sequence[CloudObject], *, heavy: bool = True
    ) -> Mapping[str, AdObject]:
        wanted = [cloud for cloud in clouds if clauses_of(cloud)]
        now = self._clock.now()

        async def question(site: Site, terrain: Terrain) -> list[AdObject]:
            filters = [
                any_of(
                    clause
                    for cloud in wanted[i : i + CLOUDS_A_SEARCH]
                    for clause in clauses_of(cloud)
                )
                for i in range(0, len(wanted), CLOUDS_A_SEARCH)
            ]
            entries = await _search_all(site, terrain, filters, mass=len(wanted) > FEW, heavy=heavy)
            read_at = now if heavy else None
            return [_object(site, terrain, entry, read_at) for entry in entries]

        if not wanted:
            return {}
        answers = await self._answers(question)
        objects = [
            each
            for _, _, answer in answers
            if not isinstance(answer, DirsyncError)
            for each in answer
        ]
        return twins(wanted, objects)

    async def by_guid(self, guid: str) -> AdFindings:
        try:
            text = str(uuid.UUID(guid.strip()))
        except ValueError:
            return AdFindings(gaps=(Gap("AD", mark("this GUID"), mark("it is not a GUID")),))
        now = self._clock.now()

        async def question(site: Site, terrain: Terrain) -> list[AdObject]:
            entries = await site.pool.ask(
                lambda c: find(
                    c,
                    site.forest,
                    f"<GUID={text}>",
                    "(objectClass=*)",
                    scope="BASE",
                    attributes=(*READ, *HEAVY),
                    deleted=True,
                    what="reading an object by its GUID",
                )
            )
            return [_object(site, terrain, entry, now) for entry in entries]

        return _findings(await self._answers(question))

    async def by_anchor(self, anchor: str) -> AdFindings:
        try:
            octets = base64.b64decode(anchor.strip(), validate=True)
        except (binascii.Error, ValueError):
            octets = b""
        if len(octets) != GUID_BYTES:
            gap = Gap("AD", mark("this ImmutableId"), mark("it is not the base64 of 16 bytes"))
            return AdFindings(gaps=(gap,))
        wanted = base64.b64encode(octets).decode()
        now = self._clock.now()

        async def question(site: Site, terrain: Terrain) -> list[AdObject]:
            # the first is a look-up; the second a scan, as mS-DS-ConsistencyGuid is not indexed
            for attribute in ("objectGUID", "mS-DS-ConsistencyGuid"):
                entries = await _search_all(
                    site, terrain, [is_equal(attribute, octets)], mass=False, heavy=True
                )
                objects = [_object(site, terrain, entry, now) for entry in entries]
                if fitting := [each for each in objects if each.anchor == wanted]:
                    return fitting
            return []

        return _findings(await self._answers(question))

    async def by_sid(self, sid: str) -> AdFindings:
        octets = sid_octets(sid.strip())
        if octets is None:
            return AdFindings(gaps=(Gap("AD", mark("this SID"), mark("it is not a SID")),))
        wanted = any_of(is_equal(attribute, octets) for attribute in ("objectSid", "sIDHistory"))
        now = self._clock.now()

        async def question(site: Site, terrain: Terrain) -> list[AdObject]:
            entries = await _search_all(site, terrain, [wanted], mass=False, heavy=True)
            return [_object(site, terrain, entry, now) for entry in entries]

        return _findings(await self._answers(question))

    async def implied(self, values: Sequence[str]) -> Mapping[str, tuple[AdObject, ...]]:
        asked = list(dict.fromkeys(bare(v) for v in values if can_be_held(v)))

        async def question(site: Site, terrain: Terrain) -> dict[str, list[AdObject]]:
            return await _implied_there(site, terrain, asked)

        answers = await self._answers(question) if asked else []
        # which domains a forest that is away would have answered for is not known: then nothing is
        if any(isinstance(answer, DirsyncError) for _, _, answer in answers):
            return {}
        found: dict[str, list[AdObject]] = {value: [] for value in asked}
        for _, _, answer in answers:
            if not isinstance(answer, DirsyncError):
                for value, objects in answer.items():
                    found[value] += objects
        return {value: tuple(found.get(bare(value), ())) for value in values}

    async def similar(self, value: str) -> tuple[str, ...]:
        if not can_be_held(value):
            return ()

        async def question(site: Site, terrain: Terrain) -> list[str]:
            clauses = guesses(value, terrain.indexed)
            if not clauses:
                return []
            entries = await site.pool.ask(
                lambda c: find(
                    c,
                    site.forest,
                    terrain.base_dn,
                    any_of(clauses),
                    attributes=("mail", "userPrincipalName", "proxyAddresses"),
                    at_most=CANDIDATES,
                    what="looking for values much alike",
                )
            )
            return [each for entry in entries for each in held(entry)]

        answers = await self._answers(question)
        candidates = {
            each
            for _, _, answer in answers
            if not isinstance(answer, DirsyncError)
            for each in answer
        }
        return close_values(bare(value), candidates)

    async def _answers(
        self, question: Callable[[Site, Terrain], Awaitable[T]]
    ) -> list[tuple[Site, Terrain | None, T | DirsyncError]]:
        """Raises when no forest answered at all."""

        async def with_terrain(site: Site, terrain: Terrain) -> tuple[Terrain, T]:
            return terrain, await question(site, terrain)

        answers: list[tuple[Site, Terrain | None, T | DirsyncError]] = []
        for site, answer in await self._everywhere(with_terrain):
            if isinstance(answer, DirsyncError):
                answers.append((site, None, answer))
            else:
                answers.append((site, *answer))
        troubles = [answer for _, _, answer in answers if isinstance(answer, DirsyncError)]
        if troubles and len(troubles) == len(answers):
            # one forest that may come back is a reason to wait; only refusals are final
            raise next((t for t in troubles if isinstance(t, Unreachable)), troubles[0])
        return answers

    async def _everywhere(
        self, question: Callable[[Site, Terrain], Awaitable[T]]
    ) -> list[tuple[Site, T | DirsyncError]]:
        async with asyncio.TaskGroup() as group:
            tasks = [(site, group.create_task(site.answer(question))) for site in self._sites]
        return [(site, task.result()) for site, task in tasks]


async def _terrain(_: Site, terrain: Terrain) -> Terrain:
    return terrain


async def _held_there(
    site: Site, terrain: Terrain, values: Sequence[str]
) -> dict[str, list[AdObject]]:
    """By bare value. Live objects and the recycle bin come from one search: half the round trips of two."""
    filters = [wanted for _, wanted in batches(values, terrain.indexed)]
    found: dict[str, dict[str, AdObject]] = {bare(value): {} for value in values}
    aliases: dict[str, set[str]] = {}
    for value in found:
        if alias := alias_of(value):
            aliases.setdefault(alias, set()).add(value)
    for entry in await _search_all(site, terrain, filters, mass=len(values) > FEW):
        claimed = held(entry) & found.keys()
        claimed |= aliases.get((entry.one(ALIAS) or "").lower(), set())
        if claimed:
            each = _object(site, terrain, entry)
            for value in claimed:
                found[value][each.guid] = each
    return {
        value: sorted(objects.values(), key=lambda each: each.dn)
        for value, objects in found.items()
    }


async def _implied_there(
    site: Site, terrain: Terrain, values: Sequence[str]
) -> dict[str, list[AdObject]]:
    domain = implied.dns_name(terrain.base_dn)
    named = implied.accounts(values, domain)
    filters = list(implied.filters(list(named)))
    entries = await _search_all(site, terrain, filters, mass=len(named) > FEW)
    found = [_object(site, terrain, entry) for entry in entries]
    return implied.assigned(named, found, domain)


async def _search_all(
    site: Site,
    terrain: Terrain,
    filters: Sequence[str],
    *,
    mass: bool,
    heavy: bool = False,
) -> list[Entry]:
    async def one(wanted: str) -> list[Entry]:
        return await site.pool.ask(
            lambda c: find(
                c,
                site.forest,
                terrain.base_dn,
                wanted,
                attributes=(*READ, *HEAVY) if heavy else READ,
                deleted=True,
                what="a search",
            ),
            mass=mass,
        )

    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(one(wanted)) for wanted in filters]
    except BaseExceptionGroup as several:
        # not `except*`: before Python 3.11.4 what is raised there is wrapped in a group again
        ours, others = several.split(DirsyncError)
        if ours is None or others is not None:
            raise
        raise _first(ours) from None
    return [entry for task in tasks for entry in task.result()]


def _first(group: BaseExceptionGroup[DirsyncError]) -> DirsyncError:
    for each in group.exceptions:
        return _first(each) if isinstance(each, BaseExceptionGroup) else each
    raise AssertionError("an exception group is never empty")


def _object(
    site: Site, terrain: Terrain, entry: Entry, heavy_at: datetime | None = None
) -> AdObject:
    return ad_object(site.forest.name, entry, terrain.dcs, terrain.stamped, heavy_at=heavy_at)


def _frame(
    answers: Sequence[tuple[Site, Terrain | None, object]],
) -> tuple[tuple[Gap, ...], tuple[str, ...]]:
    """What could not be read, and where was looked: the same for every value of one question."""
    gaps: list[Gap] = []
    searched: list[str] = []
    for site, terrain, answer in answers:
        if isinstance(answer, DirsyncError):
            gaps.append(Gap(site.forest.label, EVERYTHING, answer.message))
        elif terrain is not None:
            gaps.extend(terrain.gaps)
            searched.append(site.forest.label)
            if terrain.bin_readable:
                searched.append(f"{site.forest.label} recycle bin")
    return tuple(gaps), tuple(searched)


def _findings(
    answers: Sequence[tuple[Site, Terrain | None, list[AdObject] | DirsyncError]],
) -> AdFindings:
    gaps, searched = _frame(answers)
    objects = [
        each for _, _, answer in answers if not isinstance(answer, DirsyncError) for each in answer
    ]
    return AdFindings(tuple(objects), gaps, searched)
