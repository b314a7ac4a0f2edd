"""In: approved proposals about users in the lab's Entra. Out: receipts, and the sign-in name that stands there then.
The real SDK over TLS; every PATCH that arrives is counted.
Promise: one PATCH or none; nothing protected is touched, whatever was approved; each refusal says what to do.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from copy import deepcopy
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from bot.entra.cloud import EntraCloud
from bot.lab.certs import Certificates
from bot.lab.entra import assign_licence
from bot.model import (
    Before,
    Change,
    Mode,
    Proposal,
    Receipt,
    Risk,
    Say,
    Side,
    Standing,
    WriteResult,
)
from bot.quota import Caps
from bot.triage.plan import sign
from bot.triage.undo import undo_of
from tests.contract.entra.lab import contact, group, settings, user
from tests.contract.entra.writing import (
    NEW,
    OLD,
    Desk,
    approved,
    at_the_desk,
    proposed,
    renames,
)

ADMIN = "Global Administrator"


@pytest.fixture
async def desk(certificates: Certificates) -> AsyncIterator[Desk]:
    async with at_the_desk(certificates) as made:
        yield made


def told(receipt: Receipt) -> tuple[WriteResult, str]:
    return receipt.result, receipt.note.english()


async def test_a_sign_in_name_is_changed_and_the_receipt_tells_before_and_after(desk: Desk) -> None:
    cy = desk.user()
    step = renames(cy)

    receipt = await desk.write(proposed(step))

    assert told(receipt) == (WriteResult.WRITTEN, "Written.")
    assert cy.user_principal_name == NEW
    assert desk.patches == [f"/v1.0/users/{cy.id}"]
    assert (receipt.dc, receipt.at) == ("Entra", desk.clock.now())
    assert receipt.before == (Before(f"entra:{cy.id}", "userPrincipalName", (OLD,)),)
    assert receipt.after == (Before(f"entra:{cy.id}", "userPrincipalName", (NEW,)),)


async def test_nothing_else_of_the_user_changes(desk: Desk) -> None:
    cy = desk.user("Cy", "SMTP:cy@contoso.com", "smtp:c@contoso.com")
    before = deepcopy(cy)

    await desk.write(proposed(renames(cy)))

    assert replace(cy, user_principal_name=before.user_principal_name) == before


async def test_the_letter_case_of_a_name_can_be_changed(desk: Desk) -> None:
    cy = desk.user()

    receipt = await desk.write(proposed(renames(cy, "Cy@contoso.com")))

    assert receipt.result is WriteResult.WRITTEN
    assert cy.user_principal_name == "Cy@contoso.com"


async def test_what_was_written_is_put_back_by_its_undo(desk: Desk) -> None:
    cy = desk.user()
    about = proposed(renames(cy))
    receipt = await desk.write(about)
    undo = undo_of(about, [receipt], tenant="contoso", revision=1)
    assert undo is not None

    back = await desk.write(replace(undo, id="p-2"))

    assert told(back) == (WriteResult.WRITTEN, "Written.")
    assert cy.user_principal_name == OLD


async def test_an_undo_that_the_journal_does_not_give_is_refused(desk: Desk) -> None:
    cy = desk.user()

    receipt = await desk.write(proposed(renames(cy), undo_of="p-0"))

    assert receipt.note.english().startswith("The journal does not say that the bot wrote")
    assert desk.patches == []


# ---------------------------------------------------------------- the approval


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"tenant": "other"}, "The decision is about another tenant."),
        ({"proposal_id": "p-9"}, "The decision is about another proposal."),
        ({"plan_hash": "0" * 64}, "What would be written is not what was approved"),
        ({"mode": Mode.PROPOSE}, "The bot is not in apply mode"),
        ({"by": ("ann",)}, "This needs two different approvers."),
        ({"reason": " "}, "This needs a reason"),
        ({"decided_at": -1}, "The approval is older than 15 minutes."),
    ],
)
async def test_what_is_signed_and_still_no_approval(
    desk: Desk, given: dict[str, Any], said: str
) -> None:
    about = proposed(renames(desk.user()))
    if "decided_at" in given:
        given = {"decided_at": desk.clock.now() - timedelta(hours=1)}
    made = approved(about, **given)
    await desk.journal.intend(made, about)

    receipt = await desk.writer().write(made, about, 0)

    assert receipt.result is WriteResult.REFUSED
    assert receipt.note.english().startswith(said)
    assert desk.lab.log == []


async def test_a_decision_that_somebody_else_signed_asks_entra_nothing(desk: Desk) -> None:
    about = proposed(renames(desk.user()))
    forged = sign(approved(about), Ed25519PrivateKey.generate())
    await desk.journal.intend(forged, about)

    receipt = await desk.writer().write(forged, about, 0)

    assert receipt.note.english().startswith("The decision is not signed by this bot's edge.")
    assert desk.lab.log == []


async def test_nothing_is_written_without_an_intent_or_twice(desk: Desk) -> None:
    cy = desk.user()
    about, writer = proposed(renames(cy)), desk.writer()

    first = await writer.write(approved(about), about, 0)
    await desk.write(about, writer)
    third = await writer.write(approved(about), about, 0)

    assert first.note.english().startswith("The journal has no intent for this")
    assert third.note.english().startswith("The journal says that this was written before")
    assert len(desk.patches) == 1


async def test_the_cap_of_an_hour(desk: Desk) -> None:
    users = [desk.user(name) for name in ("Cy", "Di", "Ed")]
    writer = desk.writer(caps=Caps(per_hour=2))

    results = [
        (await desk.write(proposed(renames(u, f"{u.id}@contoso.com"), id=u.id), writer)).result
        for u in users
    ]

    assert results == [WriteResult.WRITTEN, WriteResult.WRITTEN, WriteResult.REFUSED]


async def test_the_time_is_looked_at_once_more_after_everything_was_read(desk: Desk) -> None:
    class Slow(EntraCloud):
        async def standings(self, ids: Any) -> Mapping[str, Standing]:
            desk.clock.forward(minutes=20)
            return await super().standings(ids)

    cy, slow = desk.user(), Slow(settings(desk.lab, desk.certificates))

    receipt = await desk.write(proposed(renames(cy)), desk.writer(cloud=slow))
    await slow.aclose()

    assert receipt.note.english().startswith("The approval is older than 15 minutes.")
    assert desk.patches == []


# ---------------------------------------------------------------- what may be written at all


NO_CHANGE = "In Entra the bot changes one thing: the sign-in name of one user, from the old one to a new one."


@pytest.mark.parametrize(
    "over",
    [
        {"side": Side.AD},
        {"changes": ()},
        {"changes": (Change("mail", (OLD,), (NEW,)),)},
        {"changes": (Change("userPrincipalName", (OLD,)),)},
        {"changes": (Change("userPrincipalName", (), (NEW,)),)},
        {"changes": (Change("userPrincipalName", (OLD,), (NEW, "c@contoso.com")),)},
        {"changes": (Change("userPrincipalName", (OLD,), (" ",)),)},
        {"changes": (Change("userPrincipalName", (OLD,), (OLD,)),)},
        {"changes": (Change("userPrincipalName", (OLD,), (NEW,)), Change("mail", (OLD,), (NEW,)))},
        {"guid": OLD},
        {"guid": ""},
        {"guid": "me"},
        {"guid": "x/../../organization"},
        {"guid": "x?$select=id#'%2f"},
    ],
    ids=repr,
)
async def test_anything_but_one_name_of_one_user_by_id_asks_entra_nothing(
    desk: Desk, over: dict[str, Any]
) -> None:
    receipt = await desk.write(proposed(renames(desk.user(), **over)))

    assert told(receipt) == (WriteResult.REFUSED, NO_CHANGE)
    assert desk.lab.log == []


async def test_a_sign_in_name_is_never_one_click(desk: Desk) -> None:
    about = proposed(renames(desk.user()), risk=Risk.SAFE)

    receipt = await desk.write(about)

    assert receipt.note.english().startswith("A sign-in name is changed by two people who agree")
    assert desk.lab.log == []


async def test_a_sign_in_name_needs_the_opt_in(desk: Desk) -> None:
    receipt = await desk.write(proposed(renames(desk.user())), desk.writer(upn_opt_in=False))

    assert told(receipt) == (
        WriteResult.REFUSED,
        "Sign-in names are not written: the upn opt-in is off.",
    )
    assert desk.lab.log == []


@pytest.mark.parametrize("name", ["o'hara#1@contoso.com", "a!b~c^d_e-f@contoso.com"])
async def test_odd_letters_that_entra_allows_arrive_as_they_are(desk: Desk, name: str) -> None:
    cy = desk.user(user_principal_name="o'cy#2@contoso.com")

    receipt = await desk.write(proposed(renames(cy, name)))

    assert receipt.result is WriteResult.WRITTEN
    assert cy.user_principal_name == name


@pytest.mark.parametrize(
    "name", ["a/b@contoso.com", "a%2fb@contoso.com", 'a"b@contoso.com', "a@b@contoso.com", "cyril"]
)
async def test_a_name_that_entra_cannot_take_is_not_tried(desk: Desk, name: str) -> None:
    receipt = await desk.write(proposed(renames(desk.user(), name)))

    assert told(receipt) == (
        WriteResult.REFUSED,
        f"{name} is not a sign-in name that Entra takes.",
    )
    assert desk.lab.log == []


# ---------------------------------------------------------------- whom


async def test_a_user_that_is_gone(desk: Desk) -> None:
    cy = desk.user()
    about = proposed(renames(cy))
    desk.tenant.soft_delete(cy)
    deleted = await desk.write(about)
    desk.tenant.purge(cy.id)
    purged = await desk.write(replace(about, id="p-2"))

    gone = (WriteResult.STALE, "The user is gone from Entra. Nothing was written.")
    assert [told(deleted), told(purged)] == [gone, gone]
    assert desk.patches == []


@pytest.mark.parametrize("make", [group, contact])
async def test_what_is_no_user(desk: Desk, make: Any) -> None:
    other = make(desk.tenant, "Tax Office")

    receipt = await desk.write(proposed(renames(other, old=OLD)))

    assert told(receipt) == (
        WriteResult.REFUSED,
        "Tax Office is no user: in Entra the bot changes nothing else.",
    )


async def refused(desk: Desk, about: Proposal, **more: Any) -> str:
    receipt = await desk.write(about, desk.writer(**more))
    assert receipt.result is WriteResult.REFUSED
    assert desk.patches == []
    return receipt.note.english()


async def test_a_guest(desk: Desk) -> None:
    cy = desk.user(user_type="Guest")

    said = await refused(desk, proposed(renames(cy)))

    assert said == "Cy is a guest: the sign-in name belongs to another company."


async def test_the_deny_list_by_id_and_by_name(desk: Desk) -> None:
    cy = desk.user()
    lists = [(cy.id.upper(),), (f"{{{cy.id}}}",), (" CY@contoso.com ",)]

    said = [
        await refused(desk, proposed(renames(cy), id=f"p-{n}"), deny=deny)
        for n, deny in enumerate(lists)
    ]

    assert said == ["Cy is on the deny list."] * 3


async def test_an_approver(desk: Desk) -> None:
    cy = desk.user()

    said = await refused(desk, proposed(renames(cy)), approvers=frozenset({cy.id.upper()}))

    assert said == "Cy is an approver; nobody's approval changes an approver."


@pytest.mark.parametrize("eligible", [False, True])
async def test_whoever_holds_or_may_take_a_role(desk: Desk, eligible: bool) -> None:  # noqa: FBT001 -- a case of the table
    cy = desk.user()
    desk.tenant.grant_role(cy.id, ADMIN, eligible=eligible)

    said = await refused(desk, proposed(renames(cy)))

    assert said == f"Cy holds or may take a role in Entra: {ADMIN}."


async def test_roles_that_cannot_be_read(certificates: Certificates) -> None:
    async with at_the_desk(certificates, but="RoleManagement.Read.Directory") as desk:
        said = await refused(desk, proposed(renames(desk.user())))

    assert said == (
        "The Entra roles of Cy cannot be read, so the sign-in name stays as it is. "
        "Give the bot's app RoleManagement.Read.Directory."
    )


# ---------------------------------------------------------------- what stands there


@pytest.mark.parametrize("present", ["CY@contoso.com", "else@contoso.com", "Cyril@contoso.com"])
async def test_another_name_stands_there_by_now(desk: Desk, present: str) -> None:
    cy = desk.user()
    about = proposed(renames(cy))
    cy.user_principal_name = present

    receipt = await desk.write(about)

    assert told(receipt) == (
        WriteResult.STALE,
        "The object has changed since this was approved. Nothing was written.",
    )
    assert desk.patches == []


async def test_what_people_saw_must_still_stand_there(desk: Desk) -> None:
    cy = desk.user()
    seen = Before(f"entra:{cy.id}", "userPrincipalName", ("other@contoso.com",))

    receipt = await desk.write(proposed(renames(cy), before=(seen,)))

    assert receipt.result is WriteResult.STALE


async def test_what_somebody_did_already_is_not_done_again(desk: Desk) -> None:
    cy = desk.user()
    about = proposed(renames(cy))
    cy.user_principal_name = NEW

    receipt = await desk.write(about)

    assert told(receipt) == (
        WriteResult.ALREADY,
        "It already is as it should be. Nothing was written.",
    )
    assert desk.patches == []


@pytest.mark.parametrize(
    ("second", "result"), [("c@contoso.com", WriteResult.STALE), (NEW, WriteResult.ALREADY)]
)
async def test_of_two_writes_at_once_one_wins(desk: Desk, second: str, result: WriteResult) -> None:
    cy, writer = desk.user(), desk.writer()
    one, two = proposed(renames(cy)), proposed(renames(cy, second), id="p-2")

    receipts = await asyncio.gather(desk.write(one, writer), desk.write(two, writer))

    assert [each.result for each in receipts] == [WriteResult.WRITTEN, result]
    assert cy.user_principal_name == NEW
    assert len(desk.patches) == 1


async def test_somebody_is_quicker_than_a_second_writer(desk: Desk) -> None:
    """Another process, with a journal of its own in life: Entra is what they have in common."""
    cy = desk.user()
    about = proposed(renames(cy, "c@contoso.com"))

    class Overtaken(EntraCloud):
        async def standings(self, ids: Any) -> Mapping[str, Standing]:
            await desk.write(proposed(renames(cy), id="p-2"))
            return await super().standings(ids)

    overtaken = Overtaken(settings(desk.lab, desk.certificates))
    receipt = await desk.write(about, desk.writer(cloud=overtaken))
    await overtaken.aclose()

    assert receipt.result is WriteResult.STALE
    assert cy.user_principal_name == NEW
    assert len(desk.patches) == 1


# ---------------------------------------------------------------- the new name


async def test_a_domain_that_is_not_verified(desk: Desk) -> None:
    said = await refused(desk, proposed(renames(desk.user(), "cy@fabrikam.com")))

    assert said == (
        "fabrikam.com is not a verified domain of this tenant. Verify it, or choose another name."
    )


@pytest.mark.parametrize(
    "held",
    [
        {"user_principal_name": "Cyril@contoso.com"},
        {"proxy_addresses": ["smtp:cyril@contoso.com"]},
        {"mail": NEW},
        {"other_mails": [NEW]},
    ],
    ids=lambda held: next(iter(held)),
)
async def test_a_name_that_another_user_holds_anywhere(desk: Desk, held: dict[str, Any]) -> None:
    cy = desk.user()
    user(desk.tenant, "Cyril", **held)

    said = await refused(desk, proposed(renames(cy)))

    assert said == f"{NEW} belongs to Cyril in Entra. Choose another name."


@pytest.mark.parametrize("make", [group, contact])
async def test_a_name_that_is_the_address_of_something_else(desk: Desk, make: Any) -> None:
    cy = desk.user()
    make(desk.tenant, "Tax Office", f"SMTP:{NEW}")

    said = await refused(desk, proposed(renames(cy)))

    assert said == f"{NEW} belongs to Tax Office in Entra. Choose another name."


async def test_a_name_that_waits_in_the_recycle_bin(desk: Desk) -> None:
    cy = desk.user()
    desk.tenant.soft_delete(user(desk.tenant, "Gone", f"SMTP:{NEW}"))

    said = await refused(desk, proposed(renames(cy)))

    assert said == f"{NEW} belongs to Gone in Entra. Choose another name."


async def test_a_name_that_the_user_has_as_an_address_already(desk: Desk) -> None:
    cy = desk.user("Cy", "SMTP:cy@contoso.com", f"smtp:{NEW}")

    receipt = await desk.write(proposed(renames(cy)))

    assert receipt.result is WriteResult.WRITTEN


async def test_where_not_everything_can_be_read_nobody_knows_that_a_name_is_free(
    certificates: Certificates,
) -> None:
    async with at_the_desk(certificates, but="OrgContact.Read.All") as desk:
        said = await refused(desk, proposed(renames(desk.user())))

    assert said == (
        f"Nobody knows whether {NEW} is free in Entra: contacts cannot be read "
        "(no permission OrgContact.Read.All)."
    )


# ---------------------------------------------------------------- synchronized users


@pytest.mark.parametrize("follows_ad", [True, False])
async def test_a_synchronized_user_is_ads_unless_entra_does_not_follow(
    desk: Desk,
    follows_ad: bool,  # noqa: FBT001 -- a case of the table
) -> None:
    desk.tenant.rules.synchronize_upn_for_managed_users = follows_ad
    cy = desk.user(sync_enabled=True, immutable_id="EjRWeJCrze8SNFZ4kKvN7w==")
    assign_licence(desk.tenant, cy, "SPE_E3")

    receipt = await desk.write(proposed(renames(cy)))

    mastered = (
        "Microsoft Graph refused the change: Unable to update the specified properties for on-premises mastered "
        "Directory Sync objects or objects currently undergoing migration. Nothing was written."
    )
    written = (WriteResult.WRITTEN, "Written.")
    assert told(receipt) == ((WriteResult.REFUSED, mastered) if follows_ad else written)
    assert len(desk.patches) == 1


# ---------------------------------------------------------------- whom AD protects


async def test_whoever_the_writer_of_ad_may_not_touch_is_not_renamed_here_either(
    desk: Desk,
) -> None:
    cy = desk.user(sync_enabled=True, immutable_id="EjRWeJCrze8SNFZ4kKvN7w==")
    desk.tenant.rules.synchronize_upn_for_managed_users = False
    desk.twins.why = Say("{name} is on the deny list.", {"name": "Cy"})

    receipt = await desk.write(proposed(renames(cy)))

    assert told(receipt) == (WriteResult.REFUSED, "Cy is on the deny list.")
    assert desk.patches == []


async def test_where_its_ad_side_cannot_be_read_nobody_knows_whether_it_is_protected(
    desk: Desk,
) -> None:
    cy = desk.user(sync_enabled=True, immutable_id="EjRWeJCrze8SNFZ4kKvN7w==")
    desk.tenant.rules.synchronize_upn_for_managed_users = False
    desk.twins.there = False

    receipt = await desk.write(proposed(renames(cy)))

    assert receipt.result is WriteResult.REFUSED
    assert "nobody knows whether it is protected" in receipt.note.english()
    assert desk.patches == []


async def test_an_account_that_never_came_from_ad_has_no_ad_side_to_ask(desk: Desk) -> None:
    desk.twins.there = False
    cy = desk.user()

    assert (await desk.write(proposed(renames(cy)))).result is WriteResult.WRITTEN
    assert cy.user_principal_name == NEW
