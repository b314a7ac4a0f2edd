"""In: approved proposals about objects in the lab's AD and in Samba's. Out: receipts, and what stands there then.
Promise: one modify, whole or not at all; one winner; nothing protected is touched, whatever was approved.
"""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from bot.ad.forest import Forest
from bot.ad.modify import Writer
from bot.ad.protection import Protection
from bot.errors import Refused
from bot.model import Before, Change, Mode, Proposal, Receipt, Risk, Standing, WriteResult
from bot.quota import Caps
from bot.triage.undo import undo_of
from tests.contract.ad.places import TENANT, Place, approved, ordinary_account, proposed
from tests.contract.ad_server.target import PASSWORD

OLD = "smtp:old@contoso.com"
JUDGED: dict[str, Any] = {"by": ("entra-ann", "entra-bo"), "reason": "agreed with both"}


def remove(value: str = OLD) -> Change:
    return Change("proxyAddresses", delete=(value,))


async def refused(place: Place, writer: Writer, proposal: Proposal, **more: Any) -> str:
    receipt = await place.write(writer, proposal, **more)
    assert receipt.result is WriteResult.REFUSED
    return receipt.note.english()


async def test_one_value_is_removed_and_the_receipt_tells_before_and_after(place: Place) -> None:
    dn = place.room.add("bo", proxyAddresses=["SMTP:bo@contoso.com", OLD])
    step = await place.step(dn, remove())
    ref = f"ad:corp:{step.guid}"

    receipt = await place.write(await place.writer(), proposed(step))

    assert receipt.result is WriteResult.WRITTEN
    assert place.addresses(dn) == ["SMTP:bo@contoso.com"]
    assert [sorted(b.values) for b in receipt.before] == [["SMTP:bo@contoso.com", OLD]]
    assert receipt.after == (Before(ref, "proxyAddresses", ("SMTP:bo@contoso.com",)),)
    assert receipt.dc == f"dc1.{place.target.domain}"
    assert receipt.note.english() == "Written."


async def test_another_address_becomes_the_primary_one(place: Place) -> None:
    dn = place.room.add("bo", proxyAddresses=["SMTP:bo@contoso.com", OLD], mail="bo@contoso.com")
    step = await place.step(
        dn,
        Change(
            "proxyAddresses",
            delete=("SMTP:bo@contoso.com", OLD),
            add=("SMTP:old@contoso.com", "smtp:bo@contoso.com"),
        ),
        Change("mail", delete=("bo@contoso.com",), add=("old@contoso.com",)),
    )

    receipt = await place.write(await place.writer(), proposed(step, risk=Risk.JUDGE), **JUDGED)

    assert receipt.result is WriteResult.WRITTEN
    assert place.addresses(dn) == ["SMTP:old@contoso.com", "smtp:bo@contoso.com"]
    assert place.room.values(dn, "mail") == [b"old@contoso.com"]


async def test_a_value_that_has_gone_is_stale_and_nothing_is_written(place: Place) -> None:
    dn = place.room.add("bo", proxyAddresses=["smtp:other@contoso.com"])
    change = Change("proxyAddresses", delete=(OLD,), add=("smtp:new@contoso.com",))

    receipt = await place.write(await place.writer(), proposed(await place.step(dn, change)))

    assert receipt.result is WriteResult.STALE
    assert place.addresses(dn) == ["smtp:other@contoso.com"]


async def test_a_value_that_only_changed_its_case_is_stale(place: Place) -> None:
    dn = place.room.add("bo", proxyAddresses=["smtp:OLD@contoso.com"])

    receipt = await place.write(await place.writer(), proposed(await place.step(dn, remove())))

    assert receipt.result is WriteResult.STALE
    assert place.addresses(dn) == ["smtp:OLD@contoso.com"]


async def test_a_value_that_is_there_in_other_letters_is_not_added(place: Place) -> None:
    dn = place.room.add("bo", proxyAddresses=["smtp:NEW@contoso.com"])
    change = Change("proxyAddresses", add=("smtp:new@contoso.com",))

    receipt = await place.write(await place.writer(), proposed(await place.step(dn, change)))

    assert receipt.result is WriteResult.STALE
    assert place.addresses(dn) == ["smtp:NEW@contoso.com"]


async def test_only_the_case_of_a_value_changes(place: Place) -> None:
    dn = place.room.add("bo", proxyAddresses=["smtp:OLD@contoso.com"])
    change = Change("proxyAddresses", delete=("smtp:OLD@contoso.com",), add=(OLD,))

    receipt = await place.write(await place.writer(), proposed(await place.step(dn, change)))

    assert receipt.result is WriteResult.WRITTEN
    assert place.addresses(dn) == [OLD]


async def test_what_somebody_did_already_is_not_done_again(place: Place) -> None:
    dn = place.room.add("bo", proxyAddresses=["smtp:other@contoso.com"])

    receipt = await place.write(await place.writer(), proposed(await place.step(dn, remove())))

    assert receipt.result is WriteResult.ALREADY


async def test_what_people_saw_must_still_stand_there(place: Place) -> None:
    dn = place.room.add("bo", proxyAddresses=[OLD, "smtp:fresh@contoso.com"])
    step = await place.step(dn, remove())
    seen = Before(f"ad:corp:{step.guid}", "proxyAddresses", (OLD,))

    receipt = await place.write(await place.writer(), proposed(step, before=(seen,)))

    assert receipt.result is WriteResult.STALE
    assert place.addresses(dn) == ["smtp:fresh@contoso.com", OLD]


async def test_an_object_that_was_moved_and_renamed_is_still_the_one(place: Place) -> None:
    dn = place.room.add("bo", proxyAddresses=[OLD])
    step = await place.step(dn, remove())
    place.room.admin.modify_dn(dn, "CN=robert")

    receipt = await place.write(await place.writer(), proposed(step))

    assert receipt.result is WriteResult.WRITTEN
    assert place.addresses(f"CN=robert,{place.room.ou}") == []


async def test_an_object_that_was_deleted_is_stale(place: Place) -> None:
    dn = place.room.add("bo", proxyAddresses=[OLD])
    step = await place.step(dn, remove())
    place.delete(dn)

    receipt = await place.write(await place.writer(), proposed(step))

    assert receipt.result is WriteResult.STALE


async def test_of_many_writers_exactly_one_wins(place: Place) -> None:
    dn = place.room.add("bo", proxyAddresses=[OLD])
    writer = await place.writer()
    proposals = [
        proposed(
            await place.step(
                dn, Change("proxyAddresses", delete=(OLD,), add=(f"smtp:n{i}@contoso.com",))
            ),
            id=f"p-{i}",
        )
        for i in range(8)
    ]

    receipts = await asyncio.gather(*(place.write(writer, each) for each in proposals))

    won = [r for r in receipts if r.result is WriteResult.WRITTEN]
    assert [r.result for r in receipts if r not in won] == [WriteResult.STALE] * 7
    assert place.addresses(dn) == [f"smtp:n{won[0].proposal_id[2:]}@contoso.com"]


async def delegated(place: Place) -> Forest:
    name = f"fix-{place.room.tag}"
    upn = place.target.add_account(name, PASSWORD)
    place.target.delegate(name, ("proxyAddresses",), place.room.ou)
    return place.forest(write_user=upn, write_password=PASSWORD)


async def test_a_delegated_account_writes_what_it_may(place: Place) -> None:
    dn = place.room.add("bo", proxyAddresses=[OLD])
    writer = await place.writer(forest=await delegated(place))

    receipt = await place.write(writer, proposed(await place.step(dn, remove())))

    assert receipt.result is WriteResult.WRITTEN


async def test_a_delegated_account_says_which_right_it_lacks_and_writes_nothing(
    place: Place,
) -> None:
    dn = place.room.add("bo", proxyAddresses=[OLD], mail="bo@contoso.com")
    writer = await place.writer(forest=await delegated(place))
    step = await place.step(dn, remove(), Change("mail", ("bo@contoso.com",), ("b@contoso.com",)))

    said = await refused(place, writer, proposed(step, risk=Risk.JUDGE), **JUDGED)

    assert f"may not write mail of {dn}" in said
    assert place.addresses(dn) == [OLD]


async def test_an_account_without_any_right(place: Place) -> None:
    dn = place.room.add("bo", proxyAddresses=[OLD])
    account = ordinary_account(place.target)
    forest = place.forest(write_user=account, write_password=PASSWORD)

    said = await refused(
        place, await place.writer(forest=forest), proposed(await place.step(dn, remove()))
    )

    assert said.startswith(f"No right: {account} may not write proxyAddresses of {dn}.")


async def test_a_sign_in_name_needs_the_opt_in(place: Place) -> None:
    upn, other = place.mail("bo"), place.mail("robert")
    dn = place.room.add("bo", userPrincipalName=upn)
    step = await place.step(dn, Change("userPrincipalName", (upn,), (other,)))
    proposal = proposed(step, risk=Risk.JUDGE)

    said = await refused(place, await place.writer(), proposal, **JUDGED)
    receipt = await place.write(await place.writer(upn=True), replace(proposal, id="p-2"), **JUDGED)

    assert said == "Sign-in names are not written: the upn opt-in is off."
    assert receipt.result is WriteResult.WRITTEN
    assert place.room.values(dn, "userPrincipalName") == [other.encode()]


async def test_a_sign_in_name_that_another_has(place: Place) -> None:
    taken, upn = place.mail("taken"), place.mail("bo")
    place.room.add("first", userPrincipalName=taken)
    dn = place.room.add("bo", userPrincipalName=upn)
    step = await place.step(dn, Change("userPrincipalName", (upn,), (taken,)))

    said = await refused(
        place, await place.writer(upn=True), proposed(step, risk=Risk.JUDGE), **JUDGED
    )

    assert said == "Another account of the forest has this sign-in name. Nothing was written."


async def test_outside_of_the_allowed_ous(place: Place) -> None:
    dn = place.room.add("bo", proxyAddresses=[OLD])
    account = {"write_user": place.target.admin, "write_password": place.target.password}
    elsewhere = place.forest(allowed_ous=(f"OU=Staff\\, all,{place.target.base_dn}",), **account)

    said = await refused(
        place, await place.writer(forest=elsewhere), proposed(await place.step(dn, remove()))
    )

    assert said == f"{dn} is not inside an OU that the bot may write in."


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"adminCount": "1"}, "bo is or was an administrator (adminCount=1)."),
        (
            {"sAMAccountName": "MSOL_0a1b2c"},
            "bo is the account of the synchronization itself.",
        ),
    ],
)
async def test_protected_objects(place: Place, given: dict[str, str], said: str) -> None:
    if "sAMAccountName" in given:
        given = {"sAMAccountName": f"{given['sAMAccountName']}{place.room.tag[:6]}"}
    dn = place.room.add("bo", proxyAddresses=[OLD], **given)

    told = await refused(place, await place.writer(), proposed(await place.step(dn, remove())))

    assert told == said
    assert place.addresses(dn) == [OLD]


async def test_a_computer(place: Place) -> None:
    dn = place.room.add("pc", "computer", sAMAccountName=f"PC-{place.room.tag}$"[:15])
    step = await place.step(dn, Change("displayName", add=("PC",)))

    told = await refused(place, await place.writer(), proposed(step))

    assert told == "pc is a computer, a trust or a managed service account."


async def test_the_deny_list_by_name_guid_and_dn(place: Place) -> None:
    dn = place.room.add("bo", proxyAddresses=[OLD])
    step = await place.step(dn, remove())
    denied = (f"BO-{place.room.tag}", step.guid.upper(), dn.upper())

    told = [
        await refused(
            place,
            await place.writer(protection=Protection(deny=(entry,))),
            proposed(step, id=entry),
        )
        for entry in denied
    ]

    assert told == ["bo is on the deny list."] * 3


async def nested(place: Place) -> tuple[str, str]:
    """A user in a group in a group."""
    dn = place.room.add("bo", proxyAddresses=[OLD])
    inner = place.room.add("inner", "group", member=[dn])
    return dn, place.room.add("vip", "group", member=[inner])


async def test_a_protected_group_also_when_nested(place: Place) -> None:
    dn, top = await nested(place)
    writer = await place.writer(protection=Protection(groups=(top.upper(),)))

    told = await refused(place, writer, proposed(await place.step(dn, remove())))

    assert told == f"bo is in the protected group {top}."


async def test_a_protected_group_that_does_not_exist_stops_every_write(place: Place) -> None:
    dn = place.room.add("bo", proxyAddresses=[OLD])
    missing = "CN=vpi,OU=Groups,DC=corp,DC=contoso,DC=com"
    writer = await place.writer(protection=Protection(groups=(missing,)))

    told = await refused(place, writer, proposed(await place.step(dn, remove())))

    assert told.startswith(f"The protected group {missing} is not in this directory")


async def test_somebody_outside_of_the_protected_group(place: Place) -> None:
    _, top = await nested(place)
    other = place.room.add("cy", proxyAddresses=[OLD])
    writer = await place.writer(protection=Protection(groups=(top,)))

    receipt = await place.write(writer, proposed(await place.step(other, remove())))

    assert receipt.result is WriteResult.WRITTEN


async def with_standing(place: Place, standing: Standing, proposal: Proposal) -> Receipt:
    async def told(_: str) -> Standing:
        return standing

    writer = await place.writer(
        standing=told, protection=Protection(approvers=frozenset({"entra-approver"}))
    )
    more = JUDGED if proposal.risk is Risk.JUDGE else {}
    return await place.write(writer, proposal, **more)


async def test_whoever_holds_a_role_in_entra(place: Place) -> None:
    dn = place.room.add("bo", proxyAddresses=[OLD])

    receipt = await with_standing(
        place,
        Standing("e", ("Helpdesk Administrator",)),
        proposed(await place.step(dn, remove())),
    )

    assert receipt.note.english() == (
        "bo holds or may take a role in Entra: Helpdesk Administrator."
    )


async def test_an_approver(place: Place) -> None:
    dn = place.room.add("bo", proxyAddresses=[OLD])

    receipt = await with_standing(
        place, Standing("entra-approver", ()), proposed(await place.step(dn, remove()))
    )

    assert receipt.note.english().startswith("bo is an approver")


async def test_roles_that_cannot_be_read_hold_back_primaries_only(place: Place) -> None:
    dn = place.room.add("bo", proxyAddresses=["SMTP:bo@contoso.com", OLD], mail="bo@contoso.com")
    primary = await place.step(dn, Change("mail", ("bo@contoso.com",), ("b@contoso.com",)))
    other = await place.step(dn, remove())

    first = await with_standing(place, Standing(None, None), proposed(primary, risk=Risk.JUDGE))
    second = await with_standing(place, Standing(None, None), proposed(other, id="p-2"))

    assert (first.result, second.result) == (WriteResult.REFUSED, WriteResult.WRITTEN)


async def test_the_last_primary_address_stays(place: Place) -> None:
    dn = place.room.add("bo", proxyAddresses=["SMTP:bo@contoso.com", OLD])
    step = await place.step(dn, remove("SMTP:bo@contoso.com"))

    told = await refused(place, await place.writer(), proposed(step, risk=Risk.JUDGE), **JUDGED)

    assert told == "bo would lose the last primary address."


async def test_the_bots_own_account(place: Place) -> None:
    name = f"bot-{place.room.tag}"
    dn = place.room.add("bot", sAMAccountName=name, proxyAddresses=[OLD])
    protection = Protection(own_accounts=(f"{place.target.netbios}\\{name}",))

    told = await refused(
        place,
        await place.writer(protection=protection),
        proposed(await place.step(dn, remove())),
    )

    assert told == "bot is one of the bot's own accounts."


async def test_the_cap_of_an_hour(place: Place) -> None:
    writer = await place.writer(caps=Caps(per_hour=2, per_day=100))
    dns = [place.room.add(f"u{i}", proxyAddresses=[OLD]) for i in range(3)]
    proposals = [proposed(await place.step(dn, remove()), id=f"p-{i}") for i, dn in enumerate(dns)]

    results = [(await place.write(writer, each)).result for each in proposals]

    assert results == [WriteResult.WRITTEN, WriteResult.WRITTEN, WriteResult.REFUSED]


async def test_nothing_is_written_without_an_intent_or_twice(place: Place) -> None:
    dn = place.room.add("bo", proxyAddresses=[OLD])
    writer = await place.writer()
    proposal = proposed(await place.step(dn, remove()))

    first = await writer.write(approved(proposal), proposal, 0)
    await place.write(writer, proposal)
    third = await writer.write(approved(proposal), proposal, 0)

    assert first.note.english().startswith("The journal has no intent for this")
    assert third.note.english().startswith("The journal says that this was written before")
    assert place.journal is not None
    with pytest.raises(Refused):
        await place.journal.intend(approved(proposal), proposal)


async def test_settle_tells_what_became_of_it(place: Place) -> None:
    done = place.room.add("done", proxyAddresses=["smtp:kept@contoso.com"])
    undone = place.room.add("undone", proxyAddresses=[OLD])
    writer = await place.writer()
    first = proposed(await place.step(done, remove()), id="p-done")
    second = proposed(await place.step(undone, remove()), id="p-undone")
    assert place.journal is not None
    await place.journal.intend(approved(first), first)

    receipts = [await writer.settle(first, 0), await writer.settle(second, 0)]

    assert [r.result for r in receipts] == [WriteResult.WRITTEN, WriteResult.STALE]


async def test_only_in_apply_mode(place: Place) -> None:
    dn = place.room.add("bo", proxyAddresses=[OLD])
    proposal = proposed(await place.step(dn, remove()))

    told = await refused(place, await place.writer(mode=Mode.PROPOSE), proposal)

    assert told.startswith("The bot is not in apply mode")


async def test_the_writer_reads_its_target_on_the_dc_it_writes_to(place: Place) -> None:
    dn = place.room.add("bo", proxyAddresses=[OLD])
    step = await place.step(dn, remove())

    found = await (await place.writer()).read(step)

    assert found is not None
    assert (found.dn, found.proxy_addresses) == (dn, (OLD,))


# ---------------------------------------------------------------- taking it back


def back(proposal: Proposal, *receipts: Receipt) -> Proposal:
    undo = undo_of(proposal, receipts, tenant=TENANT, revision=1)
    assert undo is not None
    return undo


async def test_what_was_removed_comes_back_as_it_was_spelled(place: Place) -> None:
    dn = place.room.add("bo", proxyAddresses=["SMTP:bo@contoso.com", "smtp:Old@Contoso.com"])
    writer = await place.writer()
    fix = proposed(await place.step(dn, remove("smtp:Old@Contoso.com")))
    receipt = await place.write(writer, fix)
    second = await place.write(writer, back(fix, receipt))

    assert (receipt.result, second.result) == (WriteResult.WRITTEN, WriteResult.WRITTEN)
    assert place.addresses(dn) == ["SMTP:bo@contoso.com", "smtp:Old@Contoso.com"]


async def test_a_main_address_and_its_mail_field_go_back_together(place: Place) -> None:
    dn = place.room.add("bo", proxyAddresses=["SMTP:bo@contoso.com", OLD], mail="bo@contoso.com")
    step = await place.step(
        dn,
        Change(
            "proxyAddresses",
            delete=("SMTP:bo@contoso.com", OLD),
            add=("SMTP:old@contoso.com", "smtp:bo@contoso.com"),
        ),
        Change("mail", delete=("bo@contoso.com",), add=("old@contoso.com",)),
    )
    writer = await place.writer()
    fix = proposed(step, risk=Risk.JUDGE)
    receipt = await place.write(writer, fix, **JUDGED)
    second = await place.write(writer, back(fix, receipt), **JUDGED)

    assert second.result is WriteResult.WRITTEN
    assert place.addresses(dn) == ["SMTP:bo@contoso.com", OLD]
    assert place.room.values(dn, "mail") == [b"bo@contoso.com"]


async def test_a_field_that_somebody_filled_since_is_not_put_back_over_it(place: Place) -> None:
    dn = place.room.add("bo", mail="old@contoso.com")
    step = await place.step(dn, Change("mail", delete=("old@contoso.com",)))
    writer = await place.writer()
    fix = proposed(step, risk=Risk.JUDGE)
    receipt = await place.write(writer, fix, **JUDGED)
    place.room.modify(dn, {"mail": [("MODIFY_ADD", ["new@contoso.com"])]})
    second = await place.write(writer, back(fix, receipt), **JUDGED)

    assert second.result is WriteResult.STALE
    assert place.room.values(dn, "mail") == [b"new@contoso.com"]


async def test_an_undo_that_the_journal_does_not_give_is_refused(place: Place) -> None:
    """Nothing was written by us, or something else: whoever says otherwise is not believed."""
    dn = place.room.add("bo", proxyAddresses=["SMTP:bo@contoso.com"])
    writer = await place.writer()
    fix = proposed(await place.step(dn, remove()))
    already = await place.write(writer, fix)
    never = back(fix, replace(already, result=WriteResult.WRITTEN, before=(), after=()))
    said = await refused(place, writer, never)

    assert already.result is WriteResult.ALREADY
    assert "The journal does not say" in said
    assert place.addresses(dn) == ["SMTP:bo@contoso.com"]
