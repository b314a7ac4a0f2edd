"""In: the ImmutableId of an AD object, or ids of accounts. Out: Standing: the account, its roles held or eligible.
Direct and scoped assignments, roles through groups, and what Privileged Identity Management lets one take.
Promise: roles are all that could be read, or None: half an answer would let an administrator be changed.
"""

import itertools
from collections.abc import Mapping, Sequence

from bot.entra import listings, objects, odata, search
from bot.entra.answers import Answer
from bot.entra.client import Graph
from bot.entra.objects import Role
from bot.entra.odata import Ask
from bot.errors import Refused
from bot.model import Standing

_ASSIGNMENTS = "/roleManagement/directory/roleAssignments"
_ELIGIBLE = "/roleManagement/directory/roleEligibilityScheduleInstances"
_ROLE = "id,displayName,roleTemplateId"
_GROUP = "id,isAssignableToRole"


async def standing(graph: Graph, anchor: str) -> Standing:
    account = await _account(graph, anchor)
    if account is None:
        return Standing(None, ())
    return (await standings(graph, [account]))[account]


async def standings(graph: Graph, accounts: Sequence[str]) -> Mapping[str, Standing]:
    """Of many accounts at once, by their ids: four questions each, twenty of them in a request."""
    held = await _lists(graph, {account: _first_questions(account) for account in accounts})
    # no other group can hold a role
    above = {account: _principals(read) for account, read in held.items() if read is not None}
    groups = sorted({group for each in above.values() for group in each})
    through = await _lists(graph, {group: _held_by(group) for group in groups})
    known: dict[str, str] = {}
    for read in held.values():
        active = read[0] if read else []
        known |= {role.role_template_id or role.id: role.display_name or role.id for role in active}
    wanted = {
        account: _roles_of(read, [through[group] for group in above[account]])
        for account, read in held.items()
        if read is not None
    }
    unknown = {each for ids in wanted.values() if ids is not None for each in ids} - known.keys()
    names = known | await _names(graph, sorted(unknown))
    return {account: Standing(account, _named(wanted.get(account), names)) for account in accounts}


def _first_questions(account: str) -> list[Ask]:
    return [
        _above(account, "directoryRole", _ROLE),
        _above(account, "group", _GROUP),
        *_held_by(account),
    ]


def _principals(read: Sequence[list[Role]]) -> list[str]:
    return [group.id for group in read[1] if group.is_assignable_to_role]


def _roles_of(
    read: Sequence[list[Role]], through: Sequence[Sequence[list[Role]] | None]
) -> frozenset[str] | None:
    """Ids of the roles, whichever way they come; None: a group's could not be read whole."""
    active, _, *direct = read
    lists = list(direct)
    for each in through:
        if each is None:
            return None
        lists += each
    assigned = {role.role_definition_id for each in lists for role in each}
    return frozenset(
        {each for each in assigned if each} | {r.role_template_id or r.id for r in active}
    )


def _named(ids: frozenset[str] | None, names: Mapping[str, str]) -> tuple[str, ...] | None:
    return None if ids is None else tuple(sorted({names[each] for each in ids}))


def _above(account: str, kind: str, select: str) -> Ask:
    """Microsoft documents a cast of memberships as an advanced query only."""
    path = f"/transitiveMemberOf/microsoft.graph.{kind}"
    asked = odata.by_id("/users", account, path, select=select, count="true", top="999")
    return Ask(asked, advanced=True)


def _held_by(principal: str) -> list[Ask]:
    wanted = odata.equals("principalId", principal).text
    return [Ask(odata.encoded(path, filter=wanted)) for path in (_ASSIGNMENTS, _ELIGIBLE)]


async def _account(graph: Graph, anchor: str) -> str | None:
    if not anchor:
        return None
    found = await search.find(graph, search.ANCHORS, {anchor: anchor}, (listings.USERS,), set())
    if len(found[anchor].objects) > 1:
        raise Refused("Entra", "Two Entra users carry the same ImmutableId.")
    return found[anchor].objects[0].id if found[anchor].objects else None


async def _lists(
    graph: Graph, asked: Mapping[str, Sequence[Ask]]
) -> dict[str, list[list[Role]] | None]:
    """By the name they were asked under; None: one of its lists could not be read whole."""
    asks = [ask for each in asked.values() for ask in each]
    answered = iter(await graph.batch(asks) if asks else ())
    found: dict[str, list[list[Role]] | None] = {}
    for name, own in asked.items():
        read = [_whole(answer) for answer in itertools.islice(answered, len(own))]
        whole = [each for each in read if each is not None]
        found[name] = whole if len(whole) == len(own) else None
    return found


def _whole(answer: Answer) -> list[Role] | None:
    """All fits one page in practice; whoever has more is not judged by the first page of it."""
    if not answer.ok:
        return None
    page = objects.roles(answer.body)
    return page.value if page.next_link is None else None


async def _names(graph: Graph, ids: Sequence[str]) -> dict[str, str]:
    """An eligible role comes without its name; where the name cannot be read, the id stands for it."""
    path = "/roleManagement/directory/roleDefinitions"
    asks = [Ask(odata.by_id(path, each, select="id,displayName")) for each in ids]
    answered = await graph.batch(asks) if asks else []
    return {
        each: (objects.role(answer.body).display_name if answer.ok else None) or each
        for each, answer in zip(ids, answered, strict=True)
    }
