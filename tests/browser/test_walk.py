"""In: `dirsync-triage demo`, and the address that it prints.
Out: a person in a real browser reads a card, approves it, sees it turn green, asks a question; a guest is refused.
Promise: at the end a client that is not ours reads exactly the approved values from AD.
"""

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from selenium.webdriver.common.keys import Keys

from tests.contract.lab.process import family
from tests.scenario import ad
from tests.servers.chromium import Eyes, chromium
from tests.servers.packages import MissingPackagesError

Json = dict[str, Any]
SECONDS = 30
PASSWORD = "DIRSYNC_FORESTS__CORP__PASSWORD"
CARD = '[data-testid="message"]'
ACCOUNT = "CN=John Doe (svc),OU=Service Accounts,OU=People,OU=Contoso,DC=corp,DC=contoso,DC=com"
PERSON = "CN=John Doe,OU=Oslo,OU=People,OU=Contoso,DC=corp,DC=contoso,DC=com"


@contextmanager
def demo(folder: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The process and the address that it prints. It ends as on Ctrl-C, with exit code 0."""
    process = subprocess.Popen(
        [sys.executable, "-m", "bot", "demo"],
        env={"PATH": os.environ["PATH"], "HOME": str(folder), "TMPDIR": str(folder)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        assert process.stdout is not None
        address = None
        said = []
        for line in process.stdout:
            said.append(line)
            if address := re.search(r"http://127\.0\.0\.1:\d+/\?token=\S+", line):
                break
        assert address is not None, "".join(said)
        yield process, address[0]
    finally:
        process.terminate()
        process.communicate(timeout=SECONDS)
    assert process.returncode == 0
    assert list(folder.iterdir()) == []


def domain_controller(process: subprocess.Popen[str]) -> Json:
    """As the bot was told of it."""
    for pid in family(process.pid):
        if b"bot\0run" in Path(f"/proc/{pid}/cmdline").read_bytes():
            pairs = Path(f"/proc/{pid}/environ").read_bytes().decode().split("\0")
            settings = dict(pair.split("=", 1) for pair in pairs if pair)
            told = {name.rpartition("__")[2].lower(): v for name, v in settings.items()}
            return told | {"read_user": told["user"], "read_password": settings[PASSWORD]}
    raise AssertionError("the demo runs no bot")


def card_of(eyes: Eyes, address: str) -> str:
    """The card about an address, as a selector that stays right when the card is drawn anew."""
    stamp = eyes.see(CARD, f"Two people list {address}").get_attribute("data-ts")
    return f'{CARD}[data-ts="{stamp}"]'


def say(eyes: Eyes, text: str) -> None:
    eyes.see('[data-testid="compose"]').send_keys(text, Keys.ENTER)


def become(eyes: Eyes, user: str) -> None:
    choose = "arguments[0].value = arguments[1]; arguments[0].dispatchEvent(new Event('change'))"
    eyes.driver.execute_script(choose, eyes.see('[data-testid="who"]'), user)


def approve(eyes: Eyes, card: str) -> None:
    eyes.press(f'{card} [data-action-id="fix_approve"]')
    eyes.see('[data-testid="confirm-dialog"]', "Both directories are read again first")
    eyes.press('[data-testid="confirm-ok"]')


def hurry(eyes: Eyes) -> None:
    """The buttons behind the scenes, instead of waiting for the next cycle and the next sweep."""
    eyes.press('[data-testid="console-cycle"]')
    eyes.see("#toasts", "Synchronized")
    eyes.press('[data-testid="console-sweep"]')
    eyes.see("#toasts", "Swept")


def test_a_person_approves_and_sees_it_verified(tmp_path: Path) -> None:
    folder = Path(tempfile.mkdtemp(prefix="home-", dir=tmp_path))
    try:
        with demo(folder) as (process, address), chromium(tmp_path / "failed.png") as driver:
            eyes = Eyes(driver)
            driver.get(address)
            card = card_of(eyes, "john@contoso.com")
            read = eyes.read(card)
            where = domain_controller(process)
            before = ad.values(where, ACCOUNT), ad.values(where, PERSON)

            become(eyes, "U0SAM00001")
            approve(eyes, card)
            refused = eyes.read(".message.ephemeral", "Guests of this workspace")
            untouched = ad.values(where, ACCOUNT)

            become(eyes, "U0INGRID01")
            eyes.gone(".message.ephemeral")
            approve(eyes, card)
            say(eyes, "/whohas SMTP:john@contoso.com")
            answer = eyes.read(".message.ephemeral", "john@contoso.com")
            eyes.see(card, "Written")
            hurry(eyes)
            green = eyes.read(card, "Fixed and verified")
            after = ad.values(where, ACCOUNT), ad.values(where, PERSON)
            complaints = eyes.complaints()
    except MissingPackagesError as missing:
        pytest.fail(str(missing), pytrace=False)

    assert "Waiting for an approval" in read
    assert "- smtp:john@contoso.com" in read
    assert ACCOUNT in read
    assert "Guests of this workspace cannot ask or approve" in refused
    assert "John Doe" in answer
    assert "Entra is clean" in green
    assert before == (
        ["SMTP:svc-john@contoso.com", "smtp:john@contoso.com"],
        ["SMTP:john@contoso.com", "smtp:john.doe@contoso.com"],
    )
    assert untouched == before[0]
    assert after == (["SMTP:svc-john@contoso.com"], before[1])
    assert complaints == []
