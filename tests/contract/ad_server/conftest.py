"""In: one of the two servers. Out: `room`, a fresh OU there.
Promise: each test has its own, so that none can see what another made.
"""

import pytest

from tests.contract.ad_server.target import Client, Room, Target, room_in


@pytest.fixture
def room(target: Target, admin: Client) -> Room:
    return room_in(target, admin)
