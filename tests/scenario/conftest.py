"""In: the whole run. Out: one world that its tests share.
Promise: it fails in one sentence where a program is missing; it is gone at the end.
"""

from collections.abc import Iterator

import pytest

from tests.scenario.world import World, running_world
from tests.servers.packages import MissingPackagesError


@pytest.fixture(scope="session")
def world() -> Iterator[World]:
    try:
        with running_world() as running:
            yield running
    except MissingPackagesError as missing:
        pytest.fail(str(missing), pytrace=False)
