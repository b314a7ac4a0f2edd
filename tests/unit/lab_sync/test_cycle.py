"""In: an AD that people change, and cycles and sweeps in between.
Out: what Entra holds after each.
Promise: real LDAP; nothing of AD is put into the tenant by hand.
"""

from __future__ import annotations

import asyncio
import base64
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from bot.lab.ad import ADMINISTRATOR
from bot.lab.certs import make_certificates
from bot.lab.entra import Kind, add_user
from bot.lab.sync import SyncEngine
from tests.unit.lab_sync.conftest import BASE, UNIVERSAL_DISTRIBUTION

if TYPE_CHECKING:
    from pathlib import Path

    from tests.unit.lab_sync.conftest import Room


async def test_users_groups_and_contacts_arrive(room: Room) -> None:
    dn = room.user("anna", "SMTP:anna@contoso.com", givenName="Anna", sn="Lind", title="Clerk")
    room.group("sales", dn, displayName="Sales", mail="sales@contoso.com")
    room.contact("Ext", mail="ext@fabrikam.com")
    result = await room.engine.cycle()
    anna, sales, ext = (
        room.present("Anna"),
        room.present("Sales", Kind.GROUP),
        room.present("Ext", Kind.CONTACT),
    )
    entry = room.directory.live(dn)

    assert (result.read, result.in_scope, len(result.added), result.errors) == (3, 3, 3, 0)
    assert anna.immutable_id == base64.b64encode(entry.guid.bytes_le).decode()
    assert anna.attributes == {"givenName": "Anna", "surname": "Lind", "jobTitle": "Clerk"}
    assert anna.on_premises is not None
    assert anna.on_premises.distinguished_name == dn
    assert anna.on_premises.domain_name == "contoso.com"
    assert anna.on_premises.net_bios_name == "CONTOSO"
    assert (anna.on_premises.security_identifier or "").startswith("S-1-5-21-")
    assert sales.members == [anna.id]
    assert (sales.immutable_id, ext.immutable_id) == (None, None)
    assert room.tenant.last_sync is not None


async def test_a_conflict_from_ad_to_entra_and_back(room: Room) -> None:
    room.user("anna", "SMTP:john@contoso.com")
    bo_dn = room.user("bo", "SMTP:bo@contoso.com", "smtp:john@contoso.com")
    await room.engine.cycle()
    bo = room.present("Bo")
    before = [error.value for error in bo.errors]
    room.set(bo_dn, "proxyAddresses", "SMTP:bo@contoso.com")
    result = await room.engine.cycle()
    lingering = [error.value for error in bo.errors]
    swept = await room.engine.sweep()

    assert before == lingering == ["smtp:john@contoso.com"]
    assert result.updated == [bo.id]
    assert bo.errors == []
    assert swept.withdrawn == [(bo.id, "smtp:john@contoso.com")]


async def test_the_winners_value_reaches_the_loser_at_the_sweep(room: Room) -> None:
    anna_dn = room.user("anna", "SMTP:anna@contoso.com", "smtp:john@contoso.com")
    room.user("bo", "SMTP:bo@contoso.com", "smtp:john@contoso.com")
    await room.engine.cycle()
    bo = room.present("Bo")
    room.set(anna_dn, "proxyAddresses", "SMTP:anna@contoso.com")
    await room.engine.cycle()
    after_the_cycle = "smtp:john@contoso.com" in bo.proxy_addresses
    await room.engine.sweep()

    assert after_the_cycle is False
    assert "smtp:john@contoso.com" in bo.proxy_addresses


async def test_the_first_made_is_the_first_synced(room: Room) -> None:
    room.user("zoe", "SMTP:shared@contoso.com")
    room.user("adam", "SMTP:shared@contoso.com")
    await room.engine.cycle()

    assert room.present("Zoe").mail == "shared@contoso.com"
    assert len(room.present("Adam").errors) == 1


async def test_what_has_not_changed_is_not_sent_again(room: Room) -> None:
    room.user("anna", "SMTP:anna@contoso.com")
    await room.engine.cycle()
    anna = room.present("Anna")
    stamp = anna.on_premises.last_sync if anna.on_premises else None
    result = await room.engine.cycle()

    assert (result.added, result.updated) == ([], [])
    assert anna.on_premises is not None
    assert anna.on_premises.last_sync == stamp


async def test_out_of_scope_and_deleted_are_soft_deleted(room: Room) -> None:
    moved = room.user("anna", "SMTP:anna@contoso.com")
    deleted = room.user("bo", "SMTP:bo@contoso.com")
    contact = room.contact("Ext", mail="ext@fabrikam.com")
    await room.engine.cycle()
    anna, bo = room.present("Anna"), room.present("Bo")
    room.directory.rename(moved, "CN=anna", new_parent=f"OU=Elsewhere,{BASE}")
    room.directory.delete(deleted)
    room.directory.delete(contact)
    result = await room.engine.cycle()

    assert len(result.deleted) == 3
    assert room.tenant.in_recycle_bin(Kind.USER) == [anna, bo]
    assert room.tenant.live(Kind.CONTACT) == []


async def test_back_in_scope_is_the_same_user_again(room: Room) -> None:
    dn = room.user("anna", "SMTP:anna@contoso.com")
    await room.engine.cycle()
    anna = room.present("Anna")
    away = room.directory.rename(dn, "CN=anna", new_parent=f"OU=Elsewhere,{BASE}").dn
    await room.engine.cycle()
    room.directory.rename(away, "CN=anna", new_parent=f"OU=People,{BASE}")
    result = await room.engine.cycle()

    assert result.joined == [anna.id]
    assert (anna.deleted, anna.user_principal_name) == (None, "anna@contoso.com")


async def test_too_many_deletions_are_not_made(room: Room) -> None:
    room.tenant.rules.deletion_threshold = 1
    dns = [room.user(name, f"SMTP:{name}@contoso.com") for name in ("anna", "bo")]
    await room.engine.cycle()
    for dn in dns:
        room.directory.delete(dn)
    result = await room.engine.cycle()

    assert result.stopped == "2 deletions are more than the threshold of 1"
    assert len(room.tenant.live(Kind.USER)) == 2


async def test_an_import_that_fails_exports_nothing(room: Room) -> None:
    room.user("anna", "SMTP:anna@contoso.com")
    await room.engine.cycle()
    last = room.tenant.last_sync
    room.engine.source = replace(room.engine.source, password="wrong")
    result = await room.engine.cycle()

    assert (result.stopped or "").startswith("AD did not accept the account reader@contoso.com: 49")
    assert result.deleted == []
    assert room.tenant.last_sync == last
    assert room.cloud("Anna") is not None


async def test_an_untrusted_server_is_not_read(room: Room) -> None:
    room.engine.source = replace(room.engine.source, ca_file=_another_authority(room))
    result = await room.engine.cycle()

    assert result.read == 0
    assert "was not read" in (result.stopped or "")


def _another_authority(room: Room) -> Path:
    return make_certificates(room.engine.source.ca_file.parent / "another").ca_file


async def test_a_stopped_sync_does_nothing_but_the_sweep_goes_on(room: Room) -> None:
    room.user("anna", "SMTP:anna@contoso.com")
    room.engine.paused = True
    result = await room.engine.cycle()
    swept = await room.engine.sweep()

    assert (result.stopped, result.read) == ("the sync is stopped", 0)
    assert room.tenant.last_sync is None
    assert swept.remaining == 0


async def test_soft_match_over_the_wire(room: Room) -> None:
    cloud = add_user(
        room.tenant,
        "old@contoso.com",
        display_name="Cloud",
        addresses=("SMTP:anna@contoso.com",),
    )
    room.user("anna", "SMTP:anna@contoso.com")
    result = await room.engine.cycle()

    assert result.joined == [cloud.id]
    assert (cloud.display_name, cloud.sync_enabled) == ("Anna", True)


async def test_hard_match_by_the_consistency_guid(room: Room) -> None:
    anchor = bytes(range(16))
    cloud = add_user(
        room.tenant,
        "old@contoso.com",
        display_name="Cloud",
        immutable_id=base64.b64encode(anchor).decode(),
    )
    dn = room.user("anna")
    room.set(dn, "mS-DS-ConsistencyGuid", anchor)
    result = await room.engine.cycle()

    assert result.joined == [cloud.id]


async def test_a_chat_address_conflict_is_tried_in_each_cycle(room: Room) -> None:
    room.user("anna", "sip:x@contoso.com")
    bo_dn = room.user("bo", "sip:x@contoso.com")
    await room.engine.cycle()
    first = list(room.engine.export_errors)
    await room.engine.cycle()
    second = list(room.engine.export_errors)
    room.set(bo_dn, "proxyAddresses", "sip:bo@contoso.com")
    await room.engine.cycle()

    assert [error.distinguished_name for error in first] == [bo_dn]
    assert first == second
    assert room.engine.export_errors == []
    assert room.cloud("Bo") is not None


async def test_a_user_deleted_in_the_cloud_comes_back(room: Room) -> None:
    room.user("anna", "SMTP:anna@contoso.com")
    await room.engine.cycle()
    anna = room.present("Anna")
    room.tenant.soft_delete(anna)
    result = await room.engine.cycle()

    assert result.joined == [anna.id]
    assert anna.deleted is None


async def test_what_was_restored_in_the_cloud_is_not_deleted_by_the_sync(room: Room) -> None:
    dn = room.user("anna", "SMTP:anna@contoso.com")
    await room.engine.cycle()
    anna = room.present("Anna")
    anna.sync_enabled = False
    room.directory.delete(dn)
    await room.engine.cycle()

    assert [error.error for error in room.engine.export_errors] == [
        "DeletingCloudOnlyObjectNotAllowed"
    ]
    assert anna.deleted is None


@pytest.mark.parametrize("name", ["MSOL_1234", "AAD_abc", "SUPPORT_388945a0", "CAS_{1}"])
async def test_accounts_of_the_sync_itself_stay_out(room: Room, name: str) -> None:
    room.user(name)

    assert (await room.engine.cycle()).in_scope == 0


async def test_who_else_stays_out(room: Room) -> None:
    room.user("system", mailNickname="SystemMailbox{1}")
    room.user("linked", msExchRecipientTypeDetails="2")
    room.user("arbitration", msExchRecipientTypeDetails=str(0x800000))
    room.group("plain list", kind=UNIVERSAL_DISTRIBUTION)
    room.contact("No address")
    room.contact("(MSOL) hidden", mail="h@contoso.com")
    room.user("elsewhere", below=f"OU=Elsewhere,{BASE}")
    room.user("anna")
    result = await room.engine.cycle()

    assert (result.read, len(result.added)) == (7, 1)


async def test_many_objects_and_many_members(room: Room) -> None:
    """More than a page of objects, and more members than AD gives at a time."""
    dns = [room.user(f"user{number:04d}") for number in range(1_600)]
    room.group("all", *dns, displayName="All")
    result = await room.engine.cycle()

    assert (result.read, len(result.added)) == (1_601, 1_601)
    assert len(room.present("All", Kind.GROUP).members) == 1_600


async def test_the_anchor_is_written_back_only_when_told_to(room: Room) -> None:
    dn = room.user("anna")
    await room.engine.cycle()
    untouched = _anchor(room, dn)
    admin = room.directory.add_account("sync", "Passw0rd.sync", rights=ADMINISTRATOR)
    source = replace(room.engine.source, user=admin.upn, password="Passw0rd.sync")
    bo_dn = room.user("bo")
    writing = SyncEngine(
        source, room.tenant, cycle_seconds=60, sweep_seconds=60, write_back_anchor=True
    )
    result = await writing.cycle()
    entry = room.directory.live(bo_dn)

    assert untouched is None
    assert result.stopped is None
    assert _anchor(room, bo_dn) == entry.guid.bytes_le


def _anchor(room: Room, dn: str) -> bytes | None:
    entry = room.directory.live(dn)
    return entry.first("mS-DS-ConsistencyGuid")


async def test_the_schedule_runs_by_itself(room: Room) -> None:
    room.user("anna", "SMTP:anna@contoso.com")
    room.engine.cycle_seconds = room.engine.sweep_seconds = 0.01
    room.engine.next_sweep = room.engine.clock()
    task = asyncio.create_task(room.engine.run())
    while room.engine.last_cycle is None or room.engine.last_sweep is None:  # noqa: ASYNC110 - the engine has no event for it, and needs none
        await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    assert room.cloud("Anna") is not None
