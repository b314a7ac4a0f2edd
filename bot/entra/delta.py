"""In: a type of object, and the token of the time before. Out: the synchronized ones that changed since, as they are.
Delta answers name the changed properties only, so they are taken for a list of ids, and the objects are read directly.
Promise: a token that is too old, or none, means the whole list; a list that broke off is no list.
"""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import msgspec

from bot.entra import answers, direct, objects, odata, trouble
from bot.entra.answers import Answer, Declined
from bot.entra.client import Graph
from bot.entra.listings import BY_TYPE, Listing
from bot.entra.objects import Page
from bot.entra.odata import Ask
from bot.errors import ListBroken, Unreachable
from bot.model import Changed, CloudObject, ObjectType

SYNCED = "onPremisesSyncEnabled eq true"
# what a difference may show itself in; the time of the last sync changes with every export of an object
_TRACKED = "id,displayName,mail,mailNickname,proxyAddresses,onPremisesSyncEnabled,onPremisesLastSyncDateTime"
_OF_USERS = f"{_TRACKED},userPrincipalName,assignedLicenses"
GONE = 410
_TOO_OLD = frozenset({"syncstatenotfound", "resyncrequired", "syncstateinvalid"})


class _Change(msgspec.Struct):
    id: str
    removed: dict[str, Any] | None = msgspec.field(name="@removed", default=None)


class _Changes(msgspec.Struct):
    value: list[_Change]
    next_link: str | None = msgspec.field(name="@odata.nextLink", default=None)
    delta_link: str | None = msgspec.field(name="@odata.deltaLink", default=None)


_CHANGES = msgspec.json.Decoder(_Changes)


async def changed(graph: Graph, type_: ObjectType, token: str) -> Changed:
    listing = BY_TYPE[type_]
    if token and (found := await _since(graph, listing, token)):
        read = await direct.of_types(graph, [(type_, id_) for id_ in sorted(found.touched)])
        there = {id_: each for id_, each in read.items() if each is not None and each.synced}
        gone = frozenset((found.touched | found.removed) - there.keys())
        return Changed(objects=tuple(there.values()), gone=gone, token=found.token)
    # the token first: what changes while the list is read comes again the next time
    start = await _walk(graph, listing, _start(listing))
    return Changed(objects=await _all(graph, listing), token=start.token, whole=True)


class _Found(msgspec.Struct):
    touched: set[str]
    removed: set[str]
    token: str


def _start(listing: Listing) -> Ask:
    select = _OF_USERS if listing.type is ObjectType.USER else _TRACKED
    return Ask(odata.encoded(f"{listing.path}/delta", deltatoken="latest", select=select))


async def _since(graph: Graph, listing: Listing, token: str) -> _Found | None:
    """None: Graph has forgotten the token."""
    try:
        return await _walk(
            graph, listing, Ask(odata.encoded(f"{listing.path}/delta", deltatoken=token))
        )
    except Declined as error:
        answer = error.answer
        if answer.status == GONE or answer.code.lower() in _TOO_OLD:
            return None
        raise _refused(listing, answer) from error


async def _walk(graph: Graph, listing: Listing, ask: Ask) -> _Found:
    answer = await graph.get(ask)
    if not answer.ok:
        if "deltatoken=latest" in ask.path:
            raise _refused(listing, answer)
        raise Declined(answer)
    found = _Found(set(), set(), "")
    seen: set[str] = set()
    while True:
        page = _page(answer)
        for each in page.value:
            (found.touched if each.removed is None else found.removed).add(each.id)
        if page.next_link is None:
            break
        if page.next_link in seen:
            raise _broken(listing, "it leads back to a page already read.")
        seen.add(page.next_link)
        answer = await graph.continued(page.next_link)
        if not answer.ok:
            raise _broken(listing, f"{answer.status} {answer.code}".strip())
    tokens = parse_qs(urlsplit(page.delta_link or "").query).get("$deltatoken", [])
    if not tokens:
        raise _broken(listing, "its last page has no token for the next time.")
    found.token = tokens[0]
    return found


def _page(answer: Answer) -> _Changes:
    try:
        return _CHANGES.decode(answer.body)
    except objects.UNREADABLE as error:
        raise Unreachable(
            "Entra", f"What answered for Microsoft Graph did not send what Graph sends: {error}."
        ) from error


async def _all(graph: Graph, listing: Listing) -> tuple[CloudObject, ...]:
    found: list[CloudObject] = []

    def take(page: Page) -> None:
        found.extend(objects.cloud_object(held, listing.type) for held in page.value)

    path = odata.encoded(listing.path, filter=SYNCED, select=listing.select, top="999")
    try:
        await graph.walk(Ask(path), take, what=listing.words)
    except Declined as error:
        raise _refused(listing, error.answer) from error
    return tuple(found)


def _refused(listing: Listing, answer: Answer) -> Exception:
    if answer.status == answers.FORBIDDEN:
        return trouble.missing_permission(listing.what, listing.permission)
    return trouble.refused(listing.what, answer.status, answer.code, answer.message)


def _broken(listing: Listing, why: str) -> ListBroken:
    return ListBroken(
        f"The changes of {listing.words} broke off: {why}",
        todo="Nothing is concluded from half a list. The bot reads it again.",
    )
