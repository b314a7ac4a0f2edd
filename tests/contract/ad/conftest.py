"""In: one of the two servers. Out: `place` (a fresh OU there) and `lab` (a lab with its faults and counters).
Promise: what a test makes has a tag of its own in every value.
"""

from collections.abc import AsyncIterator

import pytest

from tests.contract.ad.places import Lab, Place, running_lab
from tests.contract.ad_server.target import Client, Target, room_in


@pytest.fixture
async def place(target: Target, admin: Client) -> AsyncIterator[Place]:
    found = Place(room_in(target, admin))
    yield found
    await found.close()


@pytest.fixture
async def lab(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Lab]:
    async with running_lab(tmp_path_factory.mktemp("own-lab")) as found:
        yield found
