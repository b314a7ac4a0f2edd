"""In: tables of routes as people write them, in TOML and in one variable. Out: typed rows, or what is wrong in each.
Promise: a slip in a row is named with its row; a row that could never be reached or gives rights away is refused.
"""

from datetime import UTC, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot import plain
from bot.errors import SettingsError
from bot.settings import load, warnings
from bot.triage.quiet import Reminders

APPROVERS = {"DIRSYNC_SLACK__APPROVERS": "U0INGRID01=33333333-3333-4333-8333-333333333333"}
TOML = """
[slack]
channel = "C0IDENTITY"
language = "et"
security_channel = "C0ATTACKS1"
approvers = ["U0INGRID01=33333333-3333-4333-8333-333333333333", "U0MART0001=44444444-4444-4444-8444-444444444444"]

[[routes]]
domains = ["Fabrikam.com"]
cases = ["c09"]
channel = "C0FABRIKAM"
language = "nb"
approvers = ["U0MART0001"]

[[routes]]
ous = ["OU=Sales,DC=contoso,DC=com"]
risks = ["judge"]
types = ["user", "contact"]
owners = ["U0KARI0001"]
notify = ["U0JAAN0001"]
watch = ["U0LIV00001"]
lead = "U0INGRID01"
"""


def test_a_table_of_a_file_is_the_table_of_the_bot(tmp_path: Path) -> None:
    file = tmp_path / "dirsync.toml"
    file.write_text(TOML)
    made = plain.table_of(load({}, config=file))
    first, second = made.rows

    assert made.channels() == ("C0IDENTITY", "C0FABRIKAM", "C0ATTACKS1")
    assert made.security == "C0ATTACKS1"
    assert made.approvers == ("U0INGRID01", "U0MART0001")
    assert (first.domains, first.cases, first.language) == (("fabrikam.com",), ("C09",), "nb")
    assert first.approvers == frozenset({"U0MART0001"})
    assert (second.channel, second.language, second.approvers) == ("C0IDENTITY", "et", None)
    assert (second.risks, second.types) == (("judge",), ("user", "contact"))
    assert (second.owners, second.notify, second.watch, second.lead) == (
        ("U0KARI0001",),
        ("U0JAAN0001",),
        ("U0LIV00001",),
        "U0INGRID01",
    )
    assert (made.rest.channel, made.rest.language, made.rest.number) == ("C0IDENTITY", "et", 3)


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ('[{"chanel":"C0IDENTITY"}]', "row 1: chanel is no part of a route; the nearest name is channel."),
        ('[{"cases":["C01"]},{"cases":["C63"]}]', "row 2: cases is not right; expected cases of the catalogue"),
        ('[{"risks":["high"]}]', "row 1: risks is not right; expected a list of safe, judge, destructive."),
        ('[{"types":["device"]}]', "row 1: types is not right; expected a list of user, group, contact, other."),
        ('[{"domains":["contoso"]}]', "row 1: domains is not right; expected a domain such as"),
        ('[{"ous":["Sales"]}]', "row 1: ous is not right; expected distinguished names"),
        ('[{"channel":"#ops"}]', "row 1: channel is not right; expected a channel's id"),
        ('[{"owners":["bo@contoso.com"]}]', "row 1: owners is not right; expected Slack user ids"),
        ('[{"lead":["U0INGRID01"]}]', "row 1: lead is not right; expected one Slack user id."),
        ('[{"language":"de"}]', "row 1: language is not right; expected one of en, nb, et."),
        ('["C0IDENTITY"]', "row 1 is no table, for example {"),
        ("C0IDENTITY", "expected a list of tables as JSON"),
        ('{"channel":"C0IDENTITY"}', "expected a list"),
        (
            '[{"channel":"C0IDENTITY"},{"cases":["C01"]}]',
            "row 2 is never reached: row 1 takes every case",
        ),
        (
            '[{"cases":["C01"],"approvers":["U0PEER0001"]}]',
            "row 1: approvers names U0PEER0001, who is not in DIRSYNC_SLACK__APPROVERS",
        ),
    ],
)  # fmt: skip
def test_what_is_wrong_is_one_line_that_names_the_row(written: str, said: str) -> None:
    with pytest.raises(SettingsError) as told:
        load(APPROVERS | {"DIRSYNC_ROUTES": written})

    (line,) = str(told.value).splitlines()
    assert line.startswith("DIRSYNC_ROUTES")
    assert said in line


@pytest.mark.parametrize("where", ["DIRSYNC_SLACK__CHANNEL", "DIRSYNC_ROUTES"])
def test_attacks_and_other_cards_do_not_share_a_channel(where: str) -> None:
    other = "C0ATTACKS1" if where.endswith("CHANNEL") else '[{"channel":"C0ATTACKS1"}]'

    with pytest.raises(SettingsError, match="is a channel of other cards too"):
        load({where: other, "DIRSYNC_SLACK__SECURITY_CHANNEL": "C0ATTACKS1"})


def test_without_a_table_all_goes_where_it_went() -> None:
    made = plain.table_of(load(APPROVERS | {"DIRSYNC_SLACK__CHANNEL": "C0IDENTITY"}))

    assert (made.rows, made.channels(), made.rest.approvers) == ((), ("C0IDENTITY",), None)


def test_when_people_are_reminded_is_what_the_settings_say() -> None:
    given = {
        "DIRSYNC_REMINDERS__OWNER_HOURS": "1.5",
        "DIRSYNC_REMINDERS__LEAD_HOURS": "0",
        "DIRSYNC_REMINDERS__QUIET_HOURS": "22:30-06:00",
        "DIRSYNC_REMINDERS__QUIET_WEEKENDS": "false",
        "DIRSYNC_REMINDERS__ZONE": "Europe/Tallinn",
    }

    assert plain.reminders_of(load(given)) == Reminders(
        owner_after=timedelta(hours=1.5),
        lead_after=timedelta(0),
        quiet=(time(22, 30), time(6)),
        zone=ZoneInfo("Europe/Tallinn"),
    )
    assert plain.reminders_of(load({})).zone is UTC
    assert plain.reminders_of(load({"DIRSYNC_REMINDERS__QUIET_HOURS": "none"})).quiet is None


@pytest.mark.parametrize(
    ("name", "value"),
    [("QUIET_HOURS", "20-7"), ("QUIET_HOURS", "08:00-08:00"), ("ZONE", "Mars/Olympus"), ("ZONE", "../UTC")],
)  # fmt: skip
def test_hours_and_zones_that_are_none_are_refused(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=f"DIRSYNC_REMINDERS__{name} is "):
        load({f"DIRSYNC_REMINDERS__{name}": value})


@pytest.mark.parametrize(
    ("row", "warned"),
    [
        ('{"domains":["a.com"],"approvers":["U0INGRID01"]}', True),
        ('{"domains":["a.com"],"risks":["safe"],"approvers":["U0INGRID01"]}', False),
        ('{"domains":["a.com"],"approvers":["U0INGRID01","U0MART0001"]}', False),
        ('{"domains":["a.com"]}', False),
    ],
)
def test_a_row_with_one_approver_is_warned_of_for_what_takes_two(row: str, *, warned: bool) -> None:
    two = f"{APPROVERS['DIRSYNC_SLACK__APPROVERS']};U0MART0001=44444444-4444-4444-8444-444444444444"
    given = load({"DIRSYNC_SLACK__APPROVERS": two, "DIRSYNC_ROUTES": f"[{row}]"})

    assert any("row 1: approvers names one person" in line for line in warnings(given)) is warned
