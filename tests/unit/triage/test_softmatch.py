"""In: an AD object, cloud objects, a tenant whose switches are stated. Out: whether they join, or the limit that is met.
Promise: one test a limit, named after what a person sees; what was not read never becomes a yes.
"""

from dataclasses import replace
from typing import Any

import pytest

from bot.answers import Answer, Foretold, MatchRule, Pairing, Prospect
from bot.model import AdObject, CloudObject, Flags, Gap, ObjectType, Standing
from bot.triage.policy import Policy
from bot.triage.softmatch import choose, foretell
from tests.builders import NOW, ad_object, anchor_of, cloud_object, guid_of, tenant_facts

STATED = Flags(
    soft_match_blocked=False,
    hard_match_blocked=False,
    soft_match_on_upn=True,
    upn_changes_follow=True,
    stated_on="2026-11-01",
)
POLICY = Policy(sync_ous=("OU=People,DC=contoso,DC=com",))
ANNA = "anna.lind@contoso.com"


def anna(**over: Any) -> AdObject:
    usual: dict[str, Any] = {"proxy_addresses": (f"SMTP:{ANNA}",)}
    return ad_object("Anna Lind", **(usual | over))


def cloud_anna(**over: Any) -> CloudObject:
    """Made in the cloud: AD has never heard of it."""
    usual: dict[str, Any] = {
        "synced": None,
        "anchor": None,
        "cloud_managed": False,
        "proxy_addresses": (f"SMTP:{ANNA}",),
        "licensed": True,
    }
    return cloud_object("Anna Lind", **(usual | over))


def asked(ad: AdObject | None, *clouds: CloudObject, **over: Any) -> Foretold:
    usual: dict[str, Any] = {
        "asked": ANNA,
        "tenant": tenant_facts(flags=STATED),
        "ad": ad,
        "clouds": clouds,
        "standings": {c.ref: Standing(c.id, ()) for c in clouds},
        "searched": ("AD corp", "Entra users"),
    }
    policy = over.pop("policy", POLICY)
    return foretell(Pairing(**(usual | over)), policy)


def bars(told: Foretold) -> list[tuple[str, str]]:
    return [(bar.code, str(bar.answer)) for bar in told.bars]


def says(told: Foretold) -> str:
    return "\n".join(say.english() for look in told.rules for say in look.why)


def commands(told: Foretold) -> str:
    return "\n".join(step.command for step in told.steps)


# ---------------------------------------------------------------- what joins


def test_the_same_main_address_joins() -> None:
    told = asked(anna(), cloud_anna(user_principal_name="anna@contoso.com"))

    assert (told.prospect, told.by, bars(told)) == (Prospect.JOINS, MatchRule.ADDRESS, [])
    assert told.title.english() == (
        "Yes: the next sync joins Anna Lind with Anna Lind (anna@contoso.com), by the main address."
    )


def test_letter_case_does_not_matter_to_an_address() -> None:
    told = asked(
        anna(proxy_addresses=("SMTP:Anna.Lind@Contoso.com",), user_principal_name="x@contoso.com"),
        cloud_anna(user_principal_name="y@contoso.com"),
    )

    assert told.by is MatchRule.ADDRESS


def test_mail_counts_where_proxy_addresses_are_empty_and_this_is_said_to_be_assumed() -> None:
    told = asked(anna(proxy_addresses=(), user_principal_name="x@contoso.com"), cloud_anna())

    assert (told.prospect, told.by) == (Prospect.JOINS, MatchRule.ADDRESS)
    assert "This is an assumption." in says(told)


def test_the_sign_in_name_joins_where_the_address_finds_nobody() -> None:
    told = asked(
        anna(proxy_addresses=("SMTP:a.lind@contoso.com",)),
        cloud_anna(proxy_addresses=("SMTP:other@contoso.com",)),
    )

    assert (told.prospect, told.by) == (Prospect.JOINS, MatchRule.SIGN_IN)
    assert [look.answer for look in told.rules] == [
        Answer.YES, Answer.YES, Answer.NO, Answer.NO, Answer.YES,
    ]  # fmt: skip


def test_a_user_without_a_upn_is_matched_by_account_and_domain() -> None:
    told = asked(
        anna(proxy_addresses=(), mail=None, user_principal_name=None, sam_account_name="alind"),
        cloud_anna(user_principal_name="alind@contoso.com", proxy_addresses=()),
    )

    assert (told.prospect, told.by) == (Prospect.JOINS, MatchRule.SIGN_IN)


def test_the_anchor_goes_before_the_address() -> None:
    by_anchor = cloud_object("Old Anna", synced=None, anchor=anna().anchor, cloud_managed=False)
    told = asked(anna(), cloud_anna(), by_anchor)

    assert (told.prospect, told.by, told.cloud) == (Prospect.JOINS, MatchRule.ANCHOR, by_anchor)


def test_anchors_are_told_apart_by_letter_case() -> None:
    other = cloud_object("Old Anna", synced=None, anchor=anna().anchor.swapcase())
    told = asked(anna(proxy_addresses=(), mail=None), other)

    assert (told.prospect, told.cloud) == (Prospect.APART, None)


def test_a_deleted_user_with_the_same_anchor_is_taken_out_of_the_recycle_bin() -> None:
    gone = cloud_anna(anchor=anna().anchor, synced=True, deleted_at=NOW)
    told = asked(anna(), gone)

    assert (told.prospect, told.by) == (Prospect.JOINS, MatchRule.ANCHOR)
    assert "recycle bin" in told.title.english()


def test_a_mail_contact_joins_by_its_address() -> None:
    contact = anna(type=ObjectType.CONTACT, sam_account_name=None, user_principal_name=None)
    told = asked(contact, cloud_anna(type=ObjectType.CONTACT, user_principal_name=None))

    assert (told.prospect, told.by) == (Prospect.JOINS, MatchRule.ADDRESS)


def test_a_mail_group_joins_by_its_address() -> None:
    group = anna(type=ObjectType.GROUP, user_principal_name=None)
    told = asked(group, cloud_anna(type=ObjectType.GROUP, user_principal_name=None))

    assert (told.prospect, told.by) == (Prospect.JOINS, MatchRule.ADDRESS)


def test_no_license_is_needed() -> None:
    assert asked(anna(), cloud_anna(licensed=False)).prospect is Prospect.JOINS


# ---------------------------------------------------------------- what keeps them apart


def test_an_extra_address_does_not_join() -> None:
    told = asked(
        anna(proxy_addresses=("SMTP:a@contoso.com", f"smtp:{ANNA}"), user_principal_name="x@y.com"),
        cloud_anna(),
    )

    assert (told.prospect, bars(told)) == (Prospect.APART, [("extra-only", "no")])
    assert f"-Add @{{proxyAddresses='SMTP:{ANNA}','smtp:a@contoso.com'}}" in commands(told)


def test_an_extra_address_in_entra_does_not_join() -> None:
    told = asked(
        anna(user_principal_name="x@contoso.com"),
        cloud_anna(proxy_addresses=("SMTP:other@contoso.com", f"smtp:{ANNA}")),
    )

    assert (told.prospect, bars(told)) == (Prospect.APART, [("extra-only", "no")])
    assert "only main addresses are compared" in says(told)


def test_who_is_synchronized_already_stays_with_his_account_and_the_other_stays_apart() -> None:
    """An address matches only once; after that the anchor binds."""
    twin = cloud_object("Anna Lind", id="twin", anchor=anna().anchor, proxy_addresses=())
    told = asked(anna(), twin, cloud_anna())

    assert (told.prospect, bars(told)) == (Prospect.APART, [("already-synced", "no")])
    assert (told.bound, told.cloud) == (twin, cloud_anna())
    assert "Move Anna Lind to an OU that is not synchronized" in told.steps[1].say.english()


def test_who_is_joined_already_is_told_so() -> None:
    twin = cloud_object("Anna Lind", proxy_addresses=(f"SMTP:{ANNA}",))
    told = asked(anna(), twin)

    assert (told.prospect, told.bound, told.steps) == (Prospect.JOINED, twin, ())


def test_an_account_with_an_immutable_id_of_its_own_is_not_matched() -> None:
    told = asked(anna(), cloud_anna(anchor=anchor_of(guid_of("somebody else"))))

    assert (told.prospect, bars(told)) == (Prospect.APART, [("tied", "no")])


def test_an_account_synchronized_from_elsewhere_is_not_matched() -> None:
    other = cloud_anna(anchor=anchor_of(guid_of("other")), synced=True, sid="S-1-5-21-9")
    told = asked(anna(), other)

    assert bars(told) == [("tied", "no")]


def test_a_guest_is_not_matched() -> None:
    told = asked(anna(), cloud_anna(guest=True))

    assert (told.prospect, bars(told)) == (Prospect.APART, [("guest", "no")])


def test_an_administrator_is_not_matched_by_address() -> None:
    cloud = cloud_anna()
    roles = {cloud.ref: Standing(cloud.id, ("User Administrator",))}
    told = asked(anna(), cloud, standings=roles)

    assert (told.prospect, bars(told)) == (Prospect.APART, [("role", "no")])
    assert "keep the administrator" in told.steps[0].say.english()


def test_an_administrator_is_not_matched_by_anchor_since_june_2026() -> None:
    cloud = cloud_anna(anchor=anna().anchor)
    told = asked(anna(), cloud, standings={cloud.ref: Standing(cloud.id, ("Global Reader",))})

    assert (told.prospect, bars(told)) == (Prospect.APART, [("role", "no")])
    assert told.rules[-1].rule is MatchRule.ANCHOR  # refused outright: no address is tried


def test_an_account_tied_to_another_ad_object_is_not_given_away_since_july_2026() -> None:
    cloud = cloud_anna(anchor=anna().anchor, synced=False, mapped_to=guid_of("somebody else"))
    told = asked(anna(), cloud)

    assert (told.prospect, bars(told)) == (Prospect.APART, [("mapped", "no")])
    assert "'{\"onPremisesObjectIdentifier\": null}'" in commands(told)


def test_soft_match_blocked_in_the_tenant() -> None:
    flags = replace(STATED, soft_match_blocked=True)
    told = asked(anna(), cloud_anna(), tenant=tenant_facts(flags=flags))

    assert (told.prospect, bars(told)) == (Prospect.APART, [("soft-match-blocked", "no")])
    assert "-Features BlockSoftMatch -Enabled $false" in commands(told)
    assert "-Features BlockSoftMatch -Enabled $true" in commands(told)


def test_takeover_by_anchor_blocked_in_the_tenant() -> None:
    flags = replace(STATED, hard_match_blocked=True)
    cloud = cloud_anna(anchor=anna().anchor)
    told = asked(anna(), cloud, tenant=tenant_facts(flags=flags))

    assert (told.prospect, bars(told)) == (Prospect.APART, [("hard-match-blocked", "no")])


def test_a_blocked_takeover_keeps_a_deleted_account_in_the_bin() -> None:
    flags = replace(STATED, hard_match_blocked=True)
    gone = cloud_anna(anchor=anna().anchor, synced=True, deleted_at=NOW)
    told = asked(anna(), gone, tenant=tenant_facts(flags=flags))

    assert (told.prospect, bars(told)) == (Prospect.APART, [("hard-match-blocked", "no")])


def test_matching_by_sign_in_name_not_switched_on() -> None:
    flags = replace(STATED, soft_match_on_upn=False)
    told = asked(
        anna(proxy_addresses=("SMTP:a.lind@contoso.com",)),
        cloud_anna(proxy_addresses=("SMTP:other@contoso.com",)),
        tenant=tenant_facts(flags=flags),
    )

    assert (told.prospect, bars(told)) == (Prospect.APART, [("upn-match-off", "no")])
    assert "SMTP:other@contoso.com" in commands(told)  # the way that does work


@pytest.mark.parametrize("there", [ObjectType.GROUP, ObjectType.CONTACT])
def test_different_kinds_do_not_join(there: ObjectType) -> None:
    told = asked(anna(), cloud_anna(type=there, user_principal_name=None))

    assert (told.prospect, bars(told)) == (Prospect.APART, [("type", "no")])


def test_a_group_without_mail_is_never_matched() -> None:
    group = anna(type=ObjectType.GROUP, proxy_addresses=(), mail=None, group_type=-2147483646)
    told = asked(group, cloud_anna(type=ObjectType.GROUP, proxy_addresses=()))

    assert (told.prospect, bars(told)) == (Prospect.APART, [("no-mail-group", "no")])


@pytest.mark.parametrize("kind", [ObjectType.GROUP, ObjectType.CONTACT])
def test_groups_and_contacts_are_not_matched_by_anchor(kind: ObjectType) -> None:
    cloud = cloud_anna(type=kind, anchor=anna().anchor, proxy_addresses=("SMTP:o@contoso.com",))
    told = asked(anna(type=kind), cloud)

    assert told.prospect is Prospect.APART
    assert "Only users are matched by anchor" in says(told)


def test_an_account_in_the_recycle_bin_is_not_reached_by_its_address() -> None:
    told = asked(anna(), cloud_anna(deleted_at=NOW))

    assert (told.prospect, bars(told)) == (Prospect.APART, [("recycle-bin", "no")])


def test_out_of_scope_is_not_even_tried() -> None:
    told = asked(anna(dn="CN=Anna Lind,OU=Elsewhere,DC=contoso,DC=com"), cloud_anna())

    assert (told.prospect, bars(told)) == (Prospect.APART, [("out-of-scope", "no")])
    assert [look.rule for look in told.rules] == [MatchRule.SCOPE]


def test_synchronization_off_in_the_tenant() -> None:
    told = asked(anna(), cloud_anna(), tenant=tenant_facts(flags=STATED, sync_enabled=False))

    assert (told.prospect, bars(told)) == (Prospect.APART, [("sync-off", "no")])


def test_the_same_sid_with_another_anchor_is_refused() -> None:
    old = cloud_anna(sid=anna().sid, anchor=anchor_of(guid_of("old")), synced=True)
    told = asked(anna(), old)

    assert (told.prospect, bars(told)) == (Prospect.APART, [("sid", "no")])


def test_what_was_handed_over_to_the_cloud_is_not_matched() -> None:
    told = asked(anna(), cloud_anna(cloud_managed=True))

    assert bars(told) == [("cloud-managed", "no")]


def test_an_address_in_microsofts_own_domain_is_not_compared() -> None:
    own = "anna@contoso.onmicrosoft.com"
    told = asked(
        anna(proxy_addresses=(f"SMTP:{own}",), mail=None, user_principal_name="x@contoso.com"),
        cloud_anna(proxy_addresses=(f"SMTP:{own}",)),
    )

    assert told.prospect is Prospect.APART


def test_nobody_in_entra_means_a_new_object() -> None:
    told = asked(anna())

    assert (told.prospect, told.cloud, bars(told)) == (Prospect.APART, None, [])
    assert "makes a new object" in told.title.english()


# ---------------------------------------------------------------- what is not known is no yes


@pytest.mark.parametrize(
    ("flag", "code"),
    [("soft_match_blocked", "soft-match-blocked"), ("soft_match_on_upn", "upn-match-off")],
)
def test_a_switch_that_nobody_stated(flag: str, code: str) -> None:
    unstated: dict[str, Any] = {flag: None}
    flags = replace(STATED, **unstated)
    told = asked(
        anna(proxy_addresses=("SMTP:a.lind@contoso.com",)),
        cloud_anna(proxy_addresses=()),
        tenant=tenant_facts(flags=flags),
    )

    assert (told.prospect, bars(told)) == (Prospect.UNKNOWN, [(code, "unknown")])
    assert told.title.english().startswith("Perhaps: ")


def test_a_takeover_switch_that_nobody_stated() -> None:
    flags = replace(STATED, hard_match_blocked=None)
    cloud = cloud_anna(anchor=anna().anchor)
    told = asked(anna(), cloud, tenant=tenant_facts(flags=flags))

    assert (told.prospect, bars(told)) == (Prospect.UNKNOWN, [("hard-match-blocked", "unknown")])


@pytest.mark.parametrize("standing", [None, Standing("x", None)])
def test_roles_that_could_not_be_read(standing: Standing | None) -> None:
    cloud = cloud_anna()
    told = asked(anna(), cloud, standings={cloud.ref: standing} if standing else {})

    assert (told.prospect, bars(told)) == (Prospect.UNKNOWN, [("role", "unknown")])


def test_whether_it_was_handed_over_to_the_cloud() -> None:
    told = asked(anna(), cloud_anna(cloud_managed=None))

    assert (told.prospect, bars(told)) == (Prospect.UNKNOWN, [("cloud-managed", "unknown")])


def test_scope_that_nobody_stated() -> None:
    told = asked(anna(), cloud_anna(), policy=Policy())

    assert (told.prospect, bars(told)) == (Prospect.UNKNOWN, [("out-of-scope", "unknown")])


def test_two_ad_objects_with_the_same_address() -> None:
    told = asked(anna(), cloud_anna(), rivals=(ad_object("Bo", proxy_addresses=(f"SMTP:{ANNA}",)),))

    assert (told.prospect, bars(told)) == (Prospect.UNKNOWN, [("rival", "unknown")])


def test_another_ad_object_that_has_its_own_account_is_no_rival() -> None:
    bo = ad_object("Bo", proxy_addresses=(f"SMTP:{ANNA}",))
    told = asked(anna(), cloud_anna(), cloud_object("Bo"), rivals=(bo,))

    assert told.prospect is Prospect.JOINS


def test_two_accounts_that_fit() -> None:
    told = asked(anna(), cloud_anna(), cloud_anna(id="second"))

    assert (told.prospect, bars(told)) == (Prospect.UNKNOWN, [("ambiguous", "unknown")])


def test_mail_beside_proxy_addresses_that_name_no_main_one() -> None:
    told = asked(
        anna(proxy_addresses=("smtp:a@contoso.com",), mail=ANNA, user_principal_name="x@y.com"),
        cloud_anna(),
    )

    assert (told.prospect, bars(told)) == (Prospect.UNKNOWN, [("main-unknown", "unknown")])


def test_a_forest_that_did_not_answer() -> None:
    gap = Gap("AD fabrikam", "everything", "the server does not answer")
    told = asked(anna(), cloud_anna(), gaps=(gap,))

    assert (told.prospect, bars(told)) == (Prospect.UNKNOWN, [("unread", "unknown")])


@pytest.mark.parametrize("what", ["users", "recycle bin (users)"])
def test_a_list_of_entra_that_could_not_be_read(what: str) -> None:
    told = asked(anna(), gaps=(Gap("Entra", what, "no permission User.Read.All"),))

    assert told.prospect is Prospect.UNKNOWN


def test_whom_a_user_with_a_brought_anchor_was_synchronized_from() -> None:
    brought = anchor_of(guid_of("the old forest"))
    cloud = cloud_anna(anchor=brought, synced=False)
    told = asked(anna(anchor=brought), cloud)

    assert (told.prospect, bars(told)) == (Prospect.UNKNOWN, [("mapped", "unknown")])


def test_an_anchor_that_is_not_16_bytes() -> None:
    told = asked(anna(anchor_broken=True), cloud_anna())

    assert (told.prospect, bars(told)) == (Prospect.UNKNOWN, [("anchor-broken", "unknown")])


def test_a_microsoft_365_group() -> None:
    group = anna(type=ObjectType.GROUP, user_principal_name=None)
    told = asked(group, cloud_anna(type=ObjectType.GROUP, unified=True))

    assert (told.prospect, bars(told)) == (Prospect.UNKNOWN, [("unified", "unknown")])


def test_a_contact_that_is_most_likely_synchronized_already() -> None:
    contact = anna(type=ObjectType.CONTACT, sam_account_name=None, user_principal_name=None)
    told = asked(contact, cloud_anna(type=ObjectType.CONTACT, synced=True))

    assert (told.prospect, bars(told)) == (Prospect.UNKNOWN, [("already-synced", "unknown")])


# ---------------------------------------------------------------- what happens, and what to do


def test_what_is_overwritten_is_told_before_the_join() -> None:
    told = asked(
        anna(user_principal_name="al@contoso.com", enabled=False),
        cloud_anna(
            user_principal_name="anna@contoso.com",
            proxy_addresses=(f"SMTP:{ANNA}", "smtp:al@x.com", "smtp:a@contoso.onmicrosoft.com"),
        ),
    )
    said = [say.english() for say in told.then]

    assert "every attribute" in said[0]
    assert said[1] == "The sign-in name changes from anna@contoso.com to al@contoso.com."
    assert said[2].endswith("or they may be lost: smtp:al@x.com.")
    assert said[3].startswith("Anna Lind is disabled in AD")
    assert "bound by the anchor" in said[4]


def test_a_sign_in_name_in_a_domain_that_is_not_verified() -> None:
    told = asked(anna(user_principal_name="al@contoso.local"), cloud_anna())

    assert "a name that Entra makes up in contoso.onmicrosoft.com" in told.then[1].english()


def test_the_procedure_stands_in_its_order_with_its_values() -> None:
    cloud = cloud_anna()
    told = asked(anna(proxy_addresses=(), mail=None), cloud)
    order = [
        f"The main address of Anna Lind ({ANNA}) in Entra is {ANNA}",
        "Use the AD object that is there: Anna Lind",
        "Way B, without Exchange",
        "Leave the main address and the sign-in name",
        "On the sync server, run a delta synchronization",
        "Ask again, or let this bot watch",
    ]
    said = [step.say.english() for step in told.steps]

    assert [
        line for line, start in zip(said, order, strict=True) if not line.startswith(start)
    ] == []
    assert "Exchange admin center" in said[0]
    assert told.steps[0].command.startswith(f"Get-EXORecipient -Identity '{cloud.id}'")
    assert told.steps[4].command == "Start-ADSyncSyncCycle -PolicyType Delta"


def test_an_account_without_a_main_address_is_matched_by_its_sign_in_name_only() -> None:
    told = asked(anna(), cloud_anna(proxy_addresses=(), mail=None))

    assert told.by is MatchRule.SIGN_IN
    assert (
        told.steps[0].say.english().endswith("With an Exchange Online mailbox it would have one.")
    )


def test_way_b_is_the_mail_field_where_there_is_no_exchange() -> None:
    told = asked(anna(proxy_addresses=(), mail=None), cloud_anna())

    assert f"Set-ADObject -Identity '{anna().guid}' -Replace @{{mail='{ANNA}'}}" in commands(told)
    assert "Start-ADSyncSyncCycle -PolicyType Delta" in commands(told)


def test_way_b_puts_the_old_main_address_aside() -> None:
    told = asked(anna(proxy_addresses=("SMTP:o@contoso.com", f"smtp:{ANNA}")), cloud_anna())

    assert (
        f"-Remove @{{proxyAddresses='SMTP:o@contoso.com','smtp:{ANNA}'}} "
        f"-Add @{{proxyAddresses='SMTP:{ANNA}','smtp:o@contoso.com'}}"
    ) in commands(told)


@pytest.mark.parametrize(
    ("marks", "cmdlet"),
    [
        ({"recipient_type": 1 << 31}, "Set-RemoteMailbox"),
        ({"recipient_type": 128}, "Set-MailUser"),
        ({"mailbox": True}, "Set-Mailbox"),
    ],
)
def test_way_a_is_exchanges_own_tool(marks: dict[str, Any], cmdlet: str) -> None:
    told = asked(anna(proxy_addresses=("SMTP:o@contoso.com",), **marks), cloud_anna())

    assert f"{cmdlet} -Identity '{anna().guid}' -PrimarySmtpAddress '{ANNA}'" in commands(told)


def test_way_a_for_somebody_new_where_others_in_ad_bear_the_marks_of_exchange() -> None:
    told = asked(anna(proxy_addresses=(), mail=None), cloud_anna(), exchange=True)

    assert "Enable-RemoteMailbox -Identity" in commands(told)


def test_without_an_ad_object_its_creation_is_the_step() -> None:
    told = asked(None, replace(cloud_anna(), name="Anna O'Lind"))

    assert (told.prospect, bars(told)) == (Prospect.APART, [("not-in-ad", "no")])
    assert "New-ADUser -Name 'Anna O''Lind' -SamAccountName 'anna.lind'" in commands(told)
    assert f"-OtherAttributes @{{mail='{ANNA}'}}" in commands(told)


def test_without_an_ad_object_an_administrator_is_still_named() -> None:
    cloud = cloud_anna()
    told = asked(None, cloud, standings={cloud.ref: Standing(cloud.id, ("R",))})

    assert bars(told) == [("not-in-ad", "no"), ("role", "no")]


def test_older_guides_are_put_right_and_switching_the_sync_off_is_never_a_step() -> None:
    told = asked(anna(), cloud_anna())
    said = "\n".join(say.english() for say in told.outdated)

    assert all(word in said for word in ("Global Reader", "MSOnline", "license", "Never switch"))
    assert "Never" not in "\n".join(step.say.english() for step in told.steps)


def test_one_of_two_is_meant_if_it_alone_has_the_value_as_its_main_name() -> None:
    extra = ad_object("Bo", proxy_addresses=(f"smtp:{ANNA}",))

    assert choose((extra, anna()), ANNA) == anna()
    assert choose((extra, anna()), "nobody@contoso.com") is None
