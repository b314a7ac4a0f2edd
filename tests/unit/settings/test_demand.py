"""In: settings that lack something. Out: what each command demands, and the warnings.
Commands demand only what they use.
Promise: each line names a setting and says how to set it.
"""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from bot.errors import SettingsError
from bot.plain import policy_of, secrets_of, tenant_of, written_tenant_of
from bot.settings import (
    Settings,
    is_real,
    load,
    need_ad,
    need_entra,
    need_entra_writer,
    need_redis,
    need_signing,
    need_slack,
    need_writer,
    real_parts,
    warnings,
)
from tests.unit.settings.whole import INGRID, WHOLE


def without(*names: str) -> Settings:
    return load({name: value for name, value in WHOLE.items() if name not in names})


def missing(need: Callable[[Settings], object], settings: Settings) -> list[str]:
    with pytest.raises(SettingsError) as refused:
        need(settings)
    return [line.split(" is ")[0] for line in str(refused.value).splitlines()]


def test_whole_settings_satisfy_every_command() -> None:
    settings = load(WHOLE)

    assert need_ad(settings) == settings.forests
    assert need_entra(settings) == settings.entra
    assert need_slack(settings) == settings.slack
    assert need_redis(settings) == settings.redis
    assert need_writer(settings) == settings.forests


@pytest.mark.parametrize(
    ("need", "names"),
    [
        (
            need_ad,
            [
                "DIRSYNC_FORESTS__CORP__HOST",
                "DIRSYNC_FORESTS__CORP__USER",
                "DIRSYNC_FORESTS__CORP__PASSWORD",
            ],
        ),
        (
            need_entra,
            ["DIRSYNC_TENANT_ID", "DIRSYNC_ENTRA__CLIENT_ID", "DIRSYNC_ENTRA__CERTIFICATE_FILE"],
        ),
        (
            need_slack,
            [
                "DIRSYNC_SLACK__BOT_TOKEN",
                "DIRSYNC_SLACK__APP_TOKEN",
                "DIRSYNC_SLACK__CHANNEL",
                "DIRSYNC_SLACK__TEAM",
            ],
        ),
        (need_redis, ["DIRSYNC_TENANT_ID", "DIRSYNC_REDIS__URL"]),
        (need_writer, ["DIRSYNC_MODE"]),
    ],
)
def test_each_command_names_everything_it_lacks(
    need: Callable[[Settings], object], names: list[str]
) -> None:
    assert missing(need, load({})) == names


def test_a_missing_secret_says_how_to_give_it() -> None:
    with pytest.raises(SettingsError) as refused:
        need_ad(without("DIRSYNC_FORESTS__CORP__PASSWORD"))

    assert str(refused.value) == (
        "DIRSYNC_FORESTS__CORP__PASSWORD is missing: Its password. Set it, or DIRSYNC_FORESTS__CORP__PASSWORD_FILE to a file that holds it."
    )


def test_a_managed_identity_needs_neither_client_id_nor_secret() -> None:
    settings = load(
        {
            "DIRSYNC_TENANT_ID": WHOLE["DIRSYNC_TENANT_ID"],
            "DIRSYNC_ENTRA__MANAGED_IDENTITY": "true",
        }
    )

    assert need_entra(settings).managed_identity is True


@pytest.mark.parametrize(
    "name",
    [
        "DIRSYNC_FORESTS__CORP__WRITE_USER",
        "DIRSYNC_FORESTS__CORP__WRITE_PASSWORD",
        "DIRSYNC_FORESTS__CORP__ALLOWED_OUS",
    ],
)
def test_writing_needs_a_second_account_and_the_ous(name: str) -> None:
    assert missing(need_writer, without(name)) == [name]


def test_a_forest_without_any_of_the_three_is_only_read() -> None:
    second = {
        "DIRSYNC_FORESTS__EU__HOST": "dc1.eu.contoso.com",
        "DIRSYNC_FORESTS__EU__USER": "reader@eu.contoso.com",
        "DIRSYNC_FORESTS__EU__PASSWORD": "canary",
    }

    assert list(need_writer(load(WHOLE | second))) == ["corp"]
    assert missing(
        need_writer, load(WHOLE | second | {"DIRSYNC_FORESTS__EU__WRITE_USER": "w@eu"})
    ) == ["DIRSYNC_FORESTS__EU__WRITE_PASSWORD", "DIRSYNC_FORESTS__EU__ALLOWED_OUS"]


WRITES_IN_ENTRA = {"DIRSYNC_UPN_CHANGES": "true", "DIRSYNC_ENTRA_WRITER__ENABLED": "true"}
ITS_APP = {
    "DIRSYNC_ENTRA_WRITER__CLIENT_ID": "55555555-5555-4555-8555-555555555555",
    "DIRSYNC_ENTRA_WRITER__CLIENT_SECRET": "canary-writer-secret",
}


def test_nothing_is_written_to_entra_unless_somebody_says_so() -> None:
    assert need_entra_writer(load(WHOLE | ITS_APP)) is None


def test_writing_to_entra_needs_an_app_of_its_own() -> None:
    assert missing(need_entra_writer, load(WHOLE | WRITES_IN_ENTRA)) == [
        "DIRSYNC_ENTRA_WRITER__CLIENT_ID",
        "DIRSYNC_ENTRA_WRITER__CERTIFICATE_FILE",
    ]

    settings = load(WHOLE | WRITES_IN_ENTRA | ITS_APP)

    assert need_entra_writer(settings) == settings.entra_writer
    assert written_tenant_of(settings) == replace(
        tenant_of(settings),
        client_id=ITS_APP["DIRSYNC_ENTRA_WRITER__CLIENT_ID"],
        client_secret="canary-writer-secret",
    )
    assert policy_of(settings).renames_in_entra is True
    assert "canary-writer-secret" in secrets_of(settings)


def test_the_reading_app_as_the_writing_one_is_warned_of() -> None:
    same = {"DIRSYNC_ENTRA_WRITER__CLIENT_ID": WHOLE["DIRSYNC_ENTRA__CLIENT_ID"]}
    lines = warnings(load(WHOLE | WRITES_IN_ENTRA | ITS_APP | same))

    assert [line for line in lines if "is the app that reads" in line] != []
    assert not any("is the app that reads" in line for line in warnings(load(WHOLE)))


def test_split_roles_need_their_half_of_the_signing_key() -> None:
    settings = load({})

    assert need_signing(settings, "all") == settings.signing
    assert missing(lambda s: need_signing(s, "edge"), settings) == [
        "DIRSYNC_SIGNING__PRIVATE_KEY_FILE"
    ]
    assert missing(lambda s: need_signing(s, "writer"), settings) == [
        "DIRSYNC_SIGNING__PUBLIC_KEY_FILE"
    ]
    half = load({"DIRSYNC_SIGNING__PUBLIC_KEY_FILE": "/etc/key.pub"})
    assert missing(lambda s: need_signing(s, "all"), half) == ["DIRSYNC_SIGNING__PRIVATE_KEY_FILE"]


@pytest.mark.parametrize(
    ("change", "begin"),
    [
        ({"DIRSYNC_SLACK__APPROVERS": ""}, "DIRSYNC_SLACK__APPROVERS is empty: nobody may approve"),
        (
            {"DIRSYNC_SLACK__APPROVERS": f"U0INGRID01={INGRID};U0MART0001={INGRID}"},
            "DIRSYNC_SLACK__APPROVERS links two Slack users to one Entra person",
        ),
        (
            {"DIRSYNC_FORESTS__CORP__WRITE_USER": "Reader@contoso.com"},
            "DIRSYNC_FORESTS__CORP__WRITE_USER is the account that reads",
        ),
        ({"DIRSYNC_REDIS__DURABILITY": "attested"}, "DIRSYNC_REDIS__DURABILITY=attested"),
        (
            {"DIRSYNC_REDIS__URL": "redis://redis.contoso.com"},
            "DIRSYNC_REDIS__URL goes to another machine without TLS",
        ),
    ],
)
def test_what_is_doubtful_is_allowed_and_told(change: dict[str, str], begin: str) -> None:
    (line,) = warnings(load(WHOLE | change))

    assert line.startswith(begin)


# ---------------------------------------------------------------- what the demo asks


@pytest.mark.parametrize(
    "name",
    [
        "DIRSYNC_TENANT_ID",
        "DIRSYNC_ENTRA__CLIENT_SECRET",
        "DIRSYNC_SLACK__BOT_TOKEN",
        "DIRSYNC_SLACK__APP_TOKEN",
        "DIRSYNC_FORESTS__CORP__HOST",
    ],
)
def test_one_real_part_is_enough_to_be_real(name: str) -> None:
    assert real_parts({name: WHOLE[name]}) == (name,)


def test_settings_that_would_not_load_are_real_all_the_same() -> None:
    broken = {"DIRSYNC_FOO": "x", "DIRSYNC_MODE": "y", "DIRSYNC_SLACK__BOT_TOKEN": "z"}

    assert real_parts(broken) == ("DIRSYNC_SLACK__BOT_TOKEN",)


def test_a_real_tenant_in_the_settings_file_counts(tmp_path: Path) -> None:
    file = tmp_path / "triage.toml"
    file.write_text(f'tenant_id = "{WHOLE["DIRSYNC_TENANT_ID"]}"\n')

    assert real_parts({"DIRSYNC_CONFIG": str(file)}) == (f"tenant_id in {file}",)


def test_the_labs_own_settings_are_not_real() -> None:
    lab = WHOLE | {
        "DIRSYNC_ENTRA__AUTHORITY": "https://127.0.0.1:4443",
        "DIRSYNC_ENTRA__GRAPH_URL": "https://127.0.0.1:4443/v1.0",
        "DIRSYNC_SLACK__API_URL": "http://127.0.0.1:4080/api/",
        "DIRSYNC_FORESTS__CORP__HOST": "127.0.0.1",
    }

    assert is_real(lab) is False
    loaded = load(lab | {"DIRSYNC_ENTRA__CA_FILE": "/etc/lab/ca.pem"})
    assert loaded.slack.api_url == "http://127.0.0.1:4080/api/"
    assert is_real(WHOLE) is True
    assert is_real({"PATH": "/bin", "HOME": "/root", "DIRSYNC_MODE": "apply"}) is False
