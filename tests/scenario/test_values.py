"""In: names, addresses and error entries as nobody expects them.
Out: what a card and /whohas show of them.
Promise: every value comes through whole and is data; an entry that is not understood is shown, and has no button.
"""

from collections.abc import Iterator
from typing import Any

from bot.lab.contoso.entries import address
from tests.scenario import ad
from tests.scenario.world import Json, World
from tests.servers.lab import buttons, until, words

NAME = "<!channel> *Rein* `code` _u_ <@U0INGRID01>\u202edlo &amp; <https://x.y|z>"
SHOWN = NAME.replace("\u202e", "<U+202E>")
ADDRESS = "d'arcy*o{brien}%20+x@contoso.com"


def markup(part: Any) -> Iterator[str]:
    """Every text of a message that Slack would read as markup."""
    if isinstance(part, dict):
        if part.get("type") == "mrkdwn":
            yield part["text"]
        part = list(part.values())
    if isinstance(part, list):
        for each in part:
            yield from markup(each)


def test_a_hostile_name_and_an_address_full_of_special_characters(world: World) -> None:
    keeper, loser = world.dn("rein.oun"), world.dn("tuuli.koppel")
    hands = world.hands
    ad.replace(world.ad, loser, NAME, "displayName")
    ad.add(world.ad, keeper, f"smtp:{address('rein.oun')}2")
    ad.remove(world.ad, keeper, f"SMTP:{address('rein.oun')}")
    ad.add(world.ad, keeper, f"SMTP:{ADDRESS}")
    ad.replace(world.ad, keeper, ADDRESS, "mail")
    assert hands.act("cycle")["ok"]
    ad.add(world.ad, loser, f"smtp:{ADDRESS}")
    assert hands.act("cycle")["ok"]
    card = hands.until_state(ADDRESS, "pending")
    told = len(hands.whispers("mart"))
    hands.say("mart", f"/whohas {ADDRESS}")
    answer = until(lambda: hands.whispers("mart")[told:], "an answer to /whohas")[-1]
    world.approve(ADDRESS)
    world.until_verified(ADDRESS)

    assert SHOWN in words(card)
    assert f"- smtp:{ADDRESS}" in words(card)
    assert [text for text in markup(card["blocks"]) if "<!channel>" in text or "<@U0" in text] == [
        text for text in markup(card["blocks"]) if text.startswith("Approvers: ")
    ]
    assert SHOWN in answer
    assert f"2 objects hold {ADDRESS}" in answer.replace("  ", " ")
    assert ad.holders(world.ad, "d'arcy\\2ao{brien}%20+x@contoso.com") == [keeper]


def test_an_error_entry_that_nobody_has_seen_before(world: World) -> None:
    tenant = world.lab.lab.entra.tenant
    odd = tenant.find("userPrincipalName", "helen.obrien@contoso.com")[0]
    entry = {
        "category": "SomethingNew",
        "propertyCausingError": "msDS-Whatever",
        "value": None,
        "occurredDateTime": None,
    }
    tenant.plant_error(odd.id, entry)
    tenant.plant_error(odd.id, None)

    def card() -> Json | None:
        return next((c for c in world.hands.cards().values() if "SomethingNew" in words(c)), None)

    shown = until(card, "a card about the odd entry")
    odd.planted_errors.clear()
    assert shown is not None
    assert "does not recognise yet" in words(shown)
    assert "SomethingNew · msDS-Whatever" in words(shown)
    assert "Helen O'Brien" in words(shown)
    assert "fix_approve" not in buttons(shown)
    assert [
        line for line in world.bot.lines() if line["event"].startswith(("failed", "set aside"))
    ] == []
