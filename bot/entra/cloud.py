"""In: the questions of the `Cloud` port. Out: what one Entra tenant answers through Graph.
Tenant facts, owners of addresses, direct reads, error lists, and the standing of an account; reads only.
Promise: Unreachable, Refused, ListBroken and Untrusted are the only errors; a gap is told, never hidden.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from bot.entra import answers, delta, direct, listings, objects, odata, roles, search, trouble
from bot.entra.answers import Declined
from bot.entra.client import Graph
from bot.entra.listings import BY_TYPE, DELETED_USERS, USERS, Listing
from bot.entra.objects import Page
from bot.entra.odata import Ask
from bot.entra.tenant import Tenant
from bot.model import Changed, CloudFindings, CloudObject, ObjectType, Standing, TenantFacts

# The best question first. `ne null` is not in Microsoft's table of supported filters, yet Microsoft's own
# Entra PowerShell sends it, and it alone finds a category nobody knows of. `eq` is the documented one, at
# the same cost. The last reads every synced object, which finds unknown categories again.
ERROR_FILTERS = (
    "onPremisesProvisioningErrors/any(o:o/category ne null)",
    "onPremisesProvisioningErrors/any(o:o/category eq 'PropertyConflict')",
    "onPremisesSyncEnabled eq true",
)


class EntraCloud:
    def __init__(self, tenant: Tenant) -> None:
        self._graph = Graph(tenant)
        self._unfiltered: set[Listing] = set()
        self._error_filter: dict[ObjectType, int] = {}
        self._unmanaged: set[ObjectType] = set()  # types whose isCloudManaged the app may not read

    @property
    def requests(self) -> int:
        """Sent to Graph so far, retries included; a batch is one."""
        return self._graph.requests

    @property
    def error_filters(self) -> Mapping[ObjectType, str]:
        """How the error lists are being asked for; all but the first of ERROR_FILTERS is second best."""
        return {type_: ERROR_FILTERS[at] for type_, at in self._error_filter.items()}

    async def aclose(self) -> None:
        await self._graph.aclose()

    async def facts(self) -> TenantFacts:
        select = "id,displayName,onPremisesSyncEnabled,onPremisesLastSyncDateTime,verifiedDomains"
        answer = await self._graph.get(Ask(odata.encoded("/organization", select=select)))
        if answer.status == answers.FORBIDDEN:
            raise trouble.missing_permission("the tenant's own record", "Organization.Read.All")
        if not answer.ok:
            raise trouble.refused("the tenant", answer.status, answer.code, answer.message)
        return replace(objects.facts(answer.body), flags=self._graph.tenant.flags)

    async def holders(self, values: Sequence[str]) -> Mapping[str, CloudFindings]:
        names = {value: listings.address_name(value) for value in values}
        asked = {name: listings.bare(value) for value, name in names.items() if name}
        found = await search.find(
            self._graph, search.ADDRESSES, asked, listings.ALL, self._unfiltered
        )
        return {value: found.get(name, CloudFindings()) for value, name in names.items()}

    async def by_anchor(self, anchor: str) -> CloudFindings:
        return (await self.by_anchors([anchor]))[anchor]

    async def by_anchors(self, anchors: Sequence[str]) -> Mapping[str, CloudFindings]:
        """Among users and deleted users: no other object has one."""
        lists = (USERS, DELETED_USERS)
        asked = {anchor: anchor for anchor in anchors if anchor}
        found = await search.find(self._graph, search.ANCHORS, asked, lists, self._unfiltered)
        return {anchor: found.get(anchor, CloudFindings()) for anchor in anchors}

    async def objects(
        self, ids: Sequence[tuple[ObjectType, str]]
    ) -> Mapping[str, CloudObject | None]:
        return await direct.of_types(self._graph, ids)

    async def by_ids(self, ids: Sequence[str]) -> Mapping[str, CloudFindings]:
        return await direct.of_any_type(self._graph, ids)

    async def who_manages(self, clouds: Sequence[CloudObject]) -> CloudFindings:
        return await direct.who_manages(self._graph, clouds, self._unmanaged)

    async def with_errors(self, type_: ObjectType) -> tuple[CloudObject, ...]:
        listing = BY_TYPE[type_]
        found: list[CloudObject] = []

        def take(page: Page) -> None:
            found.extend(
                objects.cloud_object(held, type_)
                for held in page.value
                if held.on_premises_provisioning_errors
            )

        first = self._error_filter.get(type_, 0)
        for at, filter_ in enumerate(ERROR_FILTERS[first:], start=first):
            path = odata.encoded(listing.path, filter=filter_, select=listing.select, top="999")
            try:
                await self._graph.walk(Ask(path), take, what=listing.words)
            except Declined as error:
                answer = error.answer
                if answer.status == answers.FORBIDDEN:
                    raise trouble.missing_permission(listing.what, listing.permission) from error
                if answer.status == answers.BAD_REQUEST and at + 1 < len(ERROR_FILTERS):
                    continue
                raise trouble.refused(
                    listing.what, answer.status, answer.code, answer.message
                ) from error
            self._error_filter[type_] = at
            break
        return tuple(found)

    async def changed(self, type_: ObjectType, token: str) -> Changed:
        return await delta.changed(self._graph, type_, token)

    async def standing(self, anchor: str) -> Standing:
        return await roles.standing(self._graph, anchor)

    async def standings(self, ids: Sequence[str]) -> Mapping[str, Standing]:
        return await roles.standings(self._graph, ids)
