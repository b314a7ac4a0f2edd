"""In: the lab in this process, the bot on it, a person in a real browser.
Out: what people decide together, take back, put off, or are refused, all by the page.
Promise: what is written is counted by the domain controller; everybody who is refused reads why.
"""

import pytest

from tests.browser.test_walk import CARD, become, say
from tests.scenario.world import World
from tests.servers.chromium import Eyes

MODAL = '[data-testid="modal"]'


def card(world: World, address: str) -> str:
    stamp = world.hands.until_state(address, "pending")["ts"]
    return f'{CARD}[data-ts="{stamp}"]'


def by(world: World, eyes: Eyes, who: str) -> None:
    user = world.hands.user(who)
    become(eyes, user)
    eyes.see('[data-testid="me"]', world.lab.lab.slack.workspace.users[user].real_name)


def agree(eyes: Eyes, card: str, action: str, reason: str) -> None:
    eyes.press(f'{card} [data-action-id="{action}"]')
    if reason:
        eyes.see(f"{MODAL} textarea").send_keys(reason)
    eyes.press(f'{MODAL} [data-testid="modal-submit"]')
    eyes.gone(MODAL)


def pick(eyes: Eyes, card: str, line: str) -> None:
    """A line of the card's menu."""
    eyes.press(f'{card} [data-action-id="more"]')
    eyes.press(f'{card} [data-testid="overflow-option"][data-value^="a={line};"]')


def test_two_people_approve_with_their_reasons_and_take_it_back(world: World, eyes: Eyes) -> None:
    this = card(world, "per.hansen@contoso.com")
    before = world.modifies()
    by(world, eyes, "ingrid")
    eyes.press('[data-testid="channel-identity-ops"]')
    agree(eyes, this, "reason_approve", "Per Olav has had another main address since May.")
    eyes.see(this, "one more needed")
    after_one = world.modifies() - before
    by(world, eyes, "mart")
    eyes.press(f'{this} [data-action-id="reason_approve"]')
    read = eyes.read(f"{MODAL} .dialog-body", "The first of two")
    eyes.see(f"{MODAL} textarea").send_keys("I asked him, it is so.")
    eyes.press(f'{MODAL} [data-testid="modal-submit"]')
    eyes.see(f'{this} [data-action-id="reason_undo"]')
    after_two = world.modifies() - before
    agree(eyes, this, "reason_undo", "He wants to keep the old one.")
    eyes.see(this, "to be put back")
    by(world, eyes, "ingrid")
    agree(eyes, this, "reason_undo", "")
    world.hands.until_state("per.hansen@contoso.com", "pending")

    assert "Per Olav has had another main address since May." in read
    assert (after_one, after_two, world.modifies() - before) == (0, 1, 2)
    assert eyes.complaints() == []


@pytest.mark.parametrize(
    ("who", "why"),
    [
        ("kari", "You are not on the list of approvers"),
        ("jaan", "You are not on the list of approvers"),
        ("sam", "Guests of this workspace cannot ask or approve"),
        ("lee", "This bot answers people of its own workspace only"),
    ],
    ids=["reader", "member", "guest", "foreigner"],
)
def test_a_stranger_is_refused_and_reads_why(world: World, eyes: Eyes, who: str, why: str) -> None:
    this = card(world, "john@contoso.com")
    before = world.modifies()
    # the channel has been shared with another company since the card was posted
    channel = world.lab.lab.slack.workspace.channels[world.hands.channel]
    channel.members.add(world.hands.user(who))
    by(world, eyes, who)
    eyes.press('[data-testid="channel-identity-ops"]')
    eyes.press(f'{this} [data-action-id="fix_approve"]')
    eyes.press('[data-testid="confirm-ok"]')
    read = eyes.read(".message.ephemeral", why)

    assert "Only visible to you" in read
    assert (world.hands.state("john@contoso.com"), world.modifies() - before) == ("pending", 0)


def test_a_case_is_snoozed_and_woken(world: World, eyes: Eyes) -> None:
    by(world, eyes, "ingrid")
    eyes.press('[data-testid="channel-identity-ops"]')
    this = card(world, "maria.berg@contoso.com")
    pick(eyes, this, "snooze")
    eyes.press(f"{MODAL} .ticks input[value=change]")
    eyes.press(f'{MODAL} [data-testid="modal-submit"]')
    eyes.gone(MODAL)
    asleep = eyes.read(this, "has snoozed it until the evidence changes")
    buttons = len(eyes.shown(f'{this} [data-action-id="fix_approve"]'))
    eyes.press(f'{this} [data-action-id="aside_wake"]')
    eyes.see(f'{this} [data-action-id="fix_approve"]')

    assert "Ingrid Berg" in asleep
    assert buttons == 0
    assert eyes.complaints() == []


def test_one_person_approves_and_undoes(world: World, eyes: Eyes) -> None:
    address = world.plant("bjorn.ostby", "aase.kjaerstad")
    this = card(world, address)
    before = world.modifies()
    by(world, eyes, "mart")
    eyes.press('[data-testid="channel-identity-ops"]')
    for action in ("fix_approve", "fix_undo"):
        eyes.press(f'{this} [data-action-id="{action}"]')
        eyes.press('[data-testid="confirm-ok"]')
        eyes.gone('[data-testid="confirm-dialog"]')
    world.hands.until_state(address, "pending", "undone")

    assert world.modifies() - before == 2


def test_what_one_person_asked_is_shown_to_everybody_by_an_approver_alone(
    world: World, eyes: Eyes
) -> None:
    share = '.message.ephemeral [data-action-id="answer_share"]'
    by(world, eyes, "kari")
    eyes.press('[data-testid="channel-identity-ops"]')
    say(eyes, "/whohas astrid@contoso.com")
    of_reader = eyes.read(".message.ephemeral", "astrid@contoso.com")
    offered_to_reader = len(eyes.shown(share))
    by(world, eyes, "ingrid")
    eyes.press('[data-testid="channel-identity-ops"]')
    say(eyes, "/whohas astrid@contoso.com")
    mine = eyes.read(".message.ephemeral", "DN to copy")
    eyes.press(share)
    eyes.see(".message.ephemeral", "You have shown this to everybody here")
    left = len(eyes.shown(share))
    by(world, eyes, "kari")
    eyes.press('[data-testid="channel-identity-ops"]')
    public = eyes.read(".message:not(.ephemeral)", "has asked this and shared the answer")

    assert (offered_to_reader, left) == (0, 0)
    assert "DN to copy" not in of_reader + public
    assert "DC=contoso" in mine
    assert "What is for full readers only is left out" in public
    assert eyes.complaints() == []
