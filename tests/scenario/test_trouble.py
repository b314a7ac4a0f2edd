"""In: a bot that runs, and one thing after another that goes away and comes back.
Out: what it says, what it still does, and what was written to AD.
Promise: said once when it breaks and once when it is back; nothing is lost, nothing is written twice.
"""

import secrets
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

from bot.lab.entra import Fault
from tests.scenario.world import World
from tests.servers.lab import until

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


def told_once(world: World, since: int, broke: dict[str, str], back: dict[str, str]) -> None:
    """Waits for the recovery; then each was said exactly once."""
    until(lambda: world.bot.said(since=since, **back), f"recovery: {back}")

    assert len(world.bot.said(since=since, **broke)) == 1
    assert len(world.bot.said(since=since, **back)) == 1


def paused(what: str) -> dict[str, str]:
    return {"event": "paused", "what": what}


def goes_on(what: str) -> dict[str, str]:
    return {"event": "goes on", "what": what}


def until_said(world: World, since: int, line: dict[str, str]) -> None:
    until(lambda: world.bot.said(since=since, **line), f"the bot says {line}")


def test_redis_is_killed_and_comes_back(world: World) -> None:
    address = world.plant("geir.sorensen", "hakon.braekke")
    card = world.hands.until_state(address, "pending")
    since, before = world.bot.mark(), world.modifies()
    world.redis.kill()
    try:
        until_said(world, since, paused("Redis"))
        world.hands.click("mart", card, "fix_approve")
        away = until(lambda: world.hands.whispers("mart"), "an answer to the click")[-1]
    finally:
        world.redis.start()
    told_once(world, since, paused("Redis"), goes_on("Redis"))
    still = world.hands.state(address), world.modifies() - before
    world.approve(address)
    world.until_verified(address)

    assert "cannot reach its store" in away
    assert still == ("pending", 0)
    assert (world.modifies() - before, world.addresses("geir.sorensen")) == (
        1,
        ["SMTP:geir.sorensen@contoso.com"],
    )


def test_ldap_goes_away_after_the_click(world: World) -> None:
    address = world.plant("gunnhild.fjortoft", "pal.roed")
    since, before = world.bot.mark(), world.modifies()
    world.lab.ad_goes_away()
    try:
        world.approve(address)
        until_said(world, since, paused("WriteDue"))
        world.hands.until_state(address, "applying")
    finally:
        world.lab.ad_comes_back()
    told_once(world, since, paused("WriteDue"), goes_on("WriteDue"))
    world.until_verified(address)

    assert len(world.bot.said("ad.away", since=since)) == 1
    assert len(world.bot.said("ad.back", since=since)) == 1
    assert world.modifies() - before == 1


def test_the_answer_to_the_write_is_lost(world: World) -> None:
    address = world.plant("synnove.skaar", "torarne.daehlin")
    before = world.modifies()
    world.lab.ad.faults.drop_after_modify = 1
    world.approve(address)
    world.hands.until_state(address, "unknown")
    world.due_now("WriteDue")  # it waits until a domain controller that stalls must have given up
    world.until_verified(address)

    assert world.lab.ad.faults.drop_after_modify == 0
    assert world.modifies() - before == 1


def test_the_graph_secret_expires_for_a_while(world: World) -> None:
    address = world.plant("ola.nordmann", "sofia.lindqvist")
    entra, app = world.lab.lab.entra, world.lab.lab.app
    since, before = world.bot.mark(), world.modifies()
    entra.tenant.apps[app.client_id] = replace(app, secret_expires=LONG_AGO)
    entra.issuer._key = secrets.token_bytes(32)  # the tokens given before are worth nothing now
    try:
        until_said(world, since, paused("PollDue"))
        world.approve(address)
        until_said(world, since, paused("WriteDue"))
    finally:
        entra.tenant.apps[app.client_id] = app
    for what in ("PollDue", "WriteDue"):
        told_once(world, since, paused(what), goes_on(what))
    world.until_verified(address)

    whys = [line["why"] for line in world.bot.said("paused", since=since)]
    assert "The client secret for Entra has expired." in whys
    assert world.modifies() - before == 1


def test_slack_says_not_now_for_a_while(world: World) -> None:
    address = world.plant("marte.dahl", "ragnhild.aas")
    faults = world.lab.lab.slack.workspace.faults
    since, before = world.bot.mark(), world.modifies()
    faults.fail_next("chat.update", status=500)
    faults.fail_next("chat.update", status=429)
    world.approve(address)
    told_once(world, since, {"event": "cards wait"}, {"event": "cards go out again"})
    world.until_verified(address)

    assert world.modifies() - before == 1


def test_killed_while_the_write_waits(world: World) -> None:
    """The write was put back, as AD is away: whoever comes next takes it."""
    address = world.plant("katlin.poder", "juri.zukov")

    def wait() -> None:
        until_said(world, since, paused("WriteDue"))

    since = world.bot.mark()
    killed_and_started(world, address, wait)


def test_killed_in_the_middle_of_the_write(world: World) -> None:
    """The write is in the hands of a process that is gone: its lease has to run out.

    Killed after the intent stands in the journal, only reading decides: nothing was written, and the case asks anew.
    """
    address = world.plant("mart.jogi", "piret.smidt")
    asked = world.lab.ad.counters.searches
    world.lab.ad.faults.delay = 2.0

    def wait() -> None:
        world.hands.until_state(address, "applying")
        until(lambda: world.lab.ad.counters.searches > asked, "the bot looks once more")

    killed_and_started(world, address, wait, ad_is_away=False)


def killed_and_started(
    world: World, address: str, wait: Callable[[], None], *, ad_is_away: bool = True
) -> None:
    before = world.modifies()
    asked = world.hands.until_state(address, "pending")["metadata"]["event_payload"]["revision"]
    if ad_is_away:
        world.lab.ad_goes_away()
    try:
        world.approve(address)
        wait()
        world.bot.kill()
    finally:
        world.lab.ad.faults.delay = 0.0
        if ad_is_away:
            world.lab.ad_comes_back()
    assert world.modifies() == before
    world.leases_run_out()
    world.bot.start()
    if settled(world, address, asked) == "pending":
        world.approve(address)
    world.until_verified(address)

    assert world.modifies() - before == 1


def settled(world: World, address: str, asked: int) -> str:
    """What became of an approval of revision `asked`: the write went on, or the case asks once more."""

    def look() -> str:
        payload = (world.hands.card(address) or {})["metadata"]["event_payload"]
        state = str(payload["state"])
        anew = state == "pending" and payload["revision"] > asked
        return state if anew or state in {"written", "exported", "verified"} else ""

    return until(look, f"{address} goes on after the kill")


def test_a_list_that_breaks_off_closes_no_case(world: World) -> None:
    address = world.plant("andres.vali", "mart.jogi")
    since, before = world.bot.mark(), world.states()
    faults = world.lab.lab.entra.faults
    faults.plan(Fault(what="drop", path="/users", times=None))
    try:
        until_said(world, since, paused("PollDue"))
    finally:
        faults.clear()
    told_once(world, since, paused("PollDue"), goes_on("PollDue"))

    assert world.states() == before
    assert world.hands.state(address) == "pending"
