"""In: events and cases, and what others may have written. Out: the same again, or the right doubt about it."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import Unreachable, Untrusted
from bot.events import KINDS, Event, Lane
from bot.model import (
    AdObject,
    AttributeStamp,
    Case,
    CaseKey,
    Evidence,
    Holder,
    Kind,
    Moment,
    ObjectType,
    Say,
    Standing,
    State,
    SyncError,
    TenantFacts,
)
from bot.ports import Shown
from bot.store import wire

NOON = datetime(2026, 11, 22, 12, 0, 0, 123456, tzinfo=UTC)


@given(st.data())
def test_every_event_comes_back(data: st.DataObject) -> None:
    kind = data.draw(st.sampled_from(sorted(KINDS)))
    event: Event = data.draw(st.from_type(KINDS[kind].type))
    entry = wire.entry(event)

    assert wire.event(entry.kind, entry.version, entry.body) == event
    assert entry.stream == f"{KINDS[kind].lane}:{KINDS[kind].role}"
    assert wire.entry(event, after=Lane.NOW).stream == f"now:{KINDS[kind].role}"
    assert wire.entry(event, after=Lane.BULK) == entry


@given(st.data())
def test_the_same_event_is_the_same_member(data: st.DataObject) -> None:
    event: Event = data.draw(st.one_of([st.from_type(kind.type) for kind in KINDS.values()]))
    entry = wire.entry(event)
    parts = entry.member().split("|", 3)

    assert parts == [entry.stream, entry.kind, entry.version, entry.body]
    assert wire.entry(replace(event)).member() == entry.member()


@pytest.mark.parametrize(
    ("kind", "version", "expected"),
    [
        ("Telepathy", "1", wire.Strange.NEWER),
        ("PollDue", "2", wire.Strange.NEWER),
        ("PollDue", "", wire.Strange.BROKEN),
        ("PollDue", "one", wire.Strange.BROKEN),
        ("PollDue", "\u00b2", wire.Strange.BROKEN),
        ("PollDue", "1", wire.Strange.BROKEN),
    ],
)
def test_strange_entries_are_told_apart(kind: str, version: str, expected: wire.Strange) -> None:
    assert wire.event(kind, version, '{"tenant":"t"}') is expected


def full_case() -> Case:
    twin = AdObject(
        forest="corp",
        guid="0b9e",
        dn="CN=Åse \\, Ødegård,DC=contoso,DC=com",
        type=ObjectType.USER,
        name="Åse",
        anchor="AQID",
        proxy_addresses=("SMTP:ase@contoso.com", "smtp:a'\"<!channel>\u2028"),
        changed_at=NOON,
        stamps=(AttributeStamp(attribute="mail", changed_at=NOON, version=3, dc="DC1"),),
    )
    return Case(
        key=CaseKey("t", Kind.ADDRESS, "ase@contoso.com"),
        state=State.PENDING,
        version=41,
        errors=(SyncError(object_id="o", object_type=ObjectType.USER, object_name="Åse"),),
        evidence=Evidence(
            value="ase@contoso.com",
            read_at=NOON,
            tenant=TenantFacts(tenant="t"),
            holders=(Holder(ad=twin, joined_by="anchor"),),
            standings={twin.ref: Standing(None, None)},
        ),
        held=Say("held by {who}", {"who": "Ola"}, ("err",)),
        first_seen=NOON,
    )


def test_a_case_comes_back_with_the_next_version() -> None:
    case = full_case()
    stored = wire.encode_case(case)

    assert wire.decode_case(case.id, stored) == replace(case, version=42)
    assert wire.case_head(case.id, stored[: wire.HEAD_BYTES]) == (42, State.PENDING)


@pytest.mark.parametrize("state", list(State))
def test_the_head_of_a_case_fits_for_any_state_and_version(state: State) -> None:
    case = replace(full_case(), state=state, version=10**15)
    stored = wire.encode_case(case)

    assert wire.case_head(case.id, stored[: wire.HEAD_BYTES]) == (10**15 + 1, state)


def test_no_case_is_version_0_and_new() -> None:
    assert wire.case_head("c-1", "") == (0, State.NEW)


def test_a_newer_case_waits_and_a_broken_one_is_refused() -> None:
    newer = '{"schema":6,"version":7,"state":"dreaming","case":{"of":"later"}}'
    with pytest.raises(Unreachable, match="newer version of the bot"):
        wire.decode_case("c-1", newer)
    assert wire.case_head("c-1", newer) == (-1, State.NEW)
    for broken in ("", "{}", "null", '{"schema":1}', "\ud800"):
        with pytest.raises(Untrusted, match="cannot be read"):
            wire.decode_case("c-1", broken)
    with pytest.raises(Untrusted, match="not written by this bot"):
        wire.case_head("c-1", '{"version":1}')


@given(st.builds(Shown))
def test_where_a_case_is_shown_comes_back(shown: Shown) -> None:
    assert wire.decode_shown("c-1", wire.encode_shown(shown)) == shown


def test_where_a_case_was_shown_before_threads_is_still_known() -> None:
    assert wire.decode_shown("c-1", "C1 1763.5") == Shown(channel="C1", stamp="1763.5")
    assert wire.decode_shown("c-1", "C1 ") == Shown(channel="C1", since=0.0)


def test_a_newer_one_waits_and_a_broken_one_is_refused() -> None:
    with pytest.raises(Unreachable, match="newer version of the bot"):
        wire.decode_shown("c-1", '{"schema":3,"shown":{"planet":"Mars"}}')
    for broken in ("", "{}", '{"schema":2}', '{"schema":2,"shown":{"channel":7}}', '{"\ud800'):
        with pytest.raises(Untrusted, match="cannot be read"):
            wire.decode_shown("c-1", broken)


def test_a_case_of_before_tells_nothing_aloud() -> None:
    made = replace(full_case(), timeline=(Moment(NOON, "", Say("Seen.")),))
    stored = wire.encode_case(made).replace(',"broadcast":false', "")

    assert "broadcast" not in stored
    assert wire.decode_case(made.id, stored).timeline == made.timeline
