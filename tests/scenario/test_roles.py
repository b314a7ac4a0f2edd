"""In: the lab, and three processes of the bot, each with the secrets of its role and no others.
Out: an approval that goes from the edge through the brain to the writer, and is verified.
Promise: no role needs what another one holds; without the edge's signature the writer writes nothing.
"""

import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.scenario import ad
from tests.servers.bot import Bot, bot_of
from tests.servers.lab import Hands, running_lab, until
from tests.servers.packages import ensure_packages

VALUE = "john@contoso.com"
LOSER = "CN=John Doe (svc),OU=Service Accounts,OU=People,OU=Contoso"
DIRECTORIES = ("DIRSYNC_FORESTS__", "DIRSYNC_ENTRA__", "DIRSYNC_ENTRA_WRITER__")
SLACK_SECRETS = ("DIRSYNC_SLACK__BOT_TOKEN", "DIRSYNC_SLACK__APP_TOKEN")
WRITING_APP = ("DIRSYNC_ENTRA_WRITER__CLIENT_ID", "DIRSYNC_ENTRA_WRITER__CLIENT_SECRET")
WRITE = ("__WRITE_USER", "__WRITE_PASSWORD", "__ALLOWED_OUS")


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    """A key pair as the settings tell an administrator to make it."""
    ensure_packages({"openssl": "openssl"})
    private, public = tmp_path / "signing.pem", tmp_path / "signing.pub"
    subprocess.run(
        ["openssl", "genpkey", "-algorithm", "ed25519", "-out", private], check=True, timeout=20
    )
    private.chmod(0o600)
    subprocess.run(
        ["openssl", "pkey", "-in", private, "-pubout", "-out", public], check=True, timeout=20
    )
    return tmp_path


@pytest.fixture
def hands() -> Iterator[Hands]:
    with running_lab("--cycle-seconds", "4", "--sweep-seconds", "6") as lab:
        yield Hands(lab.line)


def own(bot: Bot, role: str, keys: Path) -> Bot:
    """Only what the role is given in an installation with three processes."""

    def kept(name: str) -> bool:
        if role == "edge":
            return not name.startswith(DIRECTORIES)
        if role == "brain":
            return not (
                name.startswith("DIRSYNC_SLACK__") or name.endswith(WRITE) or name in WRITING_APP
            )
        return name not in SLACK_SECRETS

    bot.settings = {name: value for name, value in bot.settings.items() if kept(name)}
    if role == "edge":
        bot.settings["DIRSYNC_SIGNING__PRIVATE_KEY_FILE"] = str(keys / "signing.pem")
    if role == "writer":
        bot.settings["DIRSYNC_SIGNING__PUBLIC_KEY_FILE"] = str(keys / "signing.pub")
    bot.role = role
    return bot


def proxies(hands: Hands) -> list[str]:
    return ad.values(hands.line["ad"], f"{LOSER},{hands.line['ad']['base_dn']}")


def test_three_processes_with_their_own_secrets_only(hands: Hands, keys: Path) -> None:
    with ExitStack() as stack:
        for role in ("edge", "brain", "writer"):
            own(stack.enter_context(bot_of(hands.line)), role, keys).start()
        card = hands.until_state(VALUE, "pending")
        hands.click("ingrid", card, "fix_approve")
        hands.until_state(VALUE, "verified")
        hands.say("kari", f"/whohas {VALUE}")
        answer = until(lambda: hands.whispers("kari"), "an answer for Kari")

    assert "John Doe" in answer[-1]
    assert proxies(hands) == ["SMTP:svc-john@contoso.com"]


def test_a_writer_with_another_key_writes_nothing(
    hands: Hands, keys: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    other = tmp_path_factory.mktemp("other")
    subprocess.run(
        ["openssl", "genpkey", "-algorithm", "ed25519", "-out", other / "signing.pem"],
        check=True,
        timeout=20,
    )
    subprocess.run(
        ["openssl", "pkey", "-in", other / "signing.pem", "-pubout", "-out", keys / "signing.pub"],
        check=True,
        timeout=20,
    )
    with ExitStack() as stack:
        for role in ("edge", "brain", "writer"):
            own(stack.enter_context(bot_of(hands.line)), role, keys).start()
        card = hands.until_state(VALUE, "pending")
        hands.click("ingrid", card, "fix_approve")
        hands.until_state(VALUE, "refused")

    assert proxies(hands) == ["SMTP:svc-john@contoso.com", "smtp:john@contoso.com"]
