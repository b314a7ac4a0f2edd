"""In: the lab's AD and a Samba AD DC. Out: one of each for all contract tests, and an administrator on both.
Promise: what a test makes has an OU and a tag of its own, so that they can share the servers.
"""

from collections.abc import Iterator
from contextlib import suppress

import pytest
from ldap3.core.exceptions import LDAPException

from tests.contract.ad_server.target import Client, Target, lab_target, samba_target
from tests.servers.samba import Samba


@pytest.fixture(scope="session")
def lab_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    with lab_target(tmp_path_factory.mktemp("lab-ad")) as target:
        yield target


@pytest.fixture(scope="session")
def domain_controller(samba: Samba) -> Target:
    return samba_target(samba)


@pytest.fixture(params=["lab_server", "domain_controller"], ids=["lab", "samba"])
def target(request: pytest.FixtureRequest) -> Target:
    found: Target = request.getfixturevalue(request.param)
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
def admin(target: Target, admins: dict[str, Client]) -> Client:
    if target.kind not in admins:
        admins[target.kind] = target.bound()
    return admins[target.kind]
