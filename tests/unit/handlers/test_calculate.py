"""In: what somebody pasted, or a file of AD objects. Out: what Entra makes of each, as data and for a terminal.
Promise: a file that cannot be read is told by what is wrong in it; values of a directory stay data.
"""

import io

import msgspec
import pytest
from rich.console import Console

from bot.answers import Calculation
from bot.console import show_calculated
from bot.errors import SettingsError
from bot.events import Asked
from bot.model import TenantFacts
from bot.triage import telling
from bot.triage.policy import Policy
from handlers.commands.calculate import calculate_file, calculate_of, objects_of
from tests import builders
from tests.builders import TENANT, VALUE, tenant_facts
from tests.fakes.bot import Bot
from tests.fakes.people import INGRID, OLA, reply_to

BO = b"""{"type": "user", "dn": "CN=Bo Berg,DC=contoso,DC=com", "sam_account_name": "bo",
"user_principal_name": "bo@contoso.local", "mail": "bo@contoso.com", "mail_nickname": "bo"}"""


async def asked(bot: Bot, text: str, policy: Policy | None = None) -> Calculation:
    return await calculate_of(text, ad=bot.ad, cloud=bot.cloud, policy=policy or Policy())


def shown(found: Calculation) -> str:
    out = io.StringIO()
    show_calculated(found, Console(file=out, width=200))
    return out.getvalue()


async def test_every_ad_object_that_holds_the_value_is_worked_out() -> None:
    found = await asked(Bot(), f"SMTP:{VALUE}")

    assert [made.ad.name for made in found.objects] == ["John Doe", "Svc Scanner"]
    assert found.objects[0].proxy_addresses[:2] == (f"SMTP:{VALUE}", "smtp:john.d@contoso.com")
    assert found.searched


async def test_one_object_by_its_guid_and_by_its_immutable_id() -> None:
    bot = Bot()
    john = bot.world.person("John Doe")
    found = [await asked(bot, text) for text in (john.guid, john.anchor)]

    assert [[made.ad.name for made in each.objects] for each in found] == [["John Doe"]] * 2


async def test_the_licence_is_the_one_that_entra_shows() -> None:
    bot = Bot()
    bot.world.add(
        builders.user("Bo Berg", proxies=("smtp:bo@contoso.local",), cloud={"licensed": True})
    )
    [made] = (await asked(bot, "bo@contoso.local")).objects

    assert made.licensed is True
    assert "smtp:bo@contoso.local" not in made.proxy_addresses


async def test_the_ous_of_the_settings_decide_what_is_synchronized() -> None:
    elsewhere = Policy(sync_ous=("OU=Elsewhere,DC=contoso,DC=com",))
    found = await asked(Bot(), VALUE, elsewhere)

    assert {made.synced for made in found.objects} == {False}


async def test_a_deleted_object_is_not_worked_out_and_nobody_is_nobody() -> None:
    bot = Bot()
    bot.world.edit("John Doe", deleted=True)

    assert [made.ad.name for made in (await asked(bot, VALUE)).objects] == ["Svc Scanner"]
    assert "No AD object was found for it." in shown(await asked(bot, "nobody@contoso.com"))


async def test_what_is_no_value_is_said() -> None:
    found = await asked(Bot(), "two words")

    assert found.trouble is not None
    assert "more than one word" in shown(found)


def test_one_object_of_a_file_needs_only_its_type_and_its_dn() -> None:
    [made] = calculate_file("bo.json", BO, tenant_facts()).objects

    assert made.ad.name == "Bo Berg"
    assert (made.user_principal_name, made.mail) == ("bo@contoso.onmicrosoft.com", "bo@contoso.com")


def test_a_list_of_them_in_the_shape_that_whohas_prints() -> None:
    written = [builders.ad_object("Anna"), builders.ad_object("Bo")]

    assert objects_of("x.json", msgspec.json.encode(written)) == tuple(written)


WRONG = {
    "no JSON": (b"dn: CN=Bo", "malformed"),
    "bytes that are no text": (b"\xff\xfe", "x.json is not an AD object"),
    "another type": (b'{"type": "person", "dn": "CN=Bo"}', "$.type"),
    "no DN": (b'{"type": "user"}', "dn"),
    "a text instead of a list": (
        b'{"type": "user", "dn": "CN=Bo", "proxy_addresses": "smtp:a@b.c"}',
        "$.proxy_addresses",
    ),
    "a number": (b"7", "Expected `object`"),
    "nested without end": (b"[" * 100_000, "x.json is not an AD object"),
}


@pytest.mark.parametrize(("body", "words"), WRONG.values(), ids=WRONG)
def test_a_file_that_cannot_be_read_says_what_is_wrong_in_it(body: bytes, words: str) -> None:
    with pytest.raises(SettingsError) as wrong:
        objects_of("x.json", body)

    assert words in str(wrong.value)
    assert "type (user, group, contact)" in str(wrong.value)


def test_a_terminal_shows_each_attribute_and_what_was_left_out() -> None:
    text = shown(calculate_file("bo.json", BO, tenant_facts()))

    assert "bo@contoso.local" in text
    assert "the tenant has no verified domain contoso.local" in text
    assert "It shows bo@contoso.onmicrosoft.com instead." in text
    assert "Whether somebody else holds one of these values was not looked at here." in text


def test_what_does_not_synchronize_says_why() -> None:
    body = b'{"type": "user", "dn": "CN=x,DC=y", "sam_account_name": "MSOL_1"}'

    assert "Does not synchronize: x is an account of the synchronization itself." in shown(
        calculate_file("x.json", body, TenantFacts(tenant=""))
    )


def test_control_codes_and_markup_of_a_directory_stay_text() -> None:
    body = msgspec.json.encode(
        builders.ad_object("[red]Bo\x1b[2J", mail="[bold]x@contoso.com", mail_nickname="a\x1b[0m")
    )
    text = shown(calculate_file("x.json", body, tenant_facts()))

    assert "\x1b" not in text
    assert "[red]Bo<U+001B>[2J" in text
    assert "[bold]x@contoso.com" in text


async def test_what_differs_from_what_entra_shows_now_is_told_attribute_by_attribute() -> None:
    [john, scanner] = (await asked(Bot(), VALUE)).objects

    assert [row.attribute for row in john.compared] == [
        "userPrincipalName",
        "mail",
        "mailNickname",
        "proxyAddresses",
    ]
    assert scanner.compared[-1].differs
    assert f"smtp:{VALUE}" in (scanner.compared[-1].meant or ())
    assert f"smtp:{VALUE}" not in (scanner.compared[-1].entra or ())


async def test_what_entra_does_not_have_is_not_told_as_a_difference() -> None:
    bot = Bot()
    bot.world.add(builders.user("Bo Berg", proxies=("SMTP:bo@contoso.com",), joined_by=None))
    [made] = (await asked(bot, "bo@contoso.com")).objects
    told = [
        say.english() for say in telling.calculated(Calculation(asked="x", objects=(made,))).lines
    ]

    assert {row.entra for row in made.compared} == {None}
    assert not [line for line in told if "differs" in line or " now" in line]
    assert "proxyAddresses: AD SMTP:bo@contoso.com; Entra will show" in "".join(told)


async def test_what_is_not_synchronized_is_told_with_the_reason_and_without_values() -> None:
    bot = Bot()
    policy = Policy(sync_ous=("OU=Elsewhere,DC=contoso,DC=com",))
    found = await asked(bot, "john.d@contoso.com", policy)
    [line] = [say.english() for say in telling.calculated(found).lines]

    assert line.startswith("John Doe is not synchronized: ")
    assert found.objects[0].compared == ()


async def test_a_terminal_shows_beside_it_what_entra_shows_now() -> None:
    told = shown(await asked(Bot(), VALUE))

    assert "Entra now" in told
    assert "Entra now" not in shown(calculate_file("bo.json", BO, tenant_facts()))


async def test_a_word_much_like_it_is_told_the_right_one() -> None:
    bot = Bot()
    question = Asked(
        tenant=TENANT, id="q-1", command="calculat", text=VALUE, reply_to=reply_to(INGRID)
    )
    await bot.tell(question)
    await bot.work()

    assert "Did you mean /dirsync calculate?" in bot.answers(INGRID)[0]


async def test_who_may_see_less_gets_no_dn_by_it() -> None:
    bot = Bot()
    for who in (INGRID, OLA):
        question = Asked(
            tenant=TENANT,
            id=f"q-{who.user}",
            command="calculate",
            text=VALUE,
            reply_to=reply_to(who),
        )
        await bot.tell(question)
        await bot.work()

    assert ["DC=contoso" in told.body for told in bot.channel.told] == [True, False]
