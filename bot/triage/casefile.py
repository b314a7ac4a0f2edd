"""In: the evidence of one case as text, or as types. Out: the other one, and the diagnosis it gives without any server.
The form is `dirsync-evidence/1`, described in `evidence.schema.json`: a case can be reported, replayed and tested.
Promise: pure; strict: what is not exactly of this form gives one sentence that says where, never half a case.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import MISSING, Field, dataclass, fields, is_dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

import msgspec

from bot.answers import Examined
from bot.model import Case, CaseKey, Evidence, Kind, Repair, Say
from bot.triage.diagnose import diagnose
from bot.triage.policy import Policy

SCHEMA: Literal["dirsync-evidence/1"] = "dirsync-evidence/1"
_YEARS = range(1970, 2200)
_LONGEST = timedelta(days=36_500)


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseFile:
    """All that a diagnosis depends on. `policy`: the company's judgements; those of a fresh installation when absent.

    `previous` is the evidence before, `fixed_since` and `repairs` what the bot remembered: only some cases ask for it.
    """

    tenant: str
    now: datetime
    evidence: Evidence
    kind: Kind = Kind.ADDRESS
    policy: Policy | None = None
    previous: Evidence | None = None
    fixed_since: datetime | None = None
    repairs: tuple[Repair, ...] = ()


class _Document(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    """One case: what was read from AD and Entra about one value, at one moment."""

    schema: Literal["dirsync-evidence/1"]
    tenant: str
    now: datetime
    evidence: Evidence
    kind: Kind = Kind.ADDRESS
    policy: Policy | None = None
    previous: Evidence | None = None
    fixed_since: datetime | None = None
    repairs: tuple[Repair, ...] = ()


class _Head(msgspec.Struct):
    schema: Any = None


def read(body: str | bytes) -> CaseFile | Say:
    """A sentence comes back for everything that is not a case file of this version."""
    if trouble := _other_form(body):
        return trouble
    try:
        raw = msgspec.json.decode(body)
        document = msgspec.json.decode(body, type=_Document)
    except (msgspec.DecodeError, RecursionError, UnicodeError, OverflowError) as error:
        return Say("This case file cannot be read: {reason}.", {"reason": str(error)})
    file = CaseFile(**{name: getattr(document, name) for name in _NAMES})
    known = {"schema": SCHEMA, **msgspec.to_builtins(file)}
    unknown = next(_unknown(raw, known, "$"), None)
    if unknown:
        return Say("This case file has a field that does not exist: {where}.", {"where": unknown})
    wrong = next(_wrong_times(file, "$"), None)
    if wrong:
        return Say(
            "The time at {where} is not one in UTC between 1970 and 2200, such as 2026-11-22T12:00:00Z.",
            {"where": wrong},
        )
    return file


def write(file: CaseFile) -> str:
    """For a file: a line a field. What is as it is anyway, when nothing is said, is left out."""
    return json.dumps(_document(file), indent=2, ensure_ascii=False) + "\n"


def write_short(file: CaseFile) -> str:
    """For a chat: one line, where no character is invisible or turns the direction of writing."""
    return json.dumps(_document(file), separators=(",", ":"))


def _document(file: CaseFile) -> dict[str, Any]:
    document = {"schema": SCHEMA, **_told(file)}
    found: dict[str, Any] = msgspec.to_builtins(document)
    return found


def _told(node: Any) -> Any:
    """Without the fields that have their default: reading puts them back."""
    if is_dataclass(node):
        return {
            field.name: _told(value)
            for field in fields(node)
            if (value := getattr(node, field.name)) != _default(field)
        }
    if isinstance(node, Mapping):
        return {name: _told(part) for name, part in node.items()}
    if isinstance(node, tuple):
        return [_told(part) for part in node]
    return node


def _default(field: Field[Any]) -> Any:
    return field.default_factory() if field.default_factory is not MISSING else field.default


def of_case(case: Case, policy: Policy) -> CaseFile | None:
    """None: nothing was read about the case yet."""
    if case.evidence is None:
        return None
    return CaseFile(
        tenant=case.key.tenant,
        now=case.evidence.read_at,
        evidence=case.evidence,
        kind=case.key.kind,
        policy=policy,
        fixed_since=case.fixed_since,
        repairs=case.repairs,
    )


def examined(file: CaseFile) -> Examined:
    key = CaseKey(file.tenant, file.kind, file.evidence.value)
    finding = diagnose(
        file.evidence,
        case_id=key.id,
        previous=file.previous,
        now=file.now,
        policy=file.policy,
        fixed_since=file.fixed_since,
        repairs=file.repairs,
    )
    return Examined(
        key=key,
        evidence=file.evidence,
        diagnosis=finding.diagnosis,
        proposals=finding.proposals,
    )


def json_schema() -> dict[str, Any]:
    schema: dict[str, Any] = msgspec.json.schema(_Document)
    return {"title": SCHEMA, **schema}


_NAMES = tuple(field.name for field in fields(CaseFile))


def _other_form(body: str | bytes) -> Say | None:
    try:
        form = msgspec.json.decode(body, type=_Head).schema
    except (msgspec.DecodeError, RecursionError, UnicodeError) as error:
        return Say("This is not JSON of a case file: {reason}.", {"reason": str(error)})
    if form == SCHEMA:
        return None
    if form is None:
        return Say(
            "This is not a case file: it has no “schema”. It would be {form}.", {"form": SCHEMA}
        )
    return Say(
        "This case file is of the form {found}; this version reads {form}.",
        {"found": str(form)[:60], "form": SCHEMA},
    )


def _unknown(raw: Any, known: Any, where: str) -> Iterator[str]:
    """Where the file has a field that no type of the model has: a slip there would go unseen."""
    if isinstance(raw, dict) and isinstance(known, dict):
        for name, part in raw.items():
            if name not in known:
                yield f"{where}.{name}"
            yield from _unknown(part, known.get(name), f"{where}.{name}")
    elif isinstance(raw, list) and isinstance(known, Sequence):
        for number, (part, other) in enumerate(zip(raw, known, strict=False)):
            yield from _unknown(part, other, f"{where}[{number}]")


def _wrong_times(node: Any, where: str) -> Iterator[str]:
    if isinstance(node, datetime | timedelta) and not _is_sane(node):
        yield where
    for name, part in _parts(node):
        yield from _wrong_times(part, where + name)


def _is_sane(moment: datetime | timedelta) -> bool:
    if isinstance(moment, timedelta):
        return timedelta(0) <= moment <= _LONGEST
    return moment.utcoffset() == timedelta(0) and moment.year in _YEARS


def _parts(node: Any) -> Iterable[tuple[str, Any]]:
    if is_dataclass(node):
        return ((f".{field.name}", getattr(node, field.name)) for field in fields(node))
    if isinstance(node, Mapping):
        return ((f".{name}", part) for name, part in node.items())
    if isinstance(node, tuple):
        return ((f"[{number}]", part) for number, part in enumerate(node))
    return ()
