"""In: a pasted error and who asks. Out: what it is today, on both directories, as for an error that was polled."""

import json
from dataclasses import replace

import msgspec
import pytest

from bot.answers import Explained
from bot.events import QuestionAllowed
from bot.model import Case, ObjectType, Origin, Risk
from handlers.commands.explain import explain, understood
from tests import builders
from tests.builders import TENANT, VALUE, cloud_id_of
from tests.fakes.bot import Bot
from tests.fakes.people import INGRID, OLA, reply_to
from tests.fakes.world import World

CLASSIC = f"Kan ikke oppdatere dette objektet: [physicaldeliveryofficename SMTP:{VALUE};]."


async def asked(bot: Bot, text: str = CLASSIC, *, full: bool = True) -> Explained:
    return await explain(
        text,
        tenant=TENANT,
        ad=bot.ad,
        cloud=bot.cloud,
        clock=bot.clock,
        policy=bot.policy,
        full=full,
        cases=bot.cases,
    )


def unlisted() -> Bot:
    """The everyday conflict, as a sync server meets it that knows no quarantine: Entra lists no error."""
    bot = Bot()
    for cloud in list(bot.world.entra.values()):
        bot.world.entra[cloud.id] = replace(cloud, errors=())
    return bot


async def test_a_pasted_error_that_entra_lists_is_diagnosed_as_its_card_is() -> None:
    bot = Bot()
    await bot.poll()
    found = await asked(bot)
    (examined,) = found.examined

    assert (examined.diagnosis, examined.evidence.errors) == (
        bot.case.diagnosis,
        bot.case.errors,
    )
    assert [p.plan_hash for p in examined.proposals] == [p.plan_hash for p in bot.case.proposals]
    assert (examined.key.id, examined.state) == (bot.case.id, bot.case.state)


async def test_of_an_error_that_entra_does_not_list_the_failing_object_is_found() -> None:
    (examined,) = (await asked(unlisted())).examined
    (error,) = examined.evidence.errors

    assert (error.object_name, error.object_id) == ("Svc Scanner", cloud_id_of("Svc Scanner"))
    assert (error.origin, error.attribute) == (Origin.EXPORT, "ProxyAddresses")
    assert (examined.diagnosis.code, [p.risk for p in examined.proposals]) == ("C01", [Risk.SAFE])


@pytest.mark.parametrize("way", ["object id", "DN", "ImmutableId"])
async def test_the_object_that_the_text_names_is_taken(way: str) -> None:
    bot = unlisted()
    scanner = bot.world.account("Svc Scanner")
    if way == "object id":
        listed = {
            "ObjectId": scanner.id,
            "AttributeConflictName": "ProxyAddresses",
            "AttributeConflictValues": VALUE,
        }
        text = json.dumps([{"Key": k, "Value": [v]} for k, v in listed.items()])
    elif way == "DN":
        text = f"{CLASSIC}\n{bot.world.person('Svc Scanner').dn}"
    else:
        digits = str(scanner.anchor).encode().hex().upper()
        text = f"{CLASSIC}\nCN={{{digits}}}"
    (examined,) = (await asked(bot, text)).examined

    assert [e.object_name for e in examined.evidence.errors] == ["Svc Scanner"]
    assert examined.diagnosis.code == "C01"


async def test_where_two_could_fail_none_is_guessed() -> None:
    bot = unlisted()
    bot.world.add(builders.loser("Svc Printer"))
    (examined,) = (await asked(bot)).examined

    assert [e.object_id for e in examined.evidence.errors] == [""]
    assert examined.proposals == ()


async def test_an_id_of_a_group_is_read_as_a_group() -> None:
    bot = unlisted()
    group = builders.only_in_cloud("All of Oslo", type=ObjectType.GROUP).cloud
    assert group is not None
    bot.world.entra[group.id] = group
    text = f'{{"ObjectId":"{group.id}","Category":"LargeObject"}}'
    found = await asked(bot, text)

    assert [(p.error.object_name, p.error.object_type) for p in found.errors] == [
        ("All of Oslo", ObjectType.GROUP)
    ]


async def test_a_notice_of_something_settled_says_that_entra_lists_it_no_more() -> None:
    text = f"QuarantinedAttributeValueMustBeUnique [ProxyAddresses SMTP:{VALUE};]"
    listed, settled = await asked(Bot(), text), await asked(unlisted(), text)

    assert listed.notes == ()
    assert [note.english().partition(":")[0] for note in settled.notes] == [
        f"Entra lists no error about {VALUE} any more"
    ]


async def test_several_attributes_with_one_value_are_one_case() -> None:
    found = await asked(
        Bot(), f"[ProxyAddresses SMTP:{VALUE};Mail {VALUE};UserPrincipalName {VALUE}]"
    )

    assert (len(found.errors), len(found.examined)) == (3, 1)


async def test_of_many_values_the_first_ten_are_looked_up_and_the_rest_is_said() -> None:
    text = "[ProxyAddresses " + ",".join(f"smtp:a{n}@contoso.com" for n in range(14)) + "]"
    found = await asked(Bot(), text)

    assert (len(found.errors), len(found.examined)) == (14, 10)
    assert found.notes[0].english().startswith("4 more values")


async def test_an_error_known_by_its_name_only_is_still_answered() -> None:
    (examined,) = (await asked(Bot(), "InvalidSoftMatch")).examined

    assert examined.diagnosis.what
    assert examined.proposals == ()


@pytest.mark.parametrize("text", ["", "Printer ei tööta", "hi john@contoso.com"])
async def test_a_text_without_an_error_is_answered_and_nothing_is_looked_up(text: str) -> None:
    bot = Bot()
    bot.world.reads = 0
    found = await asked(bot, text)

    assert found.trouble is not None
    assert bot.world.reads == 0


async def test_every_sentence_cites_what_was_read() -> None:
    for world in (Bot(), unlisted()):
        for examined in (await asked(world)).examined:
            diagnosis = examined.diagnosis
            cited = {c for say in (*diagnosis.what, *diagnosis.why) for c in say.cites}

            assert cited <= examined.evidence.keys()
            assert cited


# ---------------------------------------------------------------- who may see less


async def test_a_plain_reader_learns_what_happened_and_not_what_it_rests_on() -> None:
    bot = Bot()
    bot.world.edit("Svc Scanner", last_logon_at=builders.NOW, stamps=(builders.stamp(),))
    (full,), (plain,) = (await asked(bot)).examined, (await asked(bot, full=False)).examined

    assert plain.diagnosis.title == full.diagnosis.title
    assert plain.diagnosis.what[:-1] == full.diagnosis.what
    assert "only full readers may see" in plain.diagnosis.what[-1].english()
    assert (plain.proposals, plain.diagnosis.why, plain.diagnosis.scores) == ((), (), ())
    assert "OU=People" not in repr(plain)


async def test_what_lies_in_a_recycle_bin_is_not_told_to_a_plain_reader() -> None:
    bot = Bot(world=World())
    bot.world.add(
        builders.loser(cloud={"errors": (builders.error(),)}),
        builders.only_in_cloud("Gone Guest", mail=VALUE, deleted_at=builders.NOW),
    )
    (full,), (plain,) = (await asked(bot)).examined, (await asked(bot, full=False)).examined

    assert "Gone Guest" in repr(full)
    assert "Gone Guest" not in repr(plain)


async def test_who_holds_a_role_is_not_told_to_a_plain_reader() -> None:
    bot = Bot(world=World())
    bot.world.add(
        builders.loser(cloud={"errors": (builders.error(),)}),
        builders.only_in_cloud("Kari Lie", mail=VALUE, proxy_addresses=(f"SMTP:{VALUE}",)),
    )
    bot.world.roles[cloud_id_of("Kari Lie")] = ("Global Administrator",)
    (full,), (plain,) = (await asked(bot)).examined, (await asked(bot, full=False)).examined

    assert (full.diagnosis.alert, plain.diagnosis.alert) == (True, False)
    assert "administrator" in repr(full.diagnosis).lower()
    assert "administrator" not in repr(plain).lower()


async def test_a_pasted_id_of_something_deleted_is_not_named_to_a_plain_reader() -> None:
    bot = Bot(world=World())
    gone = builders.only_in_cloud("Gone Guest", deleted_at=builders.NOW)
    bot.world.add(gone)
    text = f'{{"ObjectId":"{cloud_id_of("Gone Guest")}","Category":"LargeObject"}}'
    full, plain = await asked(bot, text), await asked(bot, text, full=False)

    assert "Gone Guest" in repr(full)
    assert "Gone Guest" not in repr(plain)


async def test_the_question_is_answered_to_whoever_may_ask() -> None:
    for who, full in ((INGRID, True), (OLA, False)):
        bot = Bot()
        event = QuestionAllowed(
            tenant=TENANT,
            id="q-1",
            command="explain",
            text=CLASSIC,
            reply_to=reply_to(who),
            full=full,
        )
        await bot.tell(event)
        await bot.work()
        (told,) = bot.channel.told
        found = msgspec.json.decode(told.body, type=Explained)

        assert told.shape == "explained"
        assert bool(found.examined[0].proposals) is full


async def test_asking_writes_nothing() -> None:
    bot = Bot()
    await bot.poll()
    before: list[Case] = bot.cases.all()
    await asked(bot)

    assert bot.cases.all() == before


def test_without_any_server_the_text_alone_is_read() -> None:
    found = understood(CLASSIC)

    assert [(p.attribute, p.error.value) for p in found.errors] == [
        ("physicaldeliveryofficename", f"SMTP:{VALUE}")
    ]
    assert found.examined == ()
