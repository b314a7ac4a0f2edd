"""In: directories full of oddities. Out: for each object what `calculate` foretells, beside what the lab's engine makes.
Promise: the two were written apart from the same facts, and agree on every object; the long run is the same test,
sized by DIRSYNC_TEST_DIRECTORIES and DIRSYNC_TEST_OBJECTS.
"""

import os
import random
import re
from collections import Counter
from dataclasses import replace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.answers import Calculated
from bot.lab.entra import DirectoryObject, Exported, Tenant, export
from bot.lab.entra.objects import bare
from bot.lab.entra.quarantine import recalculate
from bot.lab.sync.transform import in_scope, transform
from bot.triage.calculate import calculate
from tests.builders import tenant_facts
from tests.unit.triage.oddities import DOMAINS, INITIAL, Made, directory

DIRECTORIES = int(os.environ.get("DIRSYNC_TEST_DIRECTORIES", "12"))
OBJECTS = int(os.environ.get("DIRSYNC_TEST_OBJECTS", "200"))
FACTS = tenant_facts(verified_domains=(*DOMAINS, INITIAL), initial_domain=INITIAL)


@given(st.data())
@settings(max_examples=60, deadline=None, derandomize=True)
def test_a_few_odd_objects(data: st.DataObject) -> None:
    made = list(directory(lambda several: data.draw(st.sampled_from(several)), 3))

    assert disagreements(made) == []


def test_whole_directories() -> None:
    seen: Counter[str] = Counter()
    wrong = []
    for seed in range(DIRECTORIES):
        pick: Any = random.Random(seed).choice  # noqa: S311 - a directory, not a secret
        made = list(directory(pick, OBJECTS))
        wrong += [(seed, *each) for each in disagreements(made, seen)]

    assert wrong == []
    assert min(seen["out of scope"], seen["alone"], seen["quarantined"]) > 0, seen


def disagreements(made: list[Made], seen: Counter[str] | None = None) -> list[tuple[str, Any, Any]]:
    counted = Counter[str]() if seen is None else seen
    tenant = Tenant("12cce4b4-0000-4000-8000-000000000001", domains=DOMAINS, initial_domain=INITIAL)
    wrong: list[tuple[str, Any, Any]] = []
    held: list[tuple[Calculated, DirectoryObject]] = []
    for each in made:
        told = calculate(each.ad, FACTS, licensed=each.licensed, sync_ous=(_ou(each),))
        if (told.synced is True) != in_scope(each.lab):
            wrong.append(("synced", told.ad, in_scope(each.lab)))
        if not in_scope(each.lab):
            counted["out of scope"] += 1
            continue
        exported = export(tenant, transform(each.lab, net_bios_name="CONTOSO"))
        if not isinstance(exported, Exported):
            counted["refused"] += 1
            continue
        target = tenant.objects[exported.object_id]
        if each.licensed:
            target.licences = ["SPE_E3"]
            tenant.reindex(target)
            recalculate(tenant, target)
        held.append((told, replace(target)))
    for told, there in held:
        counted["quarantined" if there.errors else "alone"] += 1
        compare = _quarantined if there.errors else _alone
        expected, actual = compare(told, there)
        if expected != actual:
            wrong.append((told.ad.dn, expected, actual))
    return wrong


def _ou(each: Made) -> str:
    return each.ad.dn.partition("DC=")[1] + each.ad.dn.partition("DC=")[2]


def _alone(told: Calculated, there: DirectoryObject) -> tuple[object, object]:
    """Nobody else holds any of it: everything is as foretold, but for the digits of the technical address."""
    told = _with_digits(told, there)
    foretold = (told.user_principal_name, told.mail, told.mail_nickname, told.proxy_addresses)
    shown = tuple(sorted(there.proxy_addresses, key=lambda v: not v.startswith("SMTP:")))
    return foretold, (there.user_principal_name or None, there.mail, there.mail_nickname, shown)


def _quarantined(told: Calculated, there: DirectoryObject) -> tuple[object, object]:
    """What somebody else holds is missing, and another address may be the main one: the rest is as foretold."""
    told = _with_digits(told, there)
    blocked = {error.address for error in there.errors}
    aside = blocked | {(there.moera or "").lower(), there.user_principal_name.lower()}
    foretold = {bare(v) for v in told.proxy_addresses} - aside
    names = {there.user_principal_name.lower()} | blocked
    return (
        (foretold, told.mail_nickname, (told.user_principal_name or "").lower() in names),
        ({bare(v) for v in there.proxy_addresses} - aside, there.mail_nickname, True),
    )


def _with_digits(told: Calculated, there: DirectoryObject) -> Calculated:
    """Digits are put into the technical address when somebody has it already; they cannot be foretold."""
    local, _, domain = (told.moera or "").partition("@")
    given = there.moera or ""
    if not local or not re.fullmatch(rf"{re.escape(local)}\d{{4}}@{re.escape(domain)}", given):
        return told
    return replace(
        told,
        moera=given,
        mail=given if told.mail == told.moera else told.mail,
        proxy_addresses=tuple(
            f"{v[:5]}{given}" if v[:5].lower() == "smtp:" and v[5:] == told.moera else v
            for v in told.proxy_addresses
        ),
    )
