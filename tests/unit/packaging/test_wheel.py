"""In: this working tree. Out: the wheel that would be published, looked into.
Promise: what the bot and its lab read at run time is in the wheel; tests and settings of this folder are not.
"""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def names(tmp_path_factory: pytest.TempPathFactory) -> frozenset[str]:
    folder = tmp_path_factory.mktemp("wheel")
    built = subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert built.returncode == 0, built.stderr
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        return frozenset(archive.namelist())


def test_every_module_and_every_file_beside_one_is_in_the_wheel(names: frozenset[str]) -> None:
    ours = {
        str(path.relative_to(ROOT))
        for room in ("bot", "handlers")
        for path in (ROOT / room).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }

    assert set() == ours - names


def test_nothing_else_is_in_the_wheel(names: frozenset[str]) -> None:
    rooms = {name.partition("/")[0] for name in names}

    assert {"bot", "handlers"} == {room for room in rooms if not room.endswith(".dist-info")}


def test_the_licence_and_the_command_come_along(names: frozenset[str]) -> None:
    info = {name.partition("/")[2] for name in names if ".dist-info/" in name}

    assert {"licenses/LICENSE", "entry_points.txt", "METADATA"} <= info
