"""In: objects in the lab's AD and in Samba's. Out: what the reader finds of them.
Promise: who holds a value is found whatever the kind, the attribute and the letter case, on both servers alike.
"""

from base64 import b64encode
from uuid import UUID, uuid4

from ldap3 import MODIFY_REPLACE

from bot.model import ObjectType
from tests.contract.ad.places import Place, consistency, ordinary_account
from tests.contract.ad_server.target import PASSWORD, Target, room_in


async def test_users_groups_and_contacts_that_hold_an_address(place: Place) -> None:
    value = place.mail("john")
    for name, kind in (("u", "user"), ("g", "group"), ("c", "contact")):
        place.room.add(name, kind, proxyAddresses=[f"smtp:{value}"])

    found = (await place.reader().holders([value]))[value]

    assert [(o.name, o.type) for o in found.objects] == [
        ("c", ObjectType.CONTACT),
        ("g", ObjectType.GROUP),
        ("u", ObjectType.USER),
    ]


async def test_every_attribute_that_can_hold_an_address_is_searched(place: Place) -> None:
    value = place.mail("many")
    place.room.add("a-upn", userPrincipalName=value)
    place.room.add("b-mail", mail=value)
    place.room.add("c-smtp", proxyAddresses=[f"SMTP:{value}"])
    place.room.add("d-sip", proxyAddresses=[f"sip:{value}"])
    place.room.add("e-target", "contact", targetAddress=f"SMTP:{value}")
    place.room.add("f-bare", "contact", targetAddress=value)
    place.room.add("z-nickname", mailNickname=value)

    found = (await place.reader().holders([value]))[value]

    assert [o.name for o in found.objects] == [
        "a-upn",
        "b-mail",
        "c-smtp",
        "d-sip",
        "e-target",
        "f-bare",
    ]


async def test_letter_case_does_not_matter_and_is_kept(place: Place) -> None:
    value = place.mail("Case")
    place.room.add("u", proxyAddresses=[f"SMTP:{value.upper()}"])

    found = (await place.reader().holders([value.lower()]))[value.lower()]

    assert [o.proxy_addresses for o in found.objects] == [(f"SMTP:{value.upper()}",)]


async def test_values_of_one_search_go_to_whom_they_belong(place: Place) -> None:
    values = [place.mail(f"v{i}") for i in range(60)]
    for i in (0, 7, 49, 59):
        place.room.add(f"u{i}", proxyAddresses=[f"smtp:{values[i]}"], mail=values[i])

    found = await place.reader().holders(values)

    held = {value: [o.name for o in f.objects] for value, f in found.items() if f.objects}
    assert held == {values[i]: [f"u{i}"] for i in (0, 7, 49, 59)}
    assert list(found) == values


async def test_an_x500_address(place: Place) -> None:
    legacy = f"/o=Contoso/ou=First/cn=Recipients/cn={place.room.tag}"
    place.room.add("old", proxyAddresses=[f"x500:{legacy}"])
    place.room.add("own", legacyExchangeDN=legacy)

    found = (await place.reader().holders([legacy]))[legacy]

    assert [o.name for o in found.objects] == ["old", "own"]


async def test_characters_of_filters_and_names_stay_data(place: Place) -> None:
    value = f"o'*()\\,=+<>;#&|!\"æß.{place.room.tag}@contoso.com"
    place.room.add("odd", proxyAddresses=[f"smtp:{value}"])

    found = await place.reader().holders([value, "*", place.mail("*")])

    assert [[o.name for o in f.objects] for f in found.values()] == [["odd"], [], []]


async def test_what_no_directory_can_hold_is_said_and_not_sent(place: Place) -> None:
    found = await place.reader().holders(["a\0b", "\ud800", " "])

    assert [(f.objects, len(f.gaps)) for f in found.values()] == [((), 1)] * 3


async def test_more_holders_than_a_page(place: Place) -> None:
    value = place.mail("crowd")
    for i in range(23):
        place.room.add(f"c{i:02}", "contact", proxyAddresses=[f"smtp:{value}"])

    found = (await place.reader(place.forest(page_size=5)).holders([value]))[value]

    assert [o.name for o in found.objects] == [f"c{i:02}" for i in range(23)]


async def test_a_deleted_user_is_found_in_the_recycle_bin(place: Place) -> None:
    value = place.mail("gone")
    place.delete(place.room.add("gone", proxyAddresses=[f"smtp:{value}"]))

    found = (await place.reader().holders([value]))[value]

    assert [(o.name, o.deleted) for o in found.objects] == [("gone", True)]
    assert found.searched == ("AD corp", "AD corp recycle bin")


async def test_an_ordinary_account_says_that_it_cannot_see_the_recycle_bin(place: Place) -> None:
    value = place.mail("hidden")
    place.delete(place.room.add("hidden", proxyAddresses=[f"smtp:{value}"]))
    account = ordinary_account(place.target)

    reader = place.reader(place.forest(user=account, password=PASSWORD))
    found = (await reader.holders([value]))[value]

    assert found.objects == ()
    assert [(g.where, g.what) for g in found.gaps] == [("AD corp", "recycle bin")]
    assert found.searched == ("AD corp",)


async def test_all_of_an_object(place: Place) -> None:
    upn = place.mail("ann")
    dn = place.room.add(
        "ann",
        displayName="Ann Øre",
        userPrincipalName=upn,
        mail=upn,
        mailNickname="ann",
        proxyAddresses=[f"SMTP:{upn}"],
        userAccountControl="514",
        msExchMailboxGuid=uuid4().bytes,
    )

    (found,) = (await place.reader().holders([upn]))[upn].objects

    assert (found.dn, found.name, found.user_principal_name) == (dn, "Ann Øre", upn)
    assert (found.enabled, found.mailbox, found.mail_nickname) == (False, True, "ann")
    assert found.sid is not None
    assert found.sid.startswith("S-1-5-21-")
    assert found.anchor == b64encode(UUID(found.guid).bytes_le).decode()
    assert {s.attribute: s.version for s in found.stamps} == {
        "displayName": 1,
        "mail": 1,
        "mailNickname": 1,
        "proxyAddresses": 1,
        "userAccountControl": 1,
        "userPrincipalName": 1,
    }
    assert len({s.dc for s in found.stamps}) == 1


async def test_the_dc_of_a_change_has_a_name(domain_controller: Target) -> None:
    admin = domain_controller.bound()
    place = Place(room_in(domain_controller, admin))
    value = place.mail("stamped")
    place.room.add("stamped", mail=value)

    (found,) = (await place.reader().holders([value]))[value].objects
    await place.close()
    admin.unbind()

    assert {s.dc for s in found.stamps} == {"DC1"}


async def test_by_guid(place: Place) -> None:
    step = await place.step(place.room.add("one"))

    found = await place.reader().by_guid("{" + step.guid.upper() + "}")

    assert [o.dn for o in found.objects] == [step.dn]


async def test_by_a_guid_that_nobody_has(place: Place) -> None:
    assert (await place.reader().by_guid(str(uuid4()))).objects == ()


async def test_by_anchor_without_and_with_a_consistency_guid(place: Place) -> None:
    written = uuid4()
    plain = await place.step(place.room.add("plain"))
    place.room.add("moved", **consistency(written))
    reader = place.reader()

    first = await reader.by_anchor(b64encode(UUID(plain.guid).bytes_le).decode())
    second = await reader.by_anchor(b64encode(written.bytes_le).decode())

    assert [o.name for o in first.objects] == ["plain"]
    assert [o.name for o in second.objects] == ["moved"]


async def test_the_objectguid_of_somebody_with_another_anchor_finds_nobody(place: Place) -> None:
    dn = place.room.add("moved", **consistency(uuid4()))
    own = await place.step(dn)

    found = await place.reader().by_anchor(b64encode(UUID(own.guid).bytes_le).decode())

    assert found.objects == ()


async def test_who_shares_the_alias_of_a_technical_address_is_found_beside_its_holders(
    place: Place,
) -> None:
    alias = f"ann.{place.room.tag}"
    technical, people = f"{alias}@contoso.onmicrosoft.com", f"{alias}@contoso.com"
    place.room.add("a-holder", proxyAddresses=[f"smtp:{technical}"])
    place.room.add("b-alias", mailNickname=alias.upper())
    place.room.add("c-other", mailNickname=f"{alias}2")

    found = await place.reader().holders([technical, people])

    assert {value: [o.name for o in f.objects] for value, f in found.items()} == {
        technical: ["a-holder", "b-alias"],
        people: [],
    }


async def test_by_sid(place: Place) -> None:
    value = place.mail("sid")
    place.room.add("sid", mail=value)
    (known,) = (await place.reader().holders([value]))[value].objects

    found = await place.reader().by_sid(str(known.sid))

    assert [o.guid for o in found.objects] == [known.guid]


async def test_a_sid_of_nobody_and_one_that_is_none(place: Place) -> None:
    nobody = await place.reader().by_sid("S-1-5-21-1-2-3-4")
    none = await place.reader().by_sid("nonsense")

    assert (nobody.objects, nobody.gaps) == ((), ())
    assert [g.what for g in none.gaps] == ["this SID"]


async def test_whom_ad_lets_sign_in_by_account_name_and_domain(place: Place) -> None:
    domain, tag = place.target.domain, place.room.tag
    place.room.add("unsaid", sAMAccountName=f"one.{tag}")
    place.room.add("said", sAMAccountName=f"two.{tag}", userPrincipalName=place.mail("two"))
    place.room.add("team", "group", sAMAccountName=f"team.{tag}")
    place.delete(place.room.add("gone", sAMAccountName=f"gone.{tag}"))
    names = ("one", "two", "team", "gone", "nobody")
    values = [f"{name}.{tag}@{domain}" for name in names]
    elsewhere = f"one.{tag}@contoso.org"

    found = await place.reader().implied([*values, elsewhere, values[0].upper()])

    held = {value: [o.name for o in objects] for value, objects in found.items()}
    expected = [["unsaid"], ["said"], [], [], []]
    assert held == {
        **dict(zip(values, expected, strict=True)),
        elsewhere: [],
        values[0].upper(): ["unsaid"],
    }


async def test_an_implied_name_is_one_that_ad_gives_to_nobody_else(place: Place) -> None:
    """Held to the servers: both refuse it as another account's sign-in name."""
    domain, tag = place.target.domain, place.room.tag
    place.room.add("owner", sAMAccountName=f"own.{tag}")
    other = place.room.add("other", userPrincipalName=place.mail("other"))
    change = {"userPrincipalName": [(MODIFY_REPLACE, [f"own.{tag}@{domain}"])]}

    assert place.room.modify(other, change) == 68


async def test_did_you_mean(place: Place) -> None:
    place.room.add("j", mail=place.mail("quentin.wiik"))
    place.room.add("z", mail=place.mail("zoltan.brask"))

    assert await place.reader().similar(place.mail("quenten.wiik")) == (place.mail("quentin.wiik"),)
