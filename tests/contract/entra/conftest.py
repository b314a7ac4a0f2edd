"""In: pytest. Out: one set of certificates for the whole run.
Making keys is the slow part of starting a server.
Promise: they lie in pytest's own temporary folder.
"""

import pytest

from bot.lab.certs import Certificates, make_certificates


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return make_certificates(tmp_path_factory.mktemp("certificates"))
