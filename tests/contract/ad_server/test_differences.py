"""In: the table of known differences in the lab's README.
Out: whether the tests know the same ones.
Promise: no difference is tolerated without being told.
"""

import re
from pathlib import Path

import bot.lab.ad
from tests.contract.ad_server.differences import DIFFERENCES


def test_every_known_difference_is_told_and_every_told_one_is_held() -> None:
    readme = Path(bot.lab.ad.__file__).with_name("README.md").read_text(encoding="utf-8")
    told = set(re.findall(r"^\| ([a-z]+(?:-[a-z0-9]+)+) \|", readme, re.MULTILINE))

    assert told == set(DIFFERENCES)


def test_a_difference_is_one() -> None:
    assert [name for name, sides in DIFFERENCES.items() if sides["lab"] == sides["samba"]] == []
