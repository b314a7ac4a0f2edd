"""In: a written fix of each kind, and what Entra shows afterwards. Out: green only when it shows that very change.
Promise: a sign-in name is compared exactly; what Graph cannot list is believed only after a sync; overdue says what lacks.
"""

from dataclasses import replace
from typing import Any

import pytest

from bot.events import VerifyDue
from bot.model import (
    Case,
    Change,
    CloudObject,
    Diagnosis,
    Holder,
    Mode,
    Origin,
    Proposal,
    Repair,
    Say,
    State,
)
from bot.triage import confirm
from bot.triage.proposals import numbered, propose
from bot.triage.value import bare_of
from tests import builders
from tests.builders import TENANT, VALUE
from tests.fakes.bot import Bot
from tests.fakes.people import INGRID
from tests.fakes.world import World

SCANNER = "Svc Scanner"
MAIN = "svc.scanner@contoso.com"
LEFT = (f"SMTP:{MAIN}",)


def proposal_of(case: Case, holder: Holder, changes: tuple[Change, ...]) -> Proposal:
    assert case.evidence is not None
    free: dict[str, tuple[str, ...]] = {bare_of(v)[1]: () for c in changes for v in c.add}
    made = propose(
        replace(case.evidence, taken=free),
        case_id=case.id,
        code="C03",
        rank=1,
        title=Say("A change"),
        loser=holder,
        changes=changes,
    )
    assert made is not None
    return numbered((made,), case.revision)[0]


def holder_of(case: Case, name: str) -> Holder:
    assert case.evidence is not None
    return next(h for h in case.evidence.holders if h.name == name)


async def written(*changes: Change, origin: Origin | None = None, **edit: Any) -> Bot:
    """The scanner's account was changed so, by the bot, a moment ago; Entra has heard nothing yet."""
    bot = Bot()
    await bot.poll()
    case = bot.case
    made = proposal_of(case, holder_of(case, SCANNER), changes)
    decided = builders.decision(replace(case, proposals=(made,)), mode=Mode.APPLY)
    errors = case.errors
    if origin:
        errors = tuple(replace(e, origin=origin, category="InvalidSoftMatch") for e in errors)
    now = bot.clock.now()
    bot.cases.put(
        replace(
            case,
            state=State.WRITTEN,
            proposals=(made,),
            decision=decided,
            errors=errors,
            written_at=now,
            verify_by=now + bot.timing.overdue_after,
        )
    )
    bot.world.edit(SCANNER, **edit)
    return bot


async def look(bot: Bot) -> State:
    await bot.tell(VerifyDue(tenant=TENANT, id=f"verify:{bot.case.id}", case_id=bot.case.id))
    return bot.state()


def cloud(bot: Bot, name: str = SCANNER, **over: Any) -> None:
    account: CloudObject = bot.world.account(name)
    bot.world.entra[account.id] = replace(account, **over)


def synced(bot: Bot, name: str = SCANNER, **over: Any) -> None:
    """Entra after a sync that carried over what `over` says, its error list clean."""
    bot.clock.forward(minutes=5)
    cloud(bot, name, errors=(), last_sync_at=bot.clock.now(), **over)


RENAME = Change("userPrincipalName", (MAIN,), ("Scan.Hall@contoso.com",))


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        ("Scan.Hall@contoso.com", State.VERIFIED),
        ("scan.hall@contoso.com", State.EXPORTED),
        (MAIN, State.EXPORTED),
        (None, State.EXPORTED),
    ],
)
async def test_a_new_sign_in_name_is_green_when_entra_shows_exactly_it(
    shown: str | None, expected: State
) -> None:
    bot = await written(RENAME, user_principal_name="Scan.Hall@contoso.com", proxy_addresses=LEFT)
    synced(bot, user_principal_name=shown)

    assert await look(bot) is expected


async def test_the_old_sign_in_name_may_stay_as_an_address() -> None:
    """Entra adds the sign-in name of a licensed account to its addresses, and keeps it there when it changes."""
    bot = await written(RENAME, user_principal_name="Scan.Hall@contoso.com", proxy_addresses=LEFT)
    synced(
        bot,
        user_principal_name="Scan.Hall@contoso.com",
        proxy_addresses=(*LEFT, f"smtp:{VALUE}"),
    )

    assert await look(bot) is State.VERIFIED


NEW_MAIN = (
    Change("proxyAddresses", (f"SMTP:{MAIN}",), ("SMTP:hall@contoso.com",)),
    Change("mail", (MAIN,), ("hall@contoso.com",)),
)


@pytest.mark.parametrize(
    ("proxies", "mail", "expected"),
    [
        (("SMTP:hall@contoso.com",), "hall@contoso.com", State.VERIFIED),
        (("SMTP:hall@contoso.com",), "Hall@Contoso.com", State.VERIFIED),
        (("SMTP:hall@contoso.com",), MAIN, State.EXPORTED),
        (("SMTP:hall@contoso.com",), None, State.EXPORTED),
        (("SMTP:hall@contoso.com", f"smtp:{MAIN}"), "hall@contoso.com", State.EXPORTED),
    ],
)
async def test_a_new_main_address_is_green_when_entra_writes_from_it_and_the_old_is_gone(
    proxies: tuple[str, ...], mail: str | None, expected: State
) -> None:
    bot = await written(
        *NEW_MAIN,
        proxy_addresses=("SMTP:hall@contoso.com",),
        mail="hall@contoso.com",
        user_principal_name="hall@contoso.com",
    )
    synced(bot, proxy_addresses=proxies, mail=mail)

    assert await look(bot) is expected


async def test_an_address_that_the_sign_in_name_gives_again_is_no_left_over() -> None:
    """§2.8: the sign-in name of a licensed account is always among its addresses."""
    bot = await written(
        *NEW_MAIN, proxy_addresses=("SMTP:hall@contoso.com",), mail="hall@contoso.com"
    )
    synced(
        bot,
        proxy_addresses=("SMTP:hall@contoso.com", f"smtp:{MAIN}"),
        mail="hall@contoso.com",
    )

    assert await look(bot) is State.VERIFIED


async def test_a_domain_that_entra_does_not_take_is_overdue_in_words_and_not_for_ever_silent() -> (
    None
):
    bot = await written(RENAME, user_principal_name="Scan.Hall@contoso.com", proxy_addresses=LEFT)
    synced(bot, user_principal_name="svc.scanner@contoso.onmicrosoft.com")
    states = [await look(bot)]
    bot.clock.forward(hours=2)
    states.append(await look(bot))

    assert states == [State.EXPORTED, State.OVERDUE]
    assert "does not show Scan.Hall@contoso.com as the sign-in name" in (
        bot.case.timeline[-1].say.english()
    )


async def test_the_keeper_must_show_the_value_too() -> None:
    bot = await written(Change("proxyAddresses", (f"smtp:{VALUE}",)), proxy_addresses=LEFT)
    cloud(bot, "John Doe", proxy_addresses=("smtp:john.d@contoso.com",), mail=None)
    synced(bot, proxy_addresses=LEFT)

    assert await look(bot) is State.EXPORTED
    assert "does not show john@contoso.com on John Doe" in bot.case.timeline[-1].say.english()

    cloud(bot, "John Doe", proxy_addresses=(f"SMTP:{VALUE}",))

    assert await look(bot) is State.VERIFIED


# ---------------------------------------------------------------- errors that Graph never lists


REMOVED = Change("proxyAddresses", (f"smtp:{VALUE}",))


@pytest.mark.parametrize("origin", [Origin.EXPORT, Origin.DRIFT])
async def test_an_error_of_the_sync_server_is_green_only_after_a_sync(origin: Origin) -> None:
    bot = await written(REMOVED, origin=origin, proxy_addresses=LEFT)
    cloud(bot, errors=(), proxy_addresses=LEFT)
    states = [await look(bot)]
    synced(bot, proxy_addresses=LEFT)
    states.append(await look(bot))

    assert states == [State.WRITTEN, State.VERIFIED]


async def test_an_error_of_the_sync_server_waits_for_the_value_to_go() -> None:
    bot = await written(REMOVED, origin=Origin.EXPORT, proxy_addresses=LEFT)
    synced(bot, proxy_addresses=(*LEFT, f"smtp:{VALUE}"))

    assert await look(bot) is State.EXPORTED

    cloud(bot, proxy_addresses=LEFT)

    assert await look(bot) is State.VERIFIED


async def test_without_an_entra_side_the_last_sync_of_the_tenant_tells() -> None:
    """An object that never came to Entra has no time of its own."""
    bot = await written(REMOVED, origin=Origin.EXPORT, proxy_addresses=LEFT)
    del bot.world.entra[bot.world.account(SCANNER).id]
    states = [await look(bot)]
    bot.clock.forward(minutes=5)
    bot.world.last_sync_at = bot.clock.now()
    states.append(await look(bot))

    assert states == [State.WRITTEN, State.VERIFIED]


# ---------------------------------------------------------------- what is remembered


async def test_a_confirmed_change_is_remembered_with_the_version_of_its_attribute() -> None:
    bot = await written(
        REMOVED, proxy_addresses=LEFT, stamps=(builders.stamp(version=7), builders.stamp("mail"))
    )
    at = bot.case.written_at
    synced(bot, proxy_addresses=LEFT)
    await look(bot)
    (repair,) = bot.case.repairs

    assert (repair.at, repair.ref) == (at, bot.world.person(SCANNER).ref)
    assert (repair.attribute, repair.deleted, repair.added, repair.version) == (
        "proxyAddresses",
        (f"smtp:{VALUE}",),
        (),
        7,
    )


async def test_what_was_repaired_is_remembered_when_the_error_comes_back() -> None:
    bot = await written(REMOVED, proxy_addresses=LEFT)
    synced(bot, proxy_addresses=LEFT)
    await look(bot)
    before = bot.case.repairs
    bot.world.edit(SCANNER, proxy_addresses=(*LEFT, f"smtp:{VALUE}"))
    bot.world.sync()
    await bot.poll()
    await bot.click(INGRID, "recheck")

    assert bot.state() in {State.PENDING, State.OPEN}
    assert len(before) == 1
    assert bot.case.repairs == before


def test_only_the_newest_repairs_are_kept() -> None:
    case = builders.case()
    old = tuple(
        Repair(at=builders.NOW, ref="ad:corp:x", attribute="mail", deleted=(f"{n}@x.y",))
        for n in range(30)
    )
    target = builders.loser().ad
    made = replace(case, decision=builders.decision(case), repairs=old)
    kept = confirm.repairs(made, (target,), builders.NOW)

    assert (len(kept), kept[:-1]) == (20, old[-19:])


def test_a_case_without_evidence_or_diagnosis_lacks_nothing_it_could_know_of() -> None:
    case = builders.case()
    bare = replace(case, evidence=None, diagnosis=None, decision=builders.decision(case))
    odd = replace(case, diagnosis=Diagnosis(code="C00", title=Say(""), what=(), keeper="ad:x:y"))
    seen = confirm.Seen(targets=(None,), clouds={})

    assert confirm.lacking(bare, seen) == ()
    assert confirm.lacking(replace(odd, decision=builders.decision(case)), seen) == ()


def test_every_sentence_about_what_lacks_cites_what_was_read() -> None:
    world = World()
    world.add(*builders.evidence().holders)
    case = builders.case(written_at=builders.NOW)
    proposal = proposal_of(case, holder_of(case, SCANNER), (RENAME, *NEW_MAIN))
    made = replace(
        case,
        proposals=(proposal,),
        decision=builders.decision(replace(case, proposals=(proposal,))),
        errors=tuple(replace(e, origin=Origin.EXPORT) for e in case.errors),
    )
    clouds = {c.id: replace(c, proxy_addresses=(f"smtp:{MAIN}",)) for c in world.entra.values()}
    target = replace(world.person(SCANNER), proxy_addresses=(), mail=None, user_principal_name=None)
    found = confirm.lacking(made, confirm.Seen(targets=(target,), clouds=clouds))
    assert made.evidence is not None

    assert len(found) >= 5
    assert all(say.cites and set(say.cites) <= made.evidence.keys() for say in found)
