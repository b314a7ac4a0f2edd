"""In: paths of signing keys as somebody set them. Out: a line that says what is wrong with one, never a traceback."""

from pathlib import Path

import pytest

from bot.errors import SettingsError
from bot.keys import own_key, private_key


def test_a_signing_key_that_is_not_there_is_told_in_one_line(tmp_path: Path) -> None:
    missing = tmp_path / "signing.pem"
    with pytest.raises(SettingsError) as told:
        private_key(missing)

    assert str(told.value) == (
        f"The signing key {missing} cannot be read: No such file or directory. "
        "Make one with: openssl genpkey -algorithm ed25519 -out signing.pem"
    )


def test_a_signing_key_that_others_can_read_is_refused(tmp_path: Path) -> None:
    own_key(tmp_path)
    (tmp_path / "signing.pem").chmod(0o644)
    with pytest.raises(SettingsError) as told:
        private_key(tmp_path / "signing.pem")

    assert "Run: chmod 600" in str(told.value)
