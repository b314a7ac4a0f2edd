"""In: the lab's AD and a Samba AD DC.
Out: `target` (one of them) and `room` (a fresh OU there), for each test twice.
Promise: one server of each kind for all tests of this folder.
"""

from collections.abc import Iterator
from contextlib import suppress

import pytest
from ldap3.core.exceptions import LDAPException

from tests.contract.ad_server.target import Client, Room, Target, lab_target, room_in, samba_target
from tests.servers.samba import Samba, samba

__all__ = ["samba"]


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    with lab_target(tmp_path_factory.mktemp("lab-ad")) as target:
        yield target


@pytest.fixture(scope="session")
def domain_controller(samba: Samba) -> Target:
    return samba_target(samba)


@pytest.fixture(params=["lab", "samba"])
def target(request: pytest.FixtureRequest) -> Target:
    name = {"lab": "lab", "samba": "domain_controller"}[request.param]
    found: Target = request.getfixturevalue(name)
    return found


@pytest.fixture(scope="session")
def admins() -> Iterator[dict[str, Client]]:
    """One administrator's connection to each server, for all tests: a handshake costs most."""
    connections: dict[str, Client] = {}
    yield connections
    for connection in connections.values():
        with suppress(LDAPException):  # its server may be gone before it
            connection.unbind()


@pytest.fixture
def room(target: Target, admins: dict[str, Client]) -> Room:
    if target.kind not in admins:
        admins[target.kind] = target.bound()
    return room_in(target, admins[target.kind])


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """On Python 3.11 ldap3 checks the host's name with a function that is deprecated there."""
    for item in items:
        if "contract/ad_server" in item.nodeid:
            item.add_marker(
                pytest.mark.filterwarnings("ignore:ssl.match_hostname:DeprecationWarning")
            )
