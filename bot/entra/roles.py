"""In: the ImmutableId of an AD object. Out: Standing: its Entra account, and the roles held or eligible.
Direct and scoped assignments, roles through groups, and what Privileged Identity Management lets one take.
Promise: roles are all that could be read, or None: half an answer would let an administrator be changed.
"""

from collections.abc import Sequence

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
    read = await _lists(
        graph,
        [
            _above(account, "directoryRole", _ROLE),
            _above(account, "group", _GROUP),
            *_held_by(account),
        ],
    )
    if read is None:
        return Standing(account, None)
    active, groups, *held = read
    # no other group can hold a role
    principals = [group.id for group in groups if group.is_assignable_to_role]
    through = await _lists(graph, [ask for group in principals for ask in _held_by(group)])
    if through is None:
        return Standing(account, None)
    names = {role.role_template_id or role.id: role.display_name or role.id for role in active}
    assigned = [role.role_definition_id for each in (*held, *through) for role in each]
    ids = {definition for definition in assigned if definition}
    names |= await _names(graph, sorted(ids - names.keys()))
    return Standing(account, tuple(sorted(set(names.values()))))


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


async def _lists(graph: Graph, asks: Sequence[Ask]) -> list[list[Role]] | None:
    """None: one of them could not be read whole."""
    answered = await graph.batch(asks) if asks else []
    read = [_whole(answer) for answer in answered]
    whole = [each for each in read if each is not None]
    return whole if len(whole) == len(read) else None


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
