"""In: the requests of one connection, already decoded.
Out: their answers, as LDAP operations to be encoded.
Promise: nobody reads before a bind, and no request leaves another's half-done.
"""

import secrets
from collections.abc import Callable, Iterator
from typing import Any, Final

from bot.lab.ad import rootdse
from bot.lab.ad.changes import Change, attribute_of
from bot.lab.ad.controls import (
    DOMAIN_SCOPE,
    EXTENDED_DN,
    PERMISSIVE_MODIFY,
    SHOW_DELETED,
    SHOW_RECYCLED,
    TREE_DELETE,
    Controls,
    Page,
    page_answer,
)
from bot.lab.ad.directory import Directory
from bot.lab.ad.errors import Refused, unwilling
from bot.lab.ad.faults import Counters
from bot.lab.ad.filters import build
from bot.lab.ad.names import domain_of, name_key, parse_name
from bot.lab.ad.reading import read
from bot.lab.ad.tree import Entry
from bot.lab.ad.values import sid_to_text
from bot.lab.ad.wire import Control, Operation, result

MAX_PAGE_SIZE: Final = 1000
OPEN_SEARCHES: Final = 10  # a client keeps few paged searches open at a time
NOT_BOUND: Final = (
    "000004DC: LdapErr: DSID-0C090A5C, comment: In order to perform this operation a successful "
    "bind must be completed on the connection., data 0, v4563"
)
NEEDS_TLS: Final = (
    "00002028: LdapErr: DSID-0C090259, comment: The server requires binds to turn on integrity "
    "checking if SSL\\TLS are not already active on the connection, data 0, v4563"
)
NO_SASL: Final = "00002027: LdapErr: DSID-0C090575, comment: Invalid Authentication method, data 0"

Answer = tuple[Operation, list[Control]]


class Session:
    def __init__(self, directory: Directory, counters: Counters, *, secure: bool) -> None:
        self.directory = directory
        self.counters = counters
        self.secure = secure
        self.bound: Entry | None = None
        self.open: dict[bytes, list[Entry]] = {}

    def answer(self, operation: Operation, controls: Controls) -> Iterator[Answer]:
        kind, body = operation
        if kind == "searchRequest":
            yield from self._search(body, controls)
            return
        yield self._simple(kind)(body, controls), []

    def _simple(self, kind: str) -> Callable[[Any, Controls], Operation]:
        table: dict[str, Callable[[Any, Controls], Operation]] = {
            "bindRequest": self._bind,
            "modifyRequest": self._modify,
            "addRequest": self._add,
            "delRequest": self._delete,
            "modDNRequest": self._rename,
            "compareRequest": self._compare,
            "extendedReq": self._extended,
        }
        return table[kind]

    def _bind(self, body: dict[str, Any], _: Controls) -> Operation:
        self.counters.binds += 1
        self.bound = None
        method, credentials = body["authentication"]
        if body["version"] not in (2, 3):
            raise Refused("protocolError", "only LDAP version 3 is spoken here")
        if method != "simple":
            raise Refused("authMethodNotSupported", NO_SASL)
        name, password = _text(body["name"]), credentials.decode("utf-8", "replace")
        if not password:  # anonymous, also with a name: RFC 4513 5.1.2
            return result("bindResponse")
        if not self.secure:
            raise Refused("strongerAuthRequired", NEEDS_TLS)
        self.bound = self.directory.authenticate(name, password)
        return result("bindResponse")

    def _need_bind(self) -> None:
        if self.bound is None:
            raise Refused("operationsError", NOT_BOUND)

    def _search(self, body: dict[str, Any], controls: Controls) -> Iterator[Answer]:
        self.counters.searches += 1
        base, scope = _text(body["baseObject"]), body["scope"]
        selection = [_text(each) for each in body["attributes"]]
        if not base and scope == "baseObject":
            whole = rootdse.root_dse(self.directory)
            yield _entry("", rootdse.select(whole, selection), body), []
            yield result("searchResDone"), []
            return
        self._need_bind()
        page = controls.page
        rights = self.directory.rights_of(self.bound)
        references: list[str] = []
        if page and page.cookie:
            entries = self._continue(page)
        else:
            self._refuse_elsewhere(base)
            found = self.directory.search(
                base,
                scope,
                body["filter"],
                rights=rights,
                show_deleted=SHOW_DELETED in controls or SHOW_RECYCLED in controls,
            )
            self.counters.scans += found.scanned
            entries = found.entries
            references = [] if DOMAIN_SCOPE in controls else found.references
        size, rest = self._cut(entries, page, body["sizeLimit"])
        for entry in entries[:size]:
            if entry.guid in self.directory.tree.by_guid:
                self.counters.entries += 1
                shown = read(self.directory, entry, selection, rights)
                name = _extended_name(entry) if EXTENDED_DN in controls else entry.dn
                yield _entry(name, shown, body), []
        for reference in references:
            yield ("searchResRef", [reference.encode()]), []
        yield self._done(page, rest, body["sizeLimit"], size)

    def _continue(self, page: Page) -> list[Entry]:
        entries = self.open.pop(page.cookie, None)
        if entries is None:
            raise unwilling("the cookie of this paged search is not known here")
        return entries

    @staticmethod
    def _cut(entries: list[Entry], page: Page | None, limit: int) -> tuple[int, list[Entry]]:
        size = MAX_PAGE_SIZE
        if page is not None:
            size = min(size, page.size) if page.size or page.cookie else size
        if limit and (page is None or limit < size):
            size = min(size, limit)
        return size, entries[size:]

    def _done(self, page: Page | None, rest: list[Entry], limit: int, size: int) -> Answer:
        if page is None or (limit and limit <= size):
            over = bool(rest)
            message = "" if not over else "000020EF: the search found more than the limit allows"
            answer = result("searchResDone", "sizeLimitExceeded" if over else "success", message)
            return answer, [page_answer(b"")] if page else []
        cookie = b""
        if rest and page.size:
            cookie = secrets.token_bytes(8)
            self.open[cookie] = rest
            while len(self.open) > OPEN_SEARCHES:
                del self.open[next(iter(self.open))]
        return result("searchResDone"), [page_answer(cookie)]

    def _refuse_elsewhere(self, base: str) -> None:
        """A name outside of this forest's domain gets a referral, as a DC gives it."""
        if base.startswith("<") or not base:
            return
        top = name_key(self.directory.base)
        name = parse_name(base)
        if name_key(name)[-len(top) :] != top and domain_of(name):
            host = domain_of(name)
            text = f"0000202B: RefErr: DSID-03100781, data 0, 1 access points\n\tref 1: '{host}'\n"
            raise Refused("referral", text, referral=f"ldap://{host}/{base}")

    def _modify(self, body: dict[str, Any], controls: Controls) -> Operation:
        self._need_bind()
        self.counters.modifies += 1
        schema = self.directory.schema
        dn = _text(body["object"])
        self.directory.live(dn)  # an absent object is told before an unknown attribute
        changes = [
            Change(
                each["operation"],
                attribute_of(schema, _text(each["modification"]["type"])),
                tuple(each["modification"]["vals"]),
            )
            for each in body["changes"]
        ]
        self.directory.modify(
            dn,
            changes,
            rights=self.directory.rights_of(self.bound),
            permissive=PERMISSIVE_MODIFY in controls,
        )
        return result("modifyResponse")

    def _add(self, body: dict[str, Any], _: Controls) -> Operation:
        self._need_bind()
        self.counters.adds += 1
        given = {_text(each["type"]): each["vals"] for each in body["attributes"]}
        self.directory.add(_text(body["entry"]), given, rights=self.directory.rights_of(self.bound))
        return result("addResponse")

    def _delete(self, body: bytes, controls: Controls) -> Operation:
        self._need_bind()
        self.counters.deletes += 1
        self.directory.delete(
            _text(body),
            rights=self.directory.rights_of(self.bound),
            with_children=TREE_DELETE in controls,
        )
        return result("delResponse")

    def _rename(self, body: dict[str, Any], _: Controls) -> Operation:
        self._need_bind()
        self.counters.renames += 1
        superior = body.get("newSuperior")
        if not body["deleteoldrdn"]:
            raise unwilling("the old RDN is always deleted")
        self.directory.rename(
            _text(body["entry"]),
            _text(body["newrdn"]),
            new_parent=None if superior is None else _text(superior),
            rights=self.directory.rights_of(self.bound),
        )
        return result("modDNResponse")

    def _compare(self, body: dict[str, Any], _: Controls) -> Operation:
        self._need_bind()
        self.counters.compares += 1
        entry = self.directory.live(_text(body["entry"]))
        attribute_of(self.directory.schema, _text(body["ava"]["attributeDesc"]))
        truth = build(("equalityMatch", body["ava"]), self.directory.tree).matches(entry)
        return result("compareResponse", "compareTrue" if truth else "compareFalse")

    def _extended(self, body: dict[str, Any], _: Controls) -> Operation:
        self.counters.extended += 1
        name = body["requestName"].decode("ascii", "replace")
        if name != rootdse.WHO_AM_I:
            text = "0000203D: LdapErr: DSID-0C090C7D, comment: Unknown extended request OID, data 0"
            return result("extendedResp", "protocolError", text)
        who = ""
        if self.bound is not None:
            who = f"u:{self.directory.netbios}\\{self.bound.text('sAMAccountName')}"
        return result("extendedResp", responseValue=who.encode())


def _text(value: bytes) -> str:
    return value.decode("utf-8", "replace")


def _entry(name: str, shown: list[tuple[str, list[bytes]]], body: dict[str, Any]) -> Operation:
    attributes = [
        {"type": attribute.encode(), "vals": [] if body["typesOnly"] else values}
        for attribute, values in shown
    ]
    return ("searchResEntry", {"objectName": name.encode(), "attributes": attributes})


def _extended_name(entry: Entry) -> str:
    sid = entry.first("objectSid")
    middle = f"<SID={sid_to_text(sid)}>;" if sid else ""
    return f"<GUID={entry.guid}>;{middle}{entry.dn}"
