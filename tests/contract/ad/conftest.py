"""In: the lab's AD and a Samba AD DC.
Out: `place` (a fresh OU in one of them, for each test twice) and `lab` (a lab with its faults and counters).
Promise: one server of each kind for all tests here; what a test makes has a tag of its own in every value.
"""

from collections.abc import AsyncIterator, Iterator

import pytest

from tests.contract.ad.places import Lab, Place, running_lab
from tests.contract.ad_server.target import Target, lab_target, room_in, samba_target
from tests.servers.samba import Samba, samba

__all__ = ["samba"]


@pytest.fixture(scope="session")
def lab_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    with lab_target(tmp_path_factory.mktemp("lab-ad")) as target:
        yield target


@pytest.fixture(scope="session")
def domain_controller(samba: Samba) -> Target:
    return samba_target(samba)


@pytest.fixture(params=["lab_server", "domain_controller"], ids=["lab", "samba"])
async def place(request: pytest.FixtureRequest) -> AsyncIterator[Place]:
    target: Target = request.getfixturevalue(request.param)
    with room_in(target) as room:
        found = Place(room)
        yield found
        await found.close()


@pytest.fixture
async def lab(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Lab]:
    async with running_lab(tmp_path_factory.mktemp("own-lab")) as found:
        yield found
