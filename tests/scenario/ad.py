"""In: where a domain controller is, as the lab's line says it. Out: what it holds, and changes made behind the bot's back.
Read and written by OpenLDAP's own programs over LDAPS, so that no code of ours answers for what is true.
Promise: a value comes back as it is stored, whatever characters are in it.
"""

import base64
import os
import subprocess
from collections.abc import Mapping
from typing import Any

from tests.servers.packages import ensure_packages, find

PROGRAMS = {"ldapsearch": "ldap-utils", "ldapmodify": "ldap-utils"}
SECONDS = 20
Json = Mapping[str, Any]


def values(ad: Json, dn: str, attribute: str = "proxyAddresses") -> list[str]:
    """The values of one attribute of one object, sorted."""
    return sorted(_search(ad, dn, "base", "(objectClass=*)", attribute))


def holders(ad: Json, address: str) -> list[str]:
    """The DN of everybody who lists the address, in whatever letter case of its prefix."""
    return sorted(_search(ad, ad["base_dn"], "sub", f"(proxyAddresses=smtp:{address})", "dn"))


def _search(ad: Json, base: str, scope: str, wanted: str, attribute: str) -> list[str]:
    # one attribute a line, unfolded; `::` means base64
    how = ["-LLL", "-o", "ldif-wrap=no", "-s", scope, "-b", base, wanted]
    shown = "1.1" if attribute == "dn" else attribute
    found = []
    for line in _run("ldapsearch", ad, "read", [*how, shown]).splitlines():
        name, _, value = line.partition(":")
        if name.lower() == attribute.lower():
            coded = value.startswith(":")
            text = value.lstrip(": ")
            found.append(base64.b64decode(text).decode() if coded else text)
    return found


def add(ad: Json, dn: str, value: str, attribute: str = "proxyAddresses") -> None:
    """As somebody does it by hand, with the account that may."""
    _modify(ad, dn, "add", attribute, value)


def remove(ad: Json, dn: str, value: str, attribute: str = "proxyAddresses") -> None:
    _modify(ad, dn, "delete", attribute, value)


def replace(ad: Json, dn: str, value: str, attribute: str) -> None:
    _modify(ad, dn, "replace", attribute, value)


def _modify(ad: Json, dn: str, how: str, attribute: str, value: str) -> None:
    lines = [f"dn:: {_coded(dn)}", "changetype: modify"]
    lines += [f"{how}: {attribute}", f"{attribute}:: {_coded(value)}", "-", ""]
    _run("ldapmodify", ad, "write", [], "\n".join(lines))


def _coded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def _run(program: str, ad: Json, role: str, arguments: list[str], given: str = "") -> str:
    ensure_packages(PROGRAMS)
    who = ["-x", "-H", f"ldaps://{ad['host']}:{ad['port']}"]
    who += ["-D", ad[f"{role}_user"], "-w", ad[f"{role}_password"]]
    done = subprocess.run(
        [find(program) or program, *who, *arguments],
        input=given,
        env={**os.environ, "LDAPTLS_CACERT": str(ad["ca_file"])},
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert done.returncode == 0, f"{program}: {done.stderr}"
    return done.stdout
