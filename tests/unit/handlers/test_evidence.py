"""In: errors of every origin over the World. Out: what was read about each, and how often the two sides were asked.
Promise: what an error names belongs to its case; what could not be read or has gone is said, never left out.
"""

from dataclasses import replace

from bot.model import CaseKey, Evidence, Holder, Kind, ObjectType, Origin, Standing, SyncError
from bot.triage.policy import Policy
from handlers.evidence import gather
from tests import builders
from tests.fakes.clock import HandClock
from tests.fakes.directories import WorldAd, WorldCloud
from tests.fakes.world import World, everyday

SCANNER = "Svc Scanner"
JOHN = "John Doe"


async def look(
    world: World, *errors: SyncError, key: CaseKey | None = None, policy: Policy | None = None
) -> Evidence:
    wanted = key or builders.key()
    found = await gather(
        [(wanted, errors)],
        ad=WorldAd(world),
        cloud=WorldCloud(world),
        clock=HandClock(),
        policy=policy or Policy(),
    )
    return found[wanted.id]


def told(**over: str | None) -> SyncError:
    """As the sync server words it: no object in Entra need exist."""
    given = {"object_id": "", "object_type": ObjectType.USER, "object_name": "Ann Berg"}
    return SyncError(
        **(given | {"origin": Origin.EXPORT, "category": "InvalidSoftMatch"} | over)  # type: ignore[arg-type]
    )


def names(found: Evidence) -> list[str]:
    return sorted(h.name for h in found.holders)


async def test_the_ad_twin_of_the_failing_object_is_read_though_it_does_not_hold_the_value() -> (
    None
):
    world = everyday()
    errors = world.errors()
    world.edit(SCANNER, proxy_addresses=("SMTP:svc.scanner@contoso.com",))

    found = await look(world, *errors)

    (scanner,) = [h for h in found.holders if h.name == SCANNER]
    assert (scanner.ad is not None, scanner.ad_claims, scanner.joined_by) == (True, (), "anchor")


async def test_a_cloud_object_that_lost_its_sync_is_still_joined_by_its_anchor() -> None:
    world = World().add(builders.loser(cloud={"synced": None}), builders.keeper())
    scanner = world.account(SCANNER)
    error = builders.error(object_id=scanner.id, object_name=SCANNER)
    world.entra[scanner.id] = replace(scanner, errors=(error,))
    world.edit(SCANNER, proxy_addresses=())

    found = await look(world, error)

    assert [h.joined_by for h in found.holders if h.name == SCANNER] == ["anchor"]


async def test_whom_an_error_names_joins_without_showing_the_value() -> None:
    world = everyday().add(builders.user("Ingrid Berg"))
    ingrid = world.account("Ingrid Berg")

    found = await look(world, told(value=builders.VALUE, conflict_id=ingrid.id))

    assert "Ingrid Berg" in names(found)
    assert found.standings[builders.ad_object("Ingrid Berg").ref] == Standing(ingrid.id, ())


async def test_a_named_object_that_has_gone_is_a_gap_that_names_it() -> None:
    gone = builders.cloud_id_of("gone")

    found = await look(everyday(), told(value=builders.VALUE, conflict_id=gone))

    assert [g.what for g in found.gaps] == [f"object {gone}, which the error names"]


async def test_an_error_about_a_device_is_looked_for_by_its_id_alone() -> None:
    device = builders.cloud_id_of("laptop")

    found = await look(everyday(), told(object_id=device, object_type=ObjectType.OTHER))

    assert [g.what for g in found.gaps] == [f"object {device}, which the error names"]


async def test_what_no_list_of_graph_shows_stands_as_it_was_told() -> None:
    error = replace(told(value=builders.VALUE), origin=Origin.EXPORT)

    found = await look(everyday(), error)

    assert found.errors == (error,)


async def test_a_listed_error_that_its_object_no_longer_carries_is_gone() -> None:
    world = everyday()
    errors = world.errors()
    scanner = world.account(SCANNER)
    world.entra[scanner.id] = replace(scanner, errors=())
    export = told(value=builders.VALUE)

    found = await look(world, *errors, export)

    assert found.errors == (export,)


async def test_a_failing_object_that_vanishes_takes_its_error_along() -> None:
    world = everyday()
    errors = world.errors()
    del world.entra[world.account(SCANNER).id]

    found = await look(world, *errors)

    assert (found.errors, names(found)) == ((), [JOHN, SCANNER])


async def test_an_owner_that_vanishes_in_ad_is_still_shown_by_entra() -> None:
    world = everyday()
    del world.ad[world.person(JOHN).guid]

    found = await look(world, *world.errors())

    (john,) = [h for h in found.holders if h.name == JOHN]
    assert (john.ad, john.cloud is not None) == (None, True)


async def test_a_case_of_a_sid_reads_whoever_has_it() -> None:
    world = everyday()
    sid = str(world.person(JOHN).sid)

    found = await look(world, told(), key=CaseKey(builders.TENANT, Kind.SID, sid.lower()))

    assert names(found) == [JOHN]


async def test_a_case_of_an_anchor_reads_both_sides() -> None:
    world = everyday()
    anchor = world.person(JOHN).anchor

    found = await look(world, told(), key=CaseKey(builders.TENANT, Kind.ANCHOR, anchor))

    assert [(h.name, h.joined_by) for h in found.holders] == [(JOHN, "anchor")]


async def test_roles_are_read_of_accounts_that_only_entra_has() -> None:
    world = everyday().add(builders.only_in_cloud("Admin", mail=builders.VALUE))
    admin = world.account("Admin")
    world.roles[admin.id] = ("Global Administrator",)

    found = await look(world, *world.errors())

    assert found.standings[admin.ref] == Standing(admin.id, ("Global Administrator",))


async def test_roles_are_read_where_nobody_else_holds_the_value() -> None:
    world = World().add(builders.user(JOHN, proxies=(f"SMTP:{builders.VALUE}",)))
    world.roles[world.person(JOHN).anchor] = ("Global Reader",)

    found = await look(world, replace(told(value=builders.VALUE), origin=Origin.DRIFT))

    assert [s.roles for s in found.standings.values()] == [("Global Reader",)]


async def test_who_manages_an_object_is_told() -> None:
    world = everyday()
    world.cloud_managed = {world.account(JOHN).id}

    found = await look(world, *world.errors())

    managed = {h.name: h.cloud.cloud_managed for h in found.holders if h.cloud}
    assert managed == {JOHN: True, SCANNER: False}


async def test_without_the_right_who_manages_is_unknown_and_one_gap_says_so() -> None:
    world = everyday()
    world.managed_readable = False

    found = await look(world, *world.errors())

    assert {h.cloud.cloud_managed for h in found.holders if h.cloud} == {None}
    assert [g.what for g in found.gaps] == ["who manages it (isCloudManaged)"]


def contested() -> tuple[World, SyncError]:
    """Two have it as main address; Johanna needs another one and has none."""
    second = builders.both_primary(proxies=(f"SMTP:{builders.VALUE}",), cloud_proxies=())
    world = World().add(builders.keeper(), second)
    johanna = world.account("Johanna Dow")
    error = builders.error(object_id=johanna.id, object_name="Johanna Dow")
    world.entra[johanna.id] = replace(johanna, errors=(error,))
    return world, error


def johanna(world: World) -> str:
    return world.account("Johanna Dow").ref


def stranger(name: str, sam: str, dn: str) -> Holder:
    ad = {"sam_account_name": sam, "dn": dn, "user_principal_name": None, "mail": None}
    return builders.user(name, joined_by=None, ad=ad)


async def test_a_name_that_ad_lets_somebody_sign_in_by_unsaid_is_taken() -> None:
    world, error = contested()
    free = await look(world, error)
    dn = "CN=Old Account,OU=People,DC=contoso,DC=com"
    world.add(stranger("Old Account", "Johanna.Dow", dn))

    found = await look(world, error)

    name = "johanna.dow@contoso.com"
    assert set(free.taken[name]) == {world.person("Johanna Dow").ref, johanna(world)}
    assert set(found.taken[name]) - set(free.taken[name]) == {world.person("Old Account").ref}


async def test_the_same_account_name_in_another_domain_takes_nothing() -> None:
    world, error = contested()
    world.add(stranger("Other", "johanna.dow", "CN=Other,OU=People,DC=corp,DC=contoso,DC=com"))

    found = await look(world, error)

    assert set(found.taken["johanna.dow@contoso.com"]) == {
        world.person("Johanna Dow").ref,
        johanna(world),
    }


async def test_while_a_forest_is_away_nothing_is_known_to_be_free() -> None:
    world, error = contested()
    world.forest_away = True

    found = await look(world, error)

    assert found.taken == {}
    assert [g.where for g in found.gaps] == ["AD corp"]


async def test_while_a_list_of_entra_may_not_be_read_nothing_is_known_to_be_free() -> None:
    world, error = contested()
    name = "johanna.dow@contoso.com"
    group = builders.only_in_cloud("Hidden", type=ObjectType.GROUP, mail=name)
    world.add(group)
    world.groups_readable = False

    found = await look(world, error)

    assert found.taken == {}
    assert "groups" in [g.what for g in found.gaps]


async def test_a_hundred_cases_are_asked_about_as_one() -> None:
    world = World()
    for number in range(100):
        value = f"v{number}@contoso.com"
        world.add(
            builders.user(f"Main {number}", proxies=(f"SMTP:{value}",)),
            builders.user(f"Extra {number}", proxies=(f"SMTP:{value}",), ad={"mail": value}),
        )
    world.sync()
    errors = world.errors()
    wanted = [
        (CaseKey(builders.TENANT, Kind.ADDRESS, str(e.value).partition(":")[2]), (e,))
        for e in errors
    ]
    world.reads = 0

    found = await gather(
        wanted, ad=WorldAd(world), cloud=WorldCloud(world), clock=HandClock(), policy=Policy()
    )

    assert len(found) == 100
    assert all(f.taken for f in found.values())
    # tenant, holders here and there, the failing, the named, roles, managers; then the new names on three counts
    assert world.reads == 10
