"""In: people who click, together, without the right to, or not at all. Out: one write, or none and a reason.
Promise: only what an approver approved is written; everybody who is refused is told why.
"""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from bot.model import Decision
from bot.triage import plan
from tests.scenario.forge import Sign, approve_in_redis, click_in_redis
from tests.scenario.world import Json, World
from tests.servers.lab import buttons, until, words


def case_id(card: Json) -> str:
    return str(card["metadata"]["event_payload"]["case_id"])


def whispered(world: World, who: str, known: int) -> str:
    return until(lambda: world.hands.whispers(who)[known:], f"an answer to {who}")[-1]


def test_two_approvers_in_the_same_instant(world: World) -> None:
    address = world.plant("bjorn.ostby", "aase.kjaerstad")
    card = world.hands.until_state(address, "pending")
    before = world.modifies()
    known = {who: len(world.hands.whispers(who)) for who in ("ingrid", "mart")}

    def answers() -> list[str]:
        return [text for who, n in known.items() for text in world.hands.whispers(who)[n:]]

    with ThreadPoolExecutor(2) as both:
        list(both.map(lambda who: world.hands.click(who, card, "fix_approve"), known))
    told = until(answers, "an answer to the slower one")
    world.until_verified(address)

    assert world.modifies() - before == 1
    assert len(told) == 1
    assert told[0].startswith("This ")
    assert "approved by " in told[0]


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
def test_refused_with_a_reason(world: World, who: str, why: str) -> None:
    card = world.hands.until_state("john@contoso.com", "pending")
    before = world.modifies()
    known = len(world.hands.whispers("ingrid"))
    channel = world.lab.lab.slack.workspace.channels[world.hands.channel]
    channel.members.add(world.hands.user(who))
    told = len(world.hands.whispers(who))
    world.hands.click(who, card, "fix_approve")

    assert why in whispered(world, who, told)
    assert (world.hands.state("john@contoso.com"), world.modifies() - before) == ("pending", 0)
    assert len(world.hands.whispers("ingrid")) == known


def unsigned(decision: Decision) -> Decision:
    return decision


def signed_by_somebody_else(decision: Decision) -> Decision:
    return plan.sign(decision, Ed25519PrivateKey.generate())


def signed_and_changed(decision: Decision) -> Decision:
    signed = signed_by_somebody_else(replace(decision, reason="another"))
    return replace(signed, reason="because")


@pytest.mark.parametrize(
    ("address", "code", "sign"),
    [
        ("per.hansen@contoso.com", "C02", signed_by_somebody_else),
        ("maria.berg@contoso.com", "C01", signed_and_changed),
        ("tonu.kask@contoso.com", "C01", unsigned),
    ],
)
def test_an_approval_forged_in_redis_is_not_written(
    world: World, address: str, code: str, sign: Sign
) -> None:
    card = world.hands.until_state(address, "pending")
    before = world.modifies()
    approve_in_redis(world, case_id(card), sign)
    refused = world.hands.until_state(address, "refused")

    assert f"•  {code}  •" in words(card)
    assert "The decision is not signed by this bot’s edge" in words(refused).replace("'", "’")
    assert world.modifies() == before


def test_a_click_forged_in_redis_is_nobodys(world: World) -> None:
    card = world.hands.until_state("john@contoso.com", "pending")
    before, known = world.modifies(), len(world.hands.whispers("ingrid"))
    click_in_redis(world, case_id(card), "ingrid")

    assert "This click did not come from Slack" in whispered(world, "ingrid", known)
    assert (world.hands.state("john@contoso.com"), world.modifies()) == ("pending", before)


def test_what_needs_judgement_has_no_button_for_one_click(world: World) -> None:
    cards = [c for c in world.hands.cards().values() if "Needs judgement" in words(c)]

    assert [c["text"] for c in cards if "fix_approve" in buttons(c)] == []


WHY = "Per Olav has had another main address since May."


def agree(world: World, address: str, action: str, who: str, reason: str) -> Json:
    """Presses the button, waits for the dialog, sends it off."""
    card = world.hands.card(address)
    assert card is not None
    assert world.hands.click(who, card, action)["ok"]
    return world.hands.submit(who, world.hands.dialog(who, "reason"), reason=reason)


def test_two_people_write_what_needs_judgement_and_take_it_back(world: World) -> None:
    """Nothing is written before both have agreed; then it is, and it can be put back the same way."""
    address = "per.hansen@contoso.com"
    found = world.hands.until_state(address, "pending", "refused")
    if "fix_approve" not in buttons(found) and "reason_approve" not in buttons(found):
        world.hands.pick("ingrid", found, "recheck")
    card = world.hands.until_state(address, "pending")
    before = world.modifies()
    noted = agree(world, address, "reason_approve", "ingrid", "because it is")
    first = until(
        lambda: (c := world.hands.card(address)) and "one more needed" in words(c) and c,
        "a card that waits for the second one",
    )
    assert first
    untouched = world.modifies()
    assert agree(world, address, "reason_approve", "mart", WHY)["ok"]
    written = world.hands.until_state(address, "written", "exported", "verified")
    once = world.modifies()

    assert "reason_approve" in buttons(card)
    assert noted["ok"]
    assert (untouched - before, once - before) == (0, 1)
    assert "because it is" in words(first)
    assert "reason_undo" in buttons(written)

    assert agree(world, address, "reason_undo", "mart", WHY)["ok"]
    until(
        lambda: (c := world.hands.card(address)) and "to be put back" in words(c),
        "a card that waits for the second one to undo",
    )
    assert agree(world, address, "reason_undo", "ingrid", "")["ok"]
    world.hands.until_state(address, "pending")

    assert world.modifies() - before == 2
