"""In: a real Samba domain controller with an account for each role.
Out: the same Contoso and the same eight problems as in the lab's own AD.
Promise: the lab's process does it all over LDAPS; a Samba of its own, as Contoso fills it.
"""

from collections.abc import Iterator

import pytest

from tests.contract.lab.process import RunningLab, act, control, errors, running_lab
from tests.contract.lab.test_contoso import EIGHT
from tests.servers.packages import MissingPackagesError
from tests.servers.samba import Samba, add_account, running_samba

PASSWORD = "Read3r.of-the-lab"


@pytest.fixture(scope="module")
def domain() -> Iterator[Samba]:
    try:
        with running_samba() as samba:
            yield samba
    except MissingPackagesError as missing:
        pytest.fail(str(missing), pytrace=False)


@pytest.fixture(scope="module")
def lab(domain: Samba) -> Iterator[RunningLab]:
    with running_lab(*options(domain), environ=accounts(domain)) as running:
        yield running


def options(domain: Samba) -> list[str]:
    return [
        f"--ldap={domain.host}:{domain.port}",
        f"--ldap-ca={domain.ca_file}",
        f"--ldap-base={domain.base_dn}",
        f"--ldap-tls-name={domain.tls_name}",
        "--cycle-seconds=600",
        "--sweep-seconds=600",
    ]


def accounts(domain: Samba) -> dict[str, str]:
    reader = add_account(domain, "contoso-reader", PASSWORD)
    return {
        "LAB_LDAP_USER": domain.admin_upn,
        "LAB_LDAP_PASSWORD": domain.admin_password,
        "LAB_LDAP_SYNC_USER": reader,
        "LAB_LDAP_SYNC_PASSWORD": PASSWORD,
        "LAB_LDAP_READ_USER": reader,
        "LAB_LDAP_READ_PASSWORD": PASSWORD,
    }


def test_the_same_eight_problems(lab: RunningLab) -> None:
    found = errors(lab.line)  # and the one that another test here plants

    assert {each for each in found if "hanna.lepik" not in each[2]} == EIGHT


def test_the_line_names_the_outside_ad(lab: RunningLab, domain: Samba) -> None:
    ad = lab.line["ad"]

    assert (domain.host, 636, "contoso-reader@corp.contoso.com", domain.admin_upn) == (
        ad["host"],
        ad["port"],
        ad["read_user"],
        ad["write_user"],
    )


def test_a_plant_is_written_there_and_shown(lab: RunningLab) -> None:
    planted = act(lab.line, "plant", id="hanna-lepik")
    objects = control(lab.line, "/snapshot")["objects"]
    found = [each["ad"]["dn"] for each in objects if "hanna.lepik@contoso.com" in each["contested"]]

    assert planted["ok"]
    assert sorted(found) == [
        f"CN=Hanna Lepik,OU={office},OU=People,OU=Contoso,DC=corp,DC=contoso,DC=com"
        for office in ("Oslo", "Tallinn")
    ]


def test_a_contoso_that_is_there_already_is_not_overwritten(lab: RunningLab, domain: Samba) -> None:
    environ = {
        "LAB_LDAP_USER": domain.admin_upn,
        "LAB_LDAP_PASSWORD": domain.admin_password,
    }

    with (
        pytest.raises(RuntimeError, match=r"OU=Contoso,.* exists already; remove it"),
        running_lab(*options(domain), environ=environ),
    ):
        pass
    assert lab.process.poll() is None
