"""In: ids of Entra objects. Out: the objects, read directly; and who manages them, AD or the cloud.
A direct read is fresher than a search, and finds what holds no value; everything goes in batches.
Promise: "it is gone" only when Entra said so; an id of unknown type is looked for wherever it can be.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from bot.entra import answers, listings, objects, odata, trouble
from bot.entra.answers import Answer
from bot.entra.client import Graph
from bot.entra.listings import BY_TYPE, DELETED_GROUPS, DELETED_USERS, Listing
from bot.entra.odata import Ask
from bot.errors import Refused
from bot.model import CloudFindings, CloudObject, Gap, ObjectType, mark

_OBJECT_ID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_KINDS = {
    "#microsoft.graph.user": ObjectType.USER,
    "#microsoft.graph.group": ObjectType.GROUP,
    "#microsoft.graph.orgcontact": ObjectType.CONTACT,
}
# the prefix of the permission that shows who manages an object of a type
_MANAGED = {ObjectType.USER: "User", ObjectType.GROUP: "Group", ObjectType.CONTACT: "Contacts"}


async def of_types(
    graph: Graph, ids: Sequence[tuple[ObjectType, str]]
) -> Mapping[str, CloudObject | None]:
    # /users/{…} takes a sign-in name too: only what is an id may be asked for by id
    known = [(type_, id_) for type_, id_ in dict.fromkeys(ids) if _OBJECT_ID.fullmatch(id_)]
    read: dict[str, CloudObject | None] = {id_: None for _, id_ in ids}
    answered = await _batch(graph, [_live(type_, id_) for type_, id_ in known])
    for (type_, id_), answer in zip(known, answered, strict=True):
        listing = BY_TYPE[type_]
        if answer.ok:
            read[id_] = objects.cloud_object(objects.wire(answer.body), type_)
        elif answer.status == answers.FORBIDDEN:
            raise trouble.missing_permission(listing.what, listing.permission)
        elif answer.status != answers.NOT_FOUND:
            raise trouble.refused(listing.what, answer.status, answer.code, answer.message)
    return read


async def of_any_type(graph: Graph, ids: Sequence[str]) -> Mapping[str, CloudFindings]:
    """Among users, groups, contacts and in the recycle bins. What the app may not read is a gap."""
    known = [id_ for id_ in dict.fromkeys(ids) if _OBJECT_ID.fullmatch(id_)]
    places = [(id_, listing) for id_ in known for listing in (*BY_TYPE.values(), None)]
    answered = await _batch(
        graph, [_live(each.type, id_) if each else _deleted(id_) for id_, each in places]
    )
    found: dict[str, CloudFindings] = {id_: CloudFindings() for id_ in ids}
    for (id_, listing), answer in zip(places, answered, strict=True):
        found[id_] = _with(found[id_], listing, answer)
    return found


def _with(so_far: CloudFindings, listing: Listing | None, answer: Answer) -> CloudFindings:
    lists = (listing,) if listing else (DELETED_USERS, DELETED_GROUPS)
    if answer.status == answers.FORBIDDEN:
        gaps = (Gap("Entra", each.what, f"no permission {each.permission}") for each in lists)
        return replace(so_far, gaps=(*so_far.gaps, *gaps))
    if not answer.ok and answer.status != answers.NOT_FOUND:
        raise trouble.refused(lists[0].what, answer.status, answer.code, answer.message)
    searched = (*so_far.searched, *(each.words for each in lists))
    if not answer.ok:
        return replace(so_far, searched=searched)
    read = objects.wire(answer.body)
    type_ = listing.type if listing else _KINDS.get((read.odata_type or "").lower())
    made = objects.cloud_object(read, type_ or ObjectType.OTHER)
    return replace(so_far, objects=(*so_far.objects, made), searched=searched)


async def who_manages(
    graph: Graph, clouds: Iterable[CloudObject], denied: set[ObjectType]
) -> CloudFindings:
    """The same objects, with `cloud_managed`. `denied` remembers the types the app may not ask about."""
    objects_ = {each.id: each for each in clouds}
    asked = [c for c in objects_.values() if c.type in _MANAGED and c.type not in denied]
    answered = await _batch(graph, [_behavior(each) for each in asked])
    unseen = {c.type for c in objects_.values()} & denied
    hidden = False
    for each, answer in zip(asked, answered, strict=True):
        if answer.ok:
            managed = objects.cloud_managed(answer.body)
            objects_[each.id] = replace(each, cloud_managed=managed)
        elif answer.status == answers.FORBIDDEN:
            denied.add(each.type)
            unseen.add(each.type)
        else:  # gone meanwhile, or a tenant whose Graph does not know the question
            hidden = True
    return CloudFindings(tuple(objects_.values()), _unread(unseen, hidden=hidden))


def _unread(unseen: Iterable[ObjectType], *, hidden: bool) -> tuple[Gap, ...]:
    """One gap, whatever the reasons."""
    permissions = [f"{_MANAGED[each]}-OnPremisesSyncBehavior.Read.All" for each in sorted(unseen)]
    why = [f"no permission {' or '.join(permissions)}"] if permissions else []
    if hidden:
        why.append(mark("Graph does not show it for every object"))
    if not why:
        return ()
    return (Gap("Entra", mark("who manages it (isCloudManaged)"), "; ".join(why)),)


async def _batch(graph: Graph, asks: Sequence[Ask]) -> Sequence[Answer]:
    return await graph.batch(asks) if asks else ()


def _live(type_: ObjectType, object_id: str) -> Ask:
    if type_ not in BY_TYPE:
        raise Refused("Entra", f"An object of type {type_} cannot be read by its id.")
    listing = BY_TYPE[type_]
    return Ask(odata.by_id(listing.path, object_id, select=listing.select))


def _deleted(object_id: str) -> Ask:
    return Ask(odata.by_id(listings.DELETED_ITEM, object_id, select=listings.DELETED_SELECT))


def _behavior(each: CloudObject) -> Ask:
    path = BY_TYPE[each.type].path
    return Ask(odata.by_id(path, each.id, "/onPremisesSyncBehavior", select="isCloudManaged"))
