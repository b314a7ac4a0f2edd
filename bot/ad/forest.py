"""In: plain values from the settings. Out: where a forest is, who we are in it, and our limits there.
One `Forest` is one domain naming context on one server; writes are pinned to `write_dc` (or `host`).
Promise: no secret shows in a repr; both accounts are told apart, and a reader never holds the other's password.
"""

import ipaddress
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Forest:
    name: str
    host: str
    port: int = 636
    base_dn: str = ""  # empty: the server's defaultNamingContext
    ca_file: str | None = None  # empty: the CAs of this machine
    tls_name: str | None = None  # the name in the certificate, when `host` is an address
    user: str
    password: str = field(repr=False)
    write_user: str | None = None
    write_password: str | None = field(default=None, repr=False)
    allowed_ous: tuple[str, ...] = ()  # empty: nothing may be written
    write_dc: str | None = None
    connect_timeout: float = 5.0
    receive_timeout: float = 15.0
    max_connections: int = 4
    page_size: int = 500

    @property
    def label(self) -> str:
        return f"AD {self.name}"

    @property
    def longest_call(self) -> float:
        """Seconds after which nobody waits for a call any longer; a lease on a write outlives it."""
        return self.connect_timeout + 4 * self.receive_timeout


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """One identity on one server of a forest: what a connection needs to be opened."""

    host: str
    tls_name: str
    user: str
    password: str = field(repr=False)


def reading(forest: Forest) -> Account:
    return Account(
        host=forest.host,
        tls_name=forest.tls_name or forest.host,
        user=forest.user,
        password=forest.password,
    )


def writing(forest: Forest) -> Account | None:
    """None: this process was given no write account for the forest."""
    if not forest.write_user or forest.write_password is None:
        return None
    dc = forest.write_dc or forest.host
    # `tls_name` speaks for `host`; another DC that is named by DNS has its own certificate
    own_name = dc != forest.host and not _is_address(dc)
    return Account(
        host=dc,
        tls_name=dc if own_name else forest.tls_name or dc,
        user=forest.write_user,
        password=forest.write_password,
    )


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
