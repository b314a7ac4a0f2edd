"""In: questions asked by OpenLDAP's own client.
Out: what it prints.
Promise: the wire format is LDAP's, not one client's reading of it.
"""

import os
import subprocess

from tests.contract.ad_server.target import Room
from tests.servers.packages import ensure_packages


def ldapsearch(room: Room, *arguments: str, password: str = "") -> tuple[int, list[str]]:
    ensure_packages({"ldapsearch": "ldap-utils"})
    target = room.target
    done = subprocess.run(
        [
            *("ldapsearch", "-x", "-LLL", "-o", "ldif-wrap=no", "-o", "nettimeout=20"),
            *("-H", f"ldaps://{target.host}:{target.port}", "-D", target.admin),
            *("-w", password or target.password, *arguments),
        ],
        env={**os.environ, "LDAPTLS_CACERT": str(target.ca_file), "LDAPTLS_REQCERT": "demand"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done.returncode, [line for line in done.stdout.splitlines() if line]


def test_reads_an_object(room: Room) -> None:
    ann = room.add("ann", proxyAddresses=["smtp:ann@contoso.com"])
    wanted = "(proxyAddresses=SMTP:ANN@contoso.com)"

    assert ldapsearch(room, "-b", room.ou, wanted, "proxyAddresses") == (
        0,
        [f"dn: {ann}", "proxyAddresses: smtp:ann@contoso.com"],
    )


def test_pages(room: Room) -> None:
    for number in range(5):
        room.add(f"c{number}", "contact")
    code, lines = ldapsearch(
        room, "-E", "pr=2/noprompt", "-b", room.ou, "(objectClass=contact)", "1.1"
    )

    assert (code, sum(line.startswith("dn: ") for line in lines)) == (0, 5)


def test_wrong_password(room: Room) -> None:
    assert ldapsearch(room, "-b", room.ou, password="wrong") == (49, [])


def test_absent_base(room: Room) -> None:
    assert ldapsearch(room, "-b", f"OU=absent,{room.ou}")[0] == 32


def test_certificate_is_checked_against_the_authority(room: Room) -> None:
    refused = subprocess.run(
        [
            "ldapsearch",
            "-x",
            "-H",
            f"ldaps://{room.target.host}:{room.target.port}",
            "-s",
            "base",
            "-b",
            "",
        ],
        env={**os.environ, "LDAPTLS_CACERT": os.devnull, "LDAPTLS_REQCERT": "demand"},
        capture_output=True,
        timeout=60,
        check=False,
    )

    assert refused.returncode == 255
