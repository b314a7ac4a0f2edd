"""In: cases that changed and answers on their way. Out: one drawing a card, one answer a person."""

from bot.events import KINDS, Answered, CaseChanged
from bot.model import Kind, Say
from handlers import HANDLERS, watch
from tests import builders
from tests.builders import TENANT
from tests.fakes.bot import Bot
from tests.fakes.people import INGRID, reply_to


async def test_a_card_that_changed_three_times_is_drawn_once() -> None:
    bot = Bot()
    events = [CaseChanged(tenant=TENANT, id=str(n), case_id="c-one") for n in range(3)]
    results = await bot.handle_all(events)

    assert bot.channel.shown == ["c-one"]
    assert [r.event for r in results] == events


async def test_an_answer_goes_to_the_one_who_asked_with_what_they_may_see() -> None:
    bot = Bot()
    event = Answered(
        tenant=TENANT,
        id="a",
        shape="say",
        body='{"msgid":"Hi"}',
        reply_to=reply_to(INGRID),
        full=True,
    )
    await bot.tell(event)

    assert [(t.to.user, t.shape, t.full) for t in bot.channel.told] == [(INGRID, "say", True)]
    assert bot.answers(INGRID) == [Say("Hi").english()]


def test_every_kind_of_event_has_exactly_one_handler() -> None:
    assert set(HANDLERS) == {kind.type for kind in KINDS.values()}


def test_a_watch_comes_back_as_it_was() -> None:
    seen = watch.Watch(
        builders.key(kind=Kind.SIP), (builders.error(), builders.error(object_id="b"))
    )
    back = watch.read(watch.write(seen))

    assert back.key == seen.key
    assert set(back.errors) == set(seen.errors)
