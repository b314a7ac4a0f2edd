"""In: pyproject.toml and the two locks. Out: whether they belong together.
Promise: each dependency is locked with hashes, within its bounds, and no address of a registry is written down.
"""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[3]
LOCKS = ("requirements.txt", "requirements-dev.txt")


def project() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text())


def locked(name: str) -> dict[str, str]:
    pairs = re.findall(r"^([A-Za-z0-9._-]+)==([^\s;]+)", (ROOT / name).read_text(), re.MULTILINE)
    return {each.lower().replace("_", "-"): version for each, version in pairs}


@pytest.mark.parametrize("lock", LOCKS)
def test_every_dependency_is_locked_within_its_bounds(lock: str) -> None:
    wanted = [Requirement(text) for text in project()["project"]["dependencies"]]
    if lock == "requirements-dev.txt":
        wanted += [Requirement(text) for text in project()["dependency-groups"]["dev"]]
    versions = locked(lock)

    unfit = [
        str(each)
        for each in wanted
        if not each.specifier.contains(versions.get(each.name.lower(), "0"), prereleases=True)
        or each.name.lower() not in versions
    ]

    assert unfit == []


def test_both_locks_name_the_same_versions() -> None:
    run, dev = (locked(name) for name in LOCKS)

    assert run == {name: dev.get(name) for name in run}


@pytest.mark.parametrize("lock", LOCKS)
def test_every_line_has_a_hash_and_none_has_an_address(lock: str) -> None:
    text = (ROOT / lock).read_text()
    entries = re.split(r"^(?=[A-Za-z0-9])", text, flags=re.MULTILINE)[1:]

    assert [e.partition("\n")[0] for e in entries if "--hash=sha256:" not in e] == []
    assert None is re.search(r"https?://|--index|--find-links|--trusted", text)
