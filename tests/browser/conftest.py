"""In: a module of walks. Out: one world that they share, and a person's eyes on its page.
A module that sets PAIRS has a crowd with so many pairs of people in its world (`tests.scenario.crowd`).
Promise: it fails in one sentence where a program is missing; both are gone at the end of the module.
"""

from collections.abc import Iterator

import pytest

from tests.scenario.world import World, running_world
from tests.servers.chromium import Eyes, chromium
from tests.servers.packages import MissingPackagesError


@pytest.fixture(scope="module")
def world(request: pytest.FixtureRequest) -> Iterator[World]:
    try:
        with running_world(pairs=getattr(request.module, "PAIRS", 0)) as running:
            yield running
    except MissingPackagesError as missing:
        pytest.fail(str(missing), pytrace=False)


@pytest.fixture(scope="module")
def eyes(world: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Eyes]:
    with chromium(tmp_path_factory.mktemp("walks") / "failed.png") as driver:
        driver.get(world.lab.lab.slack.page_url)
        yield Eyes(driver)
