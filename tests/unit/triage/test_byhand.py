"""In: a change that the bot does not make itself. Out: the commands with which people make it.
Promise: one modify stays one command; Exchange gives the new main address before it takes the old one.
"""

from dataclasses import replace

import pytest

from bot.model import Change, ObjectType, Say
from bot.triage.byhand import ad_command, cmdlet_of, in_exchange
from tests.builders import VALUE, ad_object


def test_all_changes_of_one_object_are_one_command() -> None:
    ad = replace(ad_object(), guid="g'1")
    changes = (
        Change("proxyAddresses", ("SMTP:a@x", "smtp:b@x"), ("SMTP:b@x",)),
        Change("mail", ("a@x",)),
    )

    assert ad_command(ad, changes) == (
        "Set-ADObject -Identity 'g''1' "
        "-Remove @{'proxyAddresses'='SMTP:a@x','smtp:b@x'; 'mail'='a@x'} "
        "-Add @{'proxyAddresses'='SMTP:b@x'}"
    )


@pytest.mark.parametrize(
    ("kind", "type_", "mailbox", "cmdlet"),
    [
        (1, ObjectType.USER, True, "Set-Mailbox"),
        (1 << 31, ObjectType.USER, True, "Set-RemoteMailbox"),
        (1 << 34, ObjectType.USER, True, "Set-RemoteMailbox"),
        (128, ObjectType.USER, False, "Set-MailUser"),
        (64, ObjectType.CONTACT, False, "Set-MailContact"),
        (1024, ObjectType.GROUP, False, "Set-DistributionGroup"),
        (0, ObjectType.GROUP, False, "Set-DistributionGroup"),
        (0, ObjectType.USER, False, "Set-MailUser"),
        (0, ObjectType.USER, True, "Set-Mailbox"),
    ],
)
def test_the_command_is_the_one_for_this_kind_of_recipient(
    kind: int, type_: ObjectType, *, mailbox: bool, cmdlet: str
) -> None:
    assert cmdlet_of(ad_object(recipient_type=kind, type=type_, mailbox=mailbox)) == cmdlet


def test_a_new_main_address_under_a_policy_is_set_before_the_old_one_goes() -> None:
    ad = replace(ad_object(recipient_type=1, mailbox=True), guid="g")
    change = Change("proxyAddresses", (f"SMTP:{VALUE}", "smtp:n@x"), ("SMTP:n@x",))
    upn = Change("userPrincipalName", (VALUE,), ("n@x",))

    book = in_exchange(ad, (change, Change("mail", (VALUE,), ("n@x",)), upn), rank=1, title=Say(""))

    assert [s.command for s in book.steps] == [
        "Set-Mailbox -Identity 'g' -EmailAddressPolicyEnabled $false",
        "Set-Mailbox -Identity 'g' -PrimarySmtpAddress 'n@x'",
        f"Set-Mailbox -Identity 'g' -EmailAddresses @{{Remove='smtp:{VALUE}'}}",
        ad_command(ad, (upn,)),
    ]
