"""In: environments, TOML files, files with secrets. Out: settings, or the lines that say what is wrong.
Every refusal is read as a person would read it.
Promise: no line ever holds a secret, and none is a traceback of a library.
"""

import json
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import SettingsError
from bot.model import Mode
from bot.plain import languages_of
from bot.settings import NAME, describe, load, warnings
from bot.settings.names import is_setting, path_of
from tests.unit.settings.whole import INGRID, MART, TENANT, WHOLE


def said(environ: dict[str, str], *, config: Path | None = None) -> list[str]:
    try:
        load(environ, config=config)
    except SettingsError as refused:
        return str(refused).splitlines()
    return []


def problems(environ: dict[str, str], *, config: Path | None = None) -> list[str]:
    lines = said(environ, config=config)
    assert lines != []
    return lines


def secret_file(folder: Path, text: str, *, mode: int = 0o600) -> Path:
    file = folder / "secret"
    file.write_text(text)
    file.chmod(mode)
    return file


def test_without_any_setting_the_bot_only_observes() -> None:
    settings = load({})

    assert (settings.mode, settings.tenant_id, settings.upn_changes) == (Mode.OBSERVE, "", False)


def test_everything_given_is_there_and_typed() -> None:
    settings = load(WHOLE)

    corp = settings.forests["corp"]
    assert settings.tenant_id == TENANT
    assert corp.allowed_ous == ("OU=People,DC=contoso,DC=com", "OU=Groups,DC=contoso,DC=com")
    assert corp.port == 636
    assert corp.write_password.get_secret_value() == "canary-write-password"
    assert settings.slack.approvers == {"U0INGRID01": INGRID, "U0MART0001": MART}
    assert warnings(settings) == ()


def test_who_reads_which_language() -> None:
    spoken = languages_of(
        load(
            {
                "DIRSYNC_SLACK__LANGUAGE": "nb",
                "DIRSYNC_SLACK__LANGUAGES": "U0MART0001=et;U0INGRID01=en",
            }
        )
    )

    people = ("U0MART0001", "U0INGRID01", "U0KARI0001")
    assert [spoken.channel, *map(spoken.of, people)] == ["nb", "et", "en", "nb"]
    assert languages_of(load({})).of("U0MART0001") == "en"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("LANGUAGE", "de"),
        ("LANGUAGE", "Norwegian"),
        ("LANGUAGES", "U0MART0001=de"),
        ("LANGUAGES", "U0MART0001"),
        ("LANGUAGES", "mart=et"),
    ],
)
def test_a_language_that_is_not_spoken_is_refused(name: str, value: str) -> None:
    [line] = problems({f"DIRSYNC_SLACK__{name}": value})

    assert line.startswith(f"DIRSYNC_SLACK__{name}")


def test_a_mistyped_name_at_the_top_names_the_right_one() -> None:
    assert problems({"DIRSYNC_MOD": "apply"}) == [
        "DIRSYNC_MOD is not a setting; the nearest name is DIRSYNC_MODE."
    ]


def test_a_mistyped_nested_name_names_the_right_one() -> None:
    assert problems({"DIRSYNC_SLACK__CHANEL": "C0123456789"}) == [
        "DIRSYNC_SLACK__CHANEL is not a setting; the nearest name is DIRSYNC_SLACK__CHANNEL."
    ]


def test_a_single_underscore_between_group_and_name_is_seen() -> None:
    assert problems({"DIRSYNC_REDIS_URL": "redis://localhost"}) == [
        "DIRSYNC_REDIS_URL is not a setting; the nearest name is DIRSYNC_REDIS__URL."
    ]


def test_a_mistyped_name_of_a_forest_keeps_the_forests_name() -> None:
    assert problems({"DIRSYNC_FORESTS__CONTOSO__PASWORD": "canary"}) == [
        "DIRSYNC_FORESTS__CONTOSO__PASWORD is not a setting; the nearest name is DIRSYNC_FORESTS__CONTOSO__PASSWORD."
    ]


@pytest.mark.parametrize("name", ["DIRSYNC_SLACK", "DIRSYNC_FORESTS", "DIRSYNC_FORESTS__CORP"])
def test_a_group_is_not_a_setting(name: str) -> None:
    (line,) = problems({name: "{}"})

    assert line.startswith(f"{name} is not a setting; the nearest name is DIRSYNC_")


@given(st.from_regex(r"DIRSYNC_[A-Z_]{1,30}", fullmatch=True), st.text(min_size=1))
def test_any_name_is_either_a_setting_or_refused_in_one_line(name: str, value: str) -> None:
    lines = said({name: value})

    assert is_setting(path_of(name)) if not lines else [name in line for line in lines] == [True]


NAMES = st.sampled_from([row.path for row in describe()])
SCALARS = st.integers(-(2**40), 2**40) | st.booleans() | st.text("abU0;={[]}@#/:-", max_size=12)


@given(NAMES, SCALARS | st.lists(SCALARS, max_size=3) | st.dictionaries(st.just("a"), SCALARS))
def test_whatever_stands_in_a_toml_file_ends_in_settings_or_in_plain_lines(
    path: tuple[str, ...], value: object
) -> None:
    *above, last = [name.replace(NAME, "corp") for name in path]
    text = json.dumps(value).replace(
        ": ", " = "
    )  # a table in one line; all else is written as in JSON
    with tempfile.NamedTemporaryFile("w", suffix=".toml") as file:
        file.write(f"[{'.'.join(above)}]\n" if above else "")
        file.write(f"{last} = {text}\n")
        file.flush()
        lines = said({}, config=Path(file.name))

    assert [line for line in lines if last not in line.lower() or "pydantic" in line] == []


@pytest.mark.parametrize(
    ("name", "value", "line"),
    [
        (
            "DIRSYNC_MODE",
            "aply",
            'DIRSYNC_MODE is "aply"; expected one of observe, propose, apply, for example DIRSYNC_MODE=observe.',
        ),
        (
            "DIRSYNC_TIMING__POLL_SECONDS",
            "soon",
            'DIRSYNC_TIMING__POLL_SECONDS is "soon"; expected a whole number from 1 to 3600, for example DIRSYNC_TIMING__POLL_SECONDS=60.',
        ),
        (
            "DIRSYNC_CAPS__PER_HOUR",
            "21",
            'DIRSYNC_CAPS__PER_HOUR is "21"; expected a whole number from 1 to 20, for example DIRSYNC_CAPS__PER_HOUR=20.',
        ),
        (
            "DIRSYNC_UPN_CHANGES",
            "maybe",
            'DIRSYNC_UPN_CHANGES is "maybe"; expected true or false, for example DIRSYNC_UPN_CHANGES=false.',
        ),
        (
            "DIRSYNC_FORESTS__EU__PORT",
            "ldaps",
            'DIRSYNC_FORESTS__EU__PORT is "ldaps"; expected a whole number from 1 to 65535, for example DIRSYNC_FORESTS__EU__PORT=636.',
        ),
        (
            "DIRSYNC_TENANT_ID",
            "contoso.com",
            'DIRSYNC_TENANT_ID is "contoso.com"; expected a GUID (xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx), for example DIRSYNC_TENANT_ID=11111111-1111-4111-8111-111111111111.',
        ),
        (
            "DIRSYNC_SLACK__CHANNEL",
            "#ops",
            'DIRSYNC_SLACK__CHANNEL is "#ops"; expected a channel\'s id (C…), not its name, for example DIRSYNC_SLACK__CHANNEL=C0123456789.',
        ),
        (
            "DIRSYNC_SLACK__BOT_TOKEN",
            "canary-no-token",
            "DIRSYNC_SLACK__BOT_TOKEN is given (a secret, not shown); expected Slack's bot token, which begins with xoxb-, for example DIRSYNC_SLACK__BOT_TOKEN=xoxb-your-token.",
        ),
        (
            "DIRSYNC_FORESTS__CORP__HOST",
            "ldaps://dc1.contoso.com",
            'DIRSYNC_FORESTS__CORP__HOST is "ldaps://dc1.contoso.com"; expected only the name or the address of a domain controller, no URL, for example DIRSYNC_FORESTS__CORP__HOST=dc1.contoso.com.',
        ),
    ],
)
def test_a_wrong_value_is_one_plain_line(name: str, value: str, line: str) -> None:
    assert problems({name: value}) == [line]


def test_all_problems_come_at_once() -> None:
    wrong = {"DIRSYNC_MODE": "x", "DIRSYNC_FOO": "y", "DIRSYNC_TENANT_ID": "z"}

    assert len(problems(wrong)) == 3


def test_no_refusal_holds_a_secret() -> None:
    secrets = {
        name: "canary7341" for name in WHOLE if name.endswith(("PASSWORD", "TOKEN", "SECRET"))
    }
    wrong = secrets | {"DIRSYNC_REDIS__URL": "http://u:canary7341@redis", "DIRSYNC_MODE": "x"}
    wrong |= {
        "DIRSYNC_FORESTS__CORP__PASWORD": "canary7341",
        "DIRSYNC_SLACK__API_URL": "http://u:canary7341@x.com",
    }

    text = "\n".join(problems(wrong))

    assert "canary7341" not in text
    assert "DIRSYNC_REDIS__URL is given (a secret, not shown)" in text


def test_a_loaded_tree_never_shows_a_secret() -> None:
    assert "canary" not in repr(load(WHOLE))


@pytest.mark.parametrize(
    ("approvers", "why"),
    [
        ("U0INGRID01=ingrid@contoso.com", "expected the object id"),
        ("U0INGRID01=ingrid_fabrikam.com#EXT#@contoso.onmicrosoft.com", "sign-in name of a guest"),
        ("U0INGRID01=00000000-0000-0000-0000-000000000000", "not all zeros"),
        ("U0INGRID01=123", "expected a GUID"),
        ("U0INGRID01", "U0INGRID01 has none"),
        (f"ingrid={INGRID}", "expected Slack user ids"),
        (f"U0INGRID01={INGRID};U0INGRID01={MART}", "each Slack user id once"),
        ('{"U0INGRID01": ', "expected valid JSON"),
    ],
)
def test_an_approver_is_a_slack_id_with_the_object_id_of_a_member(approvers: str, why: str) -> None:
    (line,) = problems({"DIRSYNC_SLACK__APPROVERS": approvers})

    assert why in line


@pytest.mark.parametrize(
    "written",
    [
        {"DIRSYNC_SLACK__APPROVERS": f"U0INGRID01={INGRID}; U0MART0001={MART}"},
        {"DIRSYNC_SLACK__APPROVERS": f'{{"U0INGRID01": "{INGRID}", "U0MART0001": "{MART}"}}'},
        {
            "DIRSYNC_SLACK__APPROVERS__U0INGRID01": INGRID.upper(),
            "DIRSYNC_SLACK__APPROVERS__U0MART0001": MART,
        },
        {
            "DIRSYNC_SLACK__APPROVERS": f"U0INGRID01={INGRID}",
            "DIRSYNC_SLACK__APPROVERS__U0MART0001": MART,
        },
    ],
)
def test_approvers_can_be_written_in_several_ways(written: dict[str, str]) -> None:
    assert load(written).slack.approvers == {"U0INGRID01": INGRID, "U0MART0001": MART}


def test_readers_may_be_bare_slack_ids() -> None:
    readers = load({"DIRSYNC_SLACK__READERS": "U0KARI0001;U0MART0001"}).slack.readers

    assert readers == {"U0KARI0001": "", "U0MART0001": ""}


@pytest.mark.parametrize(
    ("authority", "graph"),
    [
        ("https://login.microsoftonline.us", "https://graph.microsoft.us/v1.0"),
        ("https://login.microsoftonline.us", "https://dod-graph.microsoft.us/v1.0"),
        ("https://login.chinacloudapi.cn/", "https://microsoftgraph.chinacloudapi.cn/v1.0/"),
        ("https://127.0.0.1:8443", "https://localhost:8443/v1.0"),
    ],
)
def test_known_clouds_and_loopback_are_accepted(authority: str, graph: str) -> None:
    entra = load({"DIRSYNC_ENTRA__AUTHORITY": authority, "DIRSYNC_ENTRA__GRAPH_URL": graph}).entra

    assert (entra.authority, entra.graph_url) == (authority.rstrip("/"), graph.rstrip("/"))


@pytest.mark.parametrize(
    ("name", "url"),
    [
        ("DIRSYNC_ENTRA__AUTHORITY", "https://login.evil.example"),
        ("DIRSYNC_ENTRA__GRAPH_URL", "https://graph.microsoft.com.evil.example/v1.0"),
        ("DIRSYNC_ENTRA__GRAPH_URL", "https://127.0.0.1.evil.example/v1.0"),
        ("DIRSYNC_SLACK__API_URL", "https://localhost@evil.example/api/"),
        ("DIRSYNC_SLACK__API_URL", "https://slack.com.evil.example/api/"),
    ],
)
def test_tokens_are_not_sent_to_another_address(name: str, url: str) -> None:
    (line,) = problems({name: url})

    assert line.startswith(f"{name} is ")
    assert "loopback address" in line


def test_authority_and_graph_of_different_clouds_are_refused() -> None:
    assert problems({"DIRSYNC_ENTRA__AUTHORITY": "https://login.microsoftonline.us"}) == [
        "DIRSYNC_ENTRA__AUTHORITY and DIRSYNC_ENTRA__GRAPH_URL belong to different clouds; set both, or neither."
    ]


def test_two_ways_to_sign_in_are_refused() -> None:
    both = WHOLE | {"DIRSYNC_ENTRA__MANAGED_IDENTITY": "true"}

    assert problems(both) == [
        "DIRSYNC_ENTRA__CLIENT_SECRET and DIRSYNC_ENTRA__MANAGED_IDENTITY are both set; keep one way to sign in."
    ]


def test_a_ca_for_the_real_entra_is_refused() -> None:
    (line,) = problems({"DIRSYNC_ENTRA__CA_FILE": "/tmp/ca.pem"})  # noqa: S108  never opened

    assert line.startswith("DIRSYNC_ENTRA__CA_FILE is only for an Entra on a loopback address")


def test_an_allowed_ou_outside_the_base_is_refused() -> None:
    (line,) = problems(
        WHOLE | {"DIRSYNC_FORESTS__CORP__ALLOWED_OUS": "OU=People,DC=fabrikam,DC=com"}
    )

    assert line == (
        "DIRSYNC_FORESTS__CORP__ALLOWED_OUS holds OU=People,DC=fabrikam,DC=com, which is not below DC=contoso,DC=com; correct it or BASE_DN."
    )


def test_a_forests_name_is_a_plain_word() -> None:
    (line,) = problems({"DIRSYNC_FORESTS__A B__HOST": "dc1"})

    assert "expected names of forests made of a to z, 0 to 9 and -" in line


# ---------------------------------------------------------------- files


def test_a_secret_comes_from_a_file_less_one_newline(tmp_path: Path) -> None:
    file = secret_file(tmp_path, " two lines\nand blanks \n")

    settings = load({"DIRSYNC_REDIS__PASSWORD_FILE": str(file)})

    assert settings.redis.password.get_secret_value() == " two lines\nand blanks "
    assert warnings(settings) == ()


def test_a_secret_everybody_can_read_is_taken_with_a_warning(tmp_path: Path) -> None:
    file = secret_file(tmp_path, "canary", mode=0o644)

    settings = load({"DIRSYNC_FORESTS__CORP__PASSWORD_FILE": str(file)})

    assert settings.forests["corp"].password.get_secret_value() == "canary"
    assert warnings(settings) == (
        f"DIRSYNC_FORESTS__CORP__PASSWORD_FILE names {file}, which can be read by every user of this machine: chmod o= {file}",
    )


def test_a_missing_or_empty_secret_file_is_one_line(tmp_path: Path) -> None:
    empty = secret_file(tmp_path, "\n")
    gone = tmp_path / "gone"

    lines = problems(
        {"DIRSYNC_REDIS__PASSWORD_FILE": str(gone), "DIRSYNC_SLACK__BOT_TOKEN_FILE": str(empty)}
    )

    assert lines == [
        f"DIRSYNC_REDIS__PASSWORD_FILE names {gone}, which cannot be read: No such file or directory.",
        f"DIRSYNC_SLACK__BOT_TOKEN_FILE names {empty}, which is empty.",
    ]


def test_a_file_name_that_cannot_exist_is_one_line() -> None:
    (line,) = problems({"DIRSYNC_REDIS__PASSWORD_FILE": "a\0b"})

    assert line.endswith("which cannot be read: embedded null byte.")


def test_a_secret_given_twice_is_refused(tmp_path: Path) -> None:
    file = secret_file(tmp_path, "canary")

    assert problems(
        {"DIRSYNC_REDIS__PASSWORD": "other", "DIRSYNC_REDIS__PASSWORD_FILE": str(file)}
    ) == ["DIRSYNC_REDIS__PASSWORD and DIRSYNC_REDIS__PASSWORD_FILE are both set; keep one."]


def test_only_secrets_have_a_file_twin() -> None:
    (line,) = problems({"DIRSYNC_SLACK__CHANNEL_FILE": "/etc/channel"})

    assert line.startswith("DIRSYNC_SLACK__CHANNEL_FILE is not a setting")


def test_a_key_file_is_a_setting_of_its_own() -> None:
    signing = load({"DIRSYNC_SIGNING__PRIVATE_KEY_FILE": "/etc/key.pem"}).signing

    assert signing.private_key_file == Path("/etc/key.pem")


def test_credentials_of_systemd_and_secrets_of_docker_are_found_by_name(tmp_path: Path) -> None:
    systemd, docker = tmp_path / "systemd", tmp_path / "docker"
    for folder, name, text in (
        (systemd, "dirsync_slack__bot_token", "xoxb-systemd\n"),
        (docker, "dirsync_redis__password", "from-docker"),
        (docker, "somebody_elses", "ignored"),
    ):
        folder.mkdir(exist_ok=True)
        (folder / name).write_text(text)

    settings = load(
        {"CREDENTIALS_DIRECTORY": str(systemd)}
        | {"DIRSYNC_SLACK__APPROVERS": f"U0MART0001={MART}"},
        docker_secrets=docker,
    )

    assert settings.slack.bot_token.get_secret_value() == "xoxb-systemd"
    assert settings.redis.password.get_secret_value() == "from-docker"
    assert warnings(settings) == ()


def test_a_misnamed_credential_is_refused(tmp_path: Path) -> None:
    (tmp_path / "dirsync_slack__bot_tokn").write_text("xoxb-canary")

    assert problems({"CREDENTIALS_DIRECTORY": str(tmp_path)}) == [
        f"{tmp_path}/dirsync_slack__bot_tokn is not named like a setting; the nearest name is dirsync_slack__bot_token."
    ]


def test_a_toml_file_is_read_and_the_environment_wins(tmp_path: Path) -> None:
    file = tmp_path / "triage.toml"
    file.write_text(
        'mode = "propose"\n[slack]\nchannel = "C0TOML0000"\nteam = "T0TOML0000"\n'
        f'approvers = {{ U0INGRID01 = "{INGRID}" }}\n'
        '[forests.corp]\nhost = "dc1.contoso.com"\nport = 3269\n'
        'allowed_ous = ["OU=People,DC=contoso,DC=com"]\n'
    )

    settings = load({"DIRSYNC_CONFIG": str(file), "DIRSYNC_SLACK__CHANNEL": "C0ENVIRON0"})

    assert settings.mode is Mode.PROPOSE
    assert (settings.slack.channel, settings.slack.team) == ("C0ENVIRON0", "T0TOML0000")
    assert settings.slack.approvers == {"U0INGRID01": INGRID}
    assert settings.forests["corp"].port == 3269
    assert settings.forests["corp"].allowed_ous == ("OU=People,DC=contoso,DC=com",)


def test_a_secret_named_in_toml_comes_from_its_file(tmp_path: Path) -> None:
    secret = secret_file(tmp_path, "xoxb-from-file\n")
    file = tmp_path / "triage.toml"
    file.write_text(f'[slack]\nbot_token_file = "{secret}"\n')

    assert load({}, config=file).slack.bot_token.get_secret_value() == "xoxb-from-file"


def test_problems_in_toml_are_named_as_written_there(tmp_path: Path) -> None:
    file = tmp_path / "triage.toml"
    file.write_text('[slack]\nchanel = "C0"\n[timing]\npoll_seconds = "soon"\n')

    assert problems({}, config=file) == [
        f"slack.chanel in {file} is not a setting; the nearest name is slack.channel.",
        f'timing.poll_seconds in {file} is "soon"; expected a whole number from 1 to 3600, for example DIRSYNC_TIMING__POLL_SECONDS=60.',
    ]


def test_a_toml_file_that_is_not_there_or_not_toml_is_one_line(tmp_path: Path) -> None:
    broken = tmp_path / "broken.toml"
    broken.write_text('[slack\nbot_token = "xoxb-canary"')

    (gone,) = problems({}, config=tmp_path / "gone.toml")
    (wrong,) = problems({}, config=broken)

    assert gone.endswith(
        "cannot be read: No such file or directory. Correct DIRSYNC_CONFIG or --config."
    )
    assert wrong.startswith(f"The settings file {broken} is not valid TOML: ")
    assert "canary" not in wrong


def test_entra_is_not_written_to_without_leave_to_change_sign_in_names() -> None:
    (line,) = problems({"DIRSYNC_ENTRA_WRITER__ENABLED": "true"})

    assert line.startswith("DIRSYNC_ENTRA_WRITER__ENABLED is true, but DIRSYNC_UPN_CHANGES is not")


def test_the_writing_app_signs_in_one_way_only() -> None:
    (line,) = problems(
        {
            "DIRSYNC_ENTRA_WRITER__CLIENT_SECRET": "canary",
            "DIRSYNC_ENTRA_WRITER__MANAGED_IDENTITY": "true",
        }
    )

    assert line == (
        "DIRSYNC_ENTRA_WRITER__CLIENT_SECRET and DIRSYNC_ENTRA_WRITER__MANAGED_IDENTITY are both set; keep one way to sign in."
    )
