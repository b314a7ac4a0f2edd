"""In: environments with what a company judges by. Out: the plain values that triage and Entra's adapter get.
Promise: nothing given is the bot as it was shipped; a mistake is told by the name of its setting.
"""

from datetime import timedelta

import pytest

from bot import plain
from bot.errors import SettingsError
from bot.model import Flags
from bot.rules.letters import LETTERS
from bot.settings import load, warnings
from bot.triage.policy import Policy
from tests.unit.settings.whole import WHOLE


def test_without_any_of_them_the_policy_is_the_one_that_ships() -> None:
    assert plain.policy_of(load({})) == Policy()


def test_a_company_makes_names_its_own_way() -> None:
    given = {
        "DIRSYNC_NAMING__PATTERNS": "{initial}{surname};{account}",
        "DIRSYNC_NAMING__DOMAIN": "Contoso.com",
        "DIRSYNC_NAMING__LETTERS": "Å=aa; ø = OE",
    }

    naming = plain.policy_of(load(given)).naming

    assert naming.patterns == ("{initial}{surname}", "{account}")
    assert naming.domain == "contoso.com"
    assert naming.letters == {**LETTERS, "å": "aa", "ø": "oe"}


def test_weights_and_spans_reach_the_policy() -> None:
    given = {
        "DIRSYNC_KEEPER__MAILBOX": "7",
        "DIRSYNC_KEEPER__CONTACT": "-5",
        "DIRSYNC_LIMITS__ACTIVE_DAYS": "30",
        "DIRSYNC_LIMITS__STUCK_HOURS": "6",
        "DIRSYNC_LIMITS__MOST_PROXIES": "250",
    }

    policy = plain.policy_of(load(given))

    assert (policy.weights.mailbox, policy.weights.contact, policy.weights.main) == (7, -5, 3)
    assert policy.active_within == timedelta(days=30)
    assert (policy.stuck_after, policy.most_proxies) == (timedelta(hours=6), 250)


def test_stated_flags_reach_the_tenants_facts_and_the_others_stay_unknown() -> None:
    given = WHOLE | {
        "DIRSYNC_FLAGS__SOFT_MATCH_BLOCKED": "true",
        "DIRSYNC_FLAGS__UPN_CHANGES_FOLLOW": "false",
        "DIRSYNC_FLAGS__STATED_ON": "2026-11-02",
    }

    flags = plain.tenant_of(load(given)).flags

    assert flags == Flags(soft_match_blocked=True, upn_changes_follow=False, stated_on="2026-11-02")


def test_flags_of_no_known_day_are_doubtful() -> None:
    settings = load({"DIRSYNC_FLAGS__HARD_MATCH_BLOCKED": "false"})

    assert [line.partition(" ")[0] for line in warnings(settings)] == ["DIRSYNC_FLAGS__STATED_ON"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("NAMING__PATTERNS", "{given}.{nickname}"),
        ("NAMING__PATTERNS", "info"),
        ("NAMING__PATTERNS", "{given"),
        ("NAMING__PATTERNS", "{given.__class__}"),
        ("NAMING__PATTERNS", "{given!r}"),
        ("NAMING__PATTERNS", "{given:>9}"),
        ("NAMING__PATTERNS", "{given}@{surname}"),
        ("NAMING__DOMAIN", "contoso"),
        ("NAMING__LETTERS", "aa=å"),
        ("NAMING__LETTERS", "å"),
        ("NAMING__LETTERS", "a=e"),
        ("NAMING__LETTERS", "å=@"),
        ("FLAGS__STATED_ON", "yesterday"),
        ("FLAGS__SOFT_MATCH_BLOCKED", "perhaps"),
        ("KEEPER__MAIN", "100"),
        ("LIMITS__ACTIVE_DAYS", "1"),
    ],
)
def test_a_mistake_is_told_by_its_name(name: str, value: str) -> None:
    with pytest.raises(SettingsError) as refused:
        load({f"DIRSYNC_{name}": value})

    assert str(refused.value).startswith(f"DIRSYNC_{name}")
