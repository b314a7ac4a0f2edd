"""In: a value and who asks. Out: every holder that they may see, what could not be read, or values much alike."""

import pytest

from bot.answers import WhoHas
from bot.model import ObjectType
from handlers.commands.whohas import whohas
from tests import builders
from tests.builders import VALUE
from tests.fakes.bot import Bot


async def asked(bot: Bot, text: str = VALUE, *, full: bool = True) -> WhoHas:
    return await whohas(text, ad=bot.ad, cloud=bot.cloud, full=full)


@pytest.mark.parametrize("text", [VALUE, f"SMTP:{VALUE}", f" <mailto:{VALUE}|{VALUE}> "])
async def test_both_sides_are_one_holder_however_it_was_pasted(text: str) -> None:
    found = await asked(Bot(), text)

    assert [(h.name, h.joined_by) for h in found.holders] == [
        ("John Doe", "anchor"),
        ("Svc Scanner", "anchor"),
    ]
    assert [len(h.cloud_claims) > 0 for h in found.holders] == [True, False]


async def test_an_object_is_found_by_its_guid_and_by_its_immutable_id() -> None:
    bot = Bot()
    john = bot.world.person("John Doe")
    by_guid = await asked(bot, john.guid)
    by_anchor = await asked(bot, john.anchor)

    assert [h.name for h in by_guid.holders] == ["John Doe"]
    assert [h.name for h in by_anchor.holders] == ["John Doe"]


def deleted(bot: Bot) -> None:
    bot.world.add(
        builders.user(
            "Gone Person",
            joined_by=None,
            ad={"proxy_addresses": (f"smtp:{VALUE}",), "deleted": True},
        ),
        builders.only_in_cloud("Gone Guest", mail=VALUE, deleted_at=builders.NOW),
    )


async def test_recycle_bins_dn_and_activity_are_for_full_readers() -> None:
    bot = Bot()
    deleted(bot)
    bot.world.edit("John Doe", last_logon_at=builders.NOW, stamps=(builders.stamp(),))
    full, plain = await asked(bot), await asked(bot, full=False)

    assert {h.name for h in full.holders} == {
        "John Doe", "Svc Scanner", "Gone Person", "Gone Guest",
    }  # fmt: skip
    assert {h.name for h in plain.holders} == {"John Doe", "Svc Scanner"}
    john = plain.holders[0]
    assert john.ad is not None
    assert john.cloud is not None
    assert (john.ad.dn, john.ad.last_logon_at, john.ad.stamps, john.cloud.dn) == (
        "",
        None,
        (),
        None,
    )


async def test_who_is_shown_less_is_told_so_whether_or_not_there_is_more() -> None:
    """A reader was told that nobody holds the value, while it lay in a recycle bin."""
    bot = Bot()
    before = await asked(bot, "gone@contoso.com", full=False)
    bot.world.add(
        builders.user(
            "Gone Person",
            joined_by=None,
            ad={"proxy_addresses": ("smtp:gone@contoso.com",), "deleted": True},
        )
    )
    after = await asked(bot, "gone@contoso.com", full=False)

    assert before == after
    assert [(g.what, g.why) for g in after.gaps] == [
        ("recycle bins", "they are shown to full readers only")
    ]


async def test_two_contacts_of_one_name_do_not_show_where_they_are() -> None:
    """Told apart by their DN, they showed it to people who may not see it."""
    bot = Bot()
    for number in (1, 2):
        contact = builders.ad_object(
            "Support",
            guid=builders.guid_of(f"Support {number}"),
            dn=f"CN=Support,OU=Secret {number},DC=contoso,DC=com",
            type=ObjectType.CONTACT,
            user_principal_name=None,
            sam_account_name=None,
            mail="help@contoso.com",
            sid=None,
        )
        bot.world.ad[contact.guid] = contact
    found = await asked(bot, "help@contoso.com", full=False)

    assert [h.name for h in found.holders] == ["Support", "Support"]
    assert "Secret" not in repr(found)


async def test_what_could_not_be_read_is_part_of_the_answer() -> None:
    bot = Bot()
    bot.world.forest_away = True
    found = await asked(bot)

    assert ("AD corp", "everything") in [(g.where, g.what) for g in found.gaps]


async def test_nothing_found_says_where_and_offers_what_is_close() -> None:
    found = await asked(Bot(), "jon@contoso.com")

    assert found.holders == ()
    assert "john.doe@contoso.com" in found.close
    assert "AD corp" in found.searched


@pytest.mark.parametrize("text", ["", "two words", "@contoso.com", "x" * 2000])
async def test_what_cannot_be_understood_is_said_and_nothing_is_looked_up(text: str) -> None:
    bot = Bot()
    bot.world.reads = 0
    found = await asked(bot, text)

    assert found.trouble is not None
    assert bot.world.reads == 0
