"""In: fifteen errors at once in front of the bot, and people in a real browser.
Out: one card, whose safe fixes two people go through in pages and approve as one list: five first, then the rest.
Promise: what is left out is never written; the domain controller counts the writes, each is verified before the end.
"""

from selenium.common.exceptions import WebDriverException

from tests.browser.test_walk import CARD
from tests.browser.test_walks import MODAL, by
from tests.scenario.world import World
from tests.servers.chromium import Eyes
from tests.servers.lab import until

SUBMIT = f'{MODAL} [data-testid="modal-submit"]'
COUNT = f"{MODAL} input[type=text], {MODAL} input:not([type])"
PAIRS = 7  # with the eight of Contoso they are fifteen errors; eleven have a safe fix


def goes_on(world: World, eyes: Eyes, card: str, said: str) -> None:
    """With as many cycles, sweeps and looks as it takes, none of which is waited for."""

    def reads() -> bool:
        world.hands.act("cycle")
        world.hands.act("sweep")
        for kind in ("RunDue", "StormDue"):
            world.hasten(kind)
        try:
            return bool(eyes.shown(card, said))
        except WebDriverException:  # redrawn under the eyes
            return False

    until(reads, f"the card says {said!r}", seconds=90)


def leave_out(eyes: Eyes, *numbers: int) -> list[str]:
    """Boxes of this page, by their numbers. Out: what stands beside them."""
    said = []
    for number in numbers:
        eyes.press(f'{MODAL} .ticks input[value="{number}"]')
        beside = f'{MODAL} .ticks label:has(input[value="{number}"])'
        said.append(eyes.read(beside).partition(". ")[2].strip())
    return said


def test_two_people_go_through_the_list_of_a_storm_and_all_of_it_is_verified(
    world: World, eyes: Eyes
) -> None:
    before = world.modifies()
    by(world, eyes, "ingrid")
    eyes.press('[data-testid="channel-identity-ops"]')
    eyes.see(f'{CARD} [data-action-id="storm_review"]', "Review 11 safe fixes")
    stamp = eyes.see(CARD, "15 sync errors at once").get_attribute("data-ts")
    card = f'{CARD}[data-ts="{stamp}"]'

    eyes.press(f'{card} [data-action-id="storm_review"]')
    eyes.see(MODAL, "Page 1 of 2")
    left_out = leave_out(eyes, 1, 4)
    eyes.press(SUBMIT)
    eyes.see(MODAL, "Page 2 of 2")
    left_out += leave_out(eyes, 10)
    eyes.press(SUBMIT)
    eyes.see(MODAL, "Changes that you approve: 8")
    eyes.see(COUNT).send_keys("11")
    eyes.press(SUBMIT)
    told = eyes.read(f'{MODAL} [data-error-for="count"]', "exactly this number")
    eyes.see(COUNT).clear()
    eyes.see(COUNT).send_keys("8")
    eyes.press(SUBMIT)
    eyes.gone(MODAL)
    eyes.see(card, "approved a list of 8 safe changes")
    after_one = world.modifies() - before

    by(world, eyes, "mart")
    eyes.press(f'{card} [data-action-id="storm_review"]')
    eyes.see(MODAL, "Page 1 of 1")
    boxes_of_the_second = len(eyes.shown(f"{MODAL} .ticks"))
    eyes.press(SUBMIT)
    eyes.see(COUNT).send_keys("8")
    eyes.press(SUBMIT)
    eyes.gone(MODAL)
    goes_on(world, eyes, card, "Continue with the other 3")
    after_five = world.modifies() - before
    eyes.press(f'{card} [data-action-id="storm_continue"]')
    eyes.press('[data-testid="confirm-ok"]')
    goes_on(world, eyes, card, "8 are verified")
    states = {value: world.hands.state(value) for value in left_out}

    assert "There are 8 changes in the list" in told
    assert boxes_of_the_second == 0
    assert (after_one, after_five, world.modifies() - before) == (0, 5, 8)
    assert len(left_out) == 3
    assert set(states.values()) == {""}
    assert all(_still_listed(world, value) for value in left_out)
    assert len(eyes.shown(CARD, "sync errors at once")) == 1
    assert eyes.complaints() == []


def _still_listed(world: World, value: str) -> bool:
    """Entra still complains of it: nobody has changed anything about it."""
    losers = [each for each in world.lab.lab.entra.tenant.objects.values() if each.errors]
    return any(error.address == value for loser in losers for error in loser.errors)
