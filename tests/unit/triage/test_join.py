"""In: objects of both sides. Out: one holder a thing, joined by the surest way there is.
Promise: anchor before SID before DN, contacts weakly; nothing read is lost or shown twice.
"""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.model import AdObject, Claim, CloudObject, ObjectType
from bot.triage.join import ad_claims, cloud_claims, join
from tests.builders import NOW, VALUE, ad_object, cloud_object, guid_of

USER, GROUP, CONTACT = ObjectType.USER, ObjectType.GROUP, ObjectType.CONTACT
DN = "CN=A,DC=contoso,DC=com"


def pairs(ads: list[AdObject], clouds: list[CloudObject]) -> set[tuple[str, str, str | None]]:
    return {
        (h.ad.guid if h.ad else "-", h.cloud.id if h.cloud else "-", h.joined_by)
        for h in join(ads, clouds, VALUE)
    }


def a(guid: str, **over: Any) -> AdObject:
    usual = {"anchor": f"{guid}-anchor", "sid": f"{guid}-sid", "dn": f"CN={guid}"}
    return ad_object(guid=guid_of(guid), **(usual | over))


def c(name: str, **over: Any) -> CloudObject:
    return cloud_object(**({"id": name, "anchor": None, "sid": None, "dn": None} | over))


def test_an_anchor_joins_whatever_sid_and_dn_say() -> None:
    ad = a("1", anchor="X", sid="S", dn=DN)
    twin, by_sid = c("twin", anchor="X"), c("sid", sid="S")

    assert {(ad.guid, "twin", "anchor"), ("-", "sid", None)} == pairs([ad], [by_sid, twin])


@pytest.mark.parametrize("names", [("1", "2"), ("2", "1")])
def test_a_sid_never_takes_the_partner_of_an_anchor(names: tuple[str, str]) -> None:
    """A re-created account showed the roles and licences of the one it replaced."""
    sure, weak = a(names[0], anchor="X"), a(names[1], sid="S")

    assert {(sure.guid, "twin", "anchor"), (weak.guid, "-", None)} == pairs(
        [sure, weak], [c("twin", anchor="X", sid="S")]
    )


@pytest.mark.parametrize("names", [("1", "2"), ("2", "1")])
def test_a_dn_never_takes_the_partner_of_a_sid(names: tuple[str, str]) -> None:
    sure, weak = a(names[0], sid="S"), a(names[1], dn=DN)

    assert {(sure.guid, "twin", "sid"), (weak.guid, "-", None)} == pairs(
        [sure, weak], [c("twin", sid="S", dn=DN)]
    )


def test_a_dn_joins_in_any_letter_case() -> None:
    ad = a("1", dn=DN)

    assert {(ad.guid, "twin", "dn")} == pairs([ad], [c("twin", dn=DN.lower())])


def test_an_anchor_that_says_otherwise_outweighs_a_dn() -> None:
    ad = a("1", dn=DN)

    assert {(ad.guid, "-", None), ("-", "other", None)} == pairs(
        [ad], [c("other", dn=DN, anchor="somebody else")]
    )


def test_groups_join_by_sid_and_never_by_anchor() -> None:
    ad = a("1", type=GROUP, sid="S", anchor="X")
    wrong, right = c("wrong", type=GROUP, anchor="X"), c("right", type=GROUP, sid="S")

    assert {(ad.guid, "right", "sid"), ("-", "wrong", None)} == pairs([ad], [wrong, right])


def test_a_user_never_joins_a_group() -> None:
    ad = a("1", sid="S")

    assert {(ad.guid, "-", None), ("-", "g", None)} == pairs([ad], [c("g", type=GROUP, sid="S")])


def test_no_sid_is_nobodys_sid() -> None:
    ad = a("1", sid=None)

    assert {(ad.guid, "-", None), ("-", "c", None)} == pairs([ad], [c("c", sid=None)])


@pytest.mark.parametrize("gone", ["ad", "cloud"])
def test_what_is_in_a_recycle_bin_joins_nothing(gone: str) -> None:
    ad = a("1", anchor="X", deleted=gone == "ad")
    cloud = c("c", anchor="X", deleted_at=NOW if gone == "cloud" else None)

    assert {(ad.guid, "-", None), ("-", "c", None)} == pairs([ad], [cloud])


def contact(name: str, **over: Any) -> AdObject:
    usual: dict[str, Any] = {"type": CONTACT, "sid": None, "mail": None, "dn": f"CN={name}"}
    return ad_object(guid=guid_of(name), **(usual | over))


def test_contacts_join_by_address_weakly() -> None:
    ad = contact("1", target_address=f"SMTP:{VALUE.upper()}")
    cloud = c("c", type=CONTACT, mail=VALUE)

    assert {(ad.guid, "c", "address")} == pairs([ad], [cloud])


def test_a_contact_with_two_possible_partners_joins_neither() -> None:
    ad = contact("1", mail=VALUE)
    twins = [c("c1", type=CONTACT, mail=VALUE), c("c2", type=CONTACT, mail=VALUE)]

    assert {(ad.guid, "-", None), ("-", "c1", None), ("-", "c2", None)} == pairs([ad], twins)


def test_a_cloud_only_contact_is_nobodys_twin() -> None:
    ad = contact("1", mail=VALUE)
    cloud = c("c", type=CONTACT, mail=VALUE, synced=None)

    assert {(ad.guid, "-", None), ("-", "c", None)} == pairs([ad], [cloud])


def test_two_people_of_one_name_are_told_apart() -> None:
    first = a("1", name="Per Hansen", user_principal_name="per@contoso.com")
    second = a("2", name="Per Hansen", user_principal_name="per2@contoso.com")

    assert sorted(h.name for h in join([first, second], [], VALUE)) == [
        "Per Hansen (per2@contoso.com)",
        "Per Hansen (per@contoso.com)",
    ]


def test_a_name_that_only_one_bears_stays_as_it_is() -> None:
    assert [h.name for h in join([a("1")], [], VALUE)] == ["John Doe"]


_FEW = st.sampled_from(["x", "y", "z", None])
_TYPES = st.sampled_from([USER, GROUP, CONTACT, ObjectType.OTHER])
_ADS = st.builds(
    lambda n, type_, anchor, sid, dn, deleted, mail: ad_object(
        guid=guid_of(str(n)),
        type=type_,
        anchor=anchor or "",
        sid=sid,
        dn=dn or "",
        deleted=deleted,
        mail=mail,
    ),
    st.integers(0, 6), _TYPES, _FEW, _FEW, _FEW, st.booleans(), _FEW,
)  # fmt: skip
_CLOUDS = st.builds(
    lambda n, type_, anchor, sid, dn, gone, mail: cloud_object(
        id=f"c{n}",
        type=type_,
        anchor=anchor,
        sid=sid,
        dn=dn,
        deleted_at=NOW if gone else None,
        mail=mail,
    ),
    st.integers(0, 6), _TYPES, _FEW, _FEW, _FEW, st.booleans(), _FEW,
)  # fmt: skip


@given(st.lists(_ADS, max_size=8), st.lists(_CLOUDS, max_size=8))
def test_each_object_that_was_read_is_shown_exactly_once(
    ads: list[AdObject], clouds: list[CloudObject]
) -> None:
    holders = join(ads, clouds, VALUE)

    assert sorted({o.ref for o in ads}) == sorted(h.ad.ref for h in holders if h.ad)
    assert sorted({o.ref for o in clouds}) == sorted(h.cloud.ref for h in holders if h.cloud)


@given(st.lists(_ADS, max_size=6, unique_by=lambda o: o.ref), st.lists(_CLOUDS, max_size=6))
def test_the_order_of_reading_means_nothing(ads: list[AdObject], clouds: list[CloudObject]) -> None:
    clouds = list({o.id: o for o in clouds}.values())
    clouds.sort(key=lambda o: o.id)

    assert join(ads, clouds, VALUE) == join(ads[::-1], clouds[::-1], VALUE)


def test_every_place_of_an_ad_object_is_a_claim() -> None:
    ad = ad_object(
        user_principal_name=VALUE.upper(),
        proxy_addresses=(
            f"SMTP:{VALUE}",
            f"smtp:{VALUE}",
            f"SIP:{VALUE}",
            "smtp:other@contoso.com",
        ),
        mail=VALUE,
        target_address=f"smtp:{VALUE}",
        sip_address=f"sip:{VALUE}",
    )

    assert (
        Claim("userPrincipalName", VALUE.upper(), primary=True),
        Claim("proxyAddresses", f"SMTP:{VALUE}", primary=True),
        Claim("proxyAddresses", f"smtp:{VALUE}", primary=False),
        Claim("proxyAddresses", f"SIP:{VALUE}", primary=True),
        Claim("mail", VALUE, primary=False),
        Claim("targetAddress", f"smtp:{VALUE}", primary=False),
        Claim("msRTCSIP-PrimaryUserAddress", f"sip:{VALUE}", primary=True),
    ) == ad_claims(ad, VALUE)


def test_every_place_of_an_entra_object_is_a_claim() -> None:
    cloud = cloud_object(
        user_principal_name=VALUE,
        proxy_addresses=(f"smtp:{VALUE}",),
        mail=VALUE,
        other_mails=(VALUE, "x@example.com"),
    )

    assert (
        Claim("userPrincipalName", VALUE, primary=True),
        Claim("proxyAddresses", f"smtp:{VALUE}", primary=False),
        Claim("mail", VALUE, primary=False),
        Claim("otherMails", VALUE, primary=False),
    ) == cloud_claims(cloud, VALUE)
