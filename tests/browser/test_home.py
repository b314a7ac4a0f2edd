"""In: the lab in this process, the bot on it, people in a real browser at the bot's home tab.
Out: an approver's own queue; a pause that one person makes and two approvers end, from there.
Promise: who only may read sees nothing to approve and nothing to resume; what is shown is drawn anew by itself.
"""

from tests.browser.test_walks import by
from tests.scenario.world import World
from tests.servers.chromium import Eyes

HOME = '[data-testid="home"]'
PAUSE, RESUME = (f'{HOME} [data-action-id="{name}"]' for name in ("home_pause", "home_resume"))
ASKED = "Waits for your approval"


def at_home(world: World, eyes: Eyes, who: str, words: str) -> str:
    by(world, eyes, who)
    eyes.press('[data-testid="home-tab"]')
    return eyes.read(HOME, words)


def press(eyes: Eyes, button: str) -> None:
    eyes.press(button)
    eyes.press('[data-testid="confirm-ok"]')
    eyes.gone('[data-testid="confirm-dialog"]')


def test_an_approver_reads_the_own_queue_and_writing_is_paused_and_resumed_by_two(
    world: World, eyes: Eyes
) -> None:
    world.hands.until_state("john@contoso.com", "pending")
    before = world.modifies()
    queue = at_home(world, eyes, "ingrid", ASKED)
    press(eyes, PAUSE)
    eyes.see(RESUME)
    paused = eyes.read(HOME)
    read = at_home(world, eyes, "kari", "How the bot stands")
    for_a_reader = len(eyes.shown(RESUME))
    guest = at_home(world, eyes, "sam", "Guests of this workspace")
    for_a_guest = len(eyes.shown(f"{HOME} button"))

    at_home(world, eyes, "ingrid", ASKED)
    press(eyes, RESUME)
    eyes.see(HOME, "One more")
    press_again = len(eyes.shown(PAUSE))
    at_home(world, eyes, "mart", ASKED)
    press(eyes, RESUME)
    eyes.see(PAUSE)
    resumed = eyes.read(HOME)

    assert "john@contoso.com" in queue
    assert "Ingrid Berg" in paused
    assert ASKED not in read
    assert "Ingrid Berg" in read
    assert (for_a_reader, for_a_guest, press_again) == (0, 0, 0)
    assert "john@contoso.com" not in guest
    assert ASKED in resumed
    assert world.modifies() == before
    assert eyes.complaints() == []
