"""In: a Samba AD DC with Contoso in it, a redis-server, and settings. Out: the whole loop, none of it the lab's AD or Redis.
Entra, the sync engine and Slack are the lab's; the bot is `dirsync-triage run` and knows settings only.
Promise: what is true in AD is read by ldapsearch; the bot's accounts there have the rights they need and no more.
"""

import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import pytest

from bot.lab.contoso.entries import LEAVERS, WRITABLE
from tests.scenario import ad
from tests.servers.bot import Bot, bot_of
from tests.servers.lab import Hands, buttons, running_lab, until, words
from tests.servers.packages import MissingPackagesError
from tests.servers.redis import RedisServer, redis_server
from tests.servers.samba import Samba, add_account, delegate, running_samba

Json = dict[str, Any]
# what the bot may ever write
ATTRIBUTES = ("proxyAddresses", "mail", "mailNickname", "targetAddress", "displayName")
PASSWORD = "S0me.long-password"
PEOPLE = "OU=People,OU=Contoso,DC=corp,DC=contoso,DC=com"
ACCOUNT = f"CN=John Doe (svc),OU=Service Accounts,{PEOPLE}"
TONIS = f"CN=Tõnis Kask,OU=Tartu,{PEOPLE}"


@dataclass(frozen=True)
class World:
    samba: Samba
    redis: RedisServer
    bot: Bot
    hands: Hands

    @property
    def ad(self) -> Json:
        found: Json = self.hands.line["ad"]
        return found


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    try:
        with ExitStack() as stack:
            samba = stack.enter_context(running_samba())
            redis = stack.enter_context(redis_server("redis-server"))
            lab = stack.enter_context(running_lab(*options(samba), environ=accounts(samba)))
            for unit in WRITABLE:
                below = f"{unit},{samba.base_dn}"
                delegate(samba, "svc-write", attributes=ATTRIBUTES, below=below)
            bot = stack.enter_context(bot_of(lab.line, DIRSYNC_REDIS__URL=redis.url))
            bot.start()
            yield World(samba, redis, bot, Hands(lab.line))
    except MissingPackagesError as missing:
        pytest.fail(str(missing), pytrace=False)


def options(samba: Samba) -> list[str]:
    return [
        f"--ldap={samba.host}:{samba.port}",
        f"--ldap-ca={samba.ca_file}",
        f"--ldap-base={samba.base_dn}",
        f"--ldap-tls-name={samba.tls_name}",
        "--cycle-seconds=600",
        "--sweep-seconds=600",
    ]


def accounts(samba: Samba) -> dict[str, str]:
    """One for each part: only Contoso's own administrator, who plays its people, is one."""
    found = {"LAB_LDAP_USER": samba.admin_upn, "LAB_LDAP_PASSWORD": samba.admin_password}
    for role, name in (("SYNC", "svc-sync"), ("READ", "svc-read"), ("WRITE", "svc-write")):
        found[f"LAB_LDAP_{role}_USER"] = add_account(samba, name, PASSWORD)
        found[f"LAB_LDAP_{role}_PASSWORD"] = PASSWORD
    return found


def test_approve_write_sync_sweep_verified(world: World) -> None:
    hands = world.hands
    card = hands.until_state("john@contoso.com", "pending")
    before = ad.values(world.ad, ACCOUNT)
    others = {dn: ad.values(world.ad, dn) for dn in ad.holders(world.ad, "john@contoso.com")}
    del others[ACCOUNT]

    assert hands.click("ingrid", card, "fix_approve")["ok"]
    hands.until_state("john@contoso.com", "written")
    written = ad.values(world.ad, ACCOUNT)
    # Entra's stamps are whole seconds: a cycle in the second of the write proves nothing, and the next one, which
    # has nothing left to carry over, stamps nobody
    time.sleep(1)
    until(
        lambda: hands.act("cycle")["ok"] and hands.state("john@contoso.com") == "exported", "sync"
    )
    assert hands.act("sweep")["ok"]
    green = hands.until_state("john@contoso.com", "verified")

    assert before == ["SMTP:svc-john@contoso.com", "smtp:john@contoso.com"]
    assert written == ["SMTP:svc-john@contoso.com"]
    assert others == {dn: ad.values(world.ad, dn) for dn in others}
    assert ad.holders(world.ad, "john@contoso.com") == list(others)
    assert "Ingrid Berg" in words(green)
    assert "Entra is clean" in words(green)


def test_a_value_that_has_moved_is_not_written(world: World) -> None:
    """Somebody was quicker than the approver: the card says so, AD keeps what that person wrote."""
    hands = world.hands
    card = hands.until_state("tonu.kask@contoso.com", "pending")
    ad.remove(world.ad, TONIS, "smtp:tonu.kask@contoso.com")
    ad.add(world.ad, TONIS, "smtp:tonis@contoso.com")

    assert hands.click("mart", card, "fix_approve")["ok"]
    shown = hands.until_state("tonu.kask@contoso.com", "open")

    assert "Nothing was written: what the approval relied on has changed" in words(shown)
    assert ad.values(world.ad, TONIS) == ["SMTP:tonis.kask@contoso.com", "smtp:tonis@contoso.com"]


def test_eight_cards_four_with_a_button_for_one_click(world: World) -> None:
    hands = world.hands
    for address in ("liis", "tax", "events", "per.hansen"):
        card = hands.until_state(f"{address}@contoso.com", "open", "pending")

        assert "fix_approve" not in buttons(card)
    for address in ("john", "astrid", "tonu.kask", "maria.berg"):
        hands.until_state(
            f"{address}@contoso.com", "pending", "written", "exported", "verified", "open"
        )

    assert len(hands.cards()) == 8


@pytest.mark.parametrize(
    ("dn", "attribute", "value"),
    [
        (ACCOUNT, "userPrincipalName", "somebody.else@contoso.com"),
        (ACCOUNT, "description", "changed"),
        (
            f"CN=Eva Kuusk,{LEAVERS},DC=corp,DC=contoso,DC=com",
            "proxyAddresses",
            "smtp:x@contoso.com",
        ),
        ("CN=Administrator,CN=Users,DC=corp,DC=contoso,DC=com", "proxyAddresses", "smtp:x@y.z"),
    ],
)
def test_the_write_account_has_no_other_rights(
    world: World, dn: str, attribute: str, value: str
) -> None:
    with pytest.raises(AssertionError, match=r"Insufficient access \(50\)"):
        ad.add(world.ad, dn, value, attribute)


def test_the_log_holds_no_complaint(world: World) -> None:
    loud = [line for line in world.bot.lines() if line["level"] not in {"info", "debug"}]

    assert loud == []
