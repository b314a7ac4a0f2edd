"""In: a forest and an account. Out: one bound LDAPS connection, or one of our errors.
The certificate is checked by Python's own ssl, for names and for addresses; ldap3's own check knows no addresses.
Promise: verified TLS or nothing, every wait bounded, no referral followed. Blocking: call it in a thread.
"""

import math
import ssl
from typing import Any

import ldap3
from ldap3.core.exceptions import LDAPException

from bot.ad.forest import Account, Forest
from bot.ad.trouble import bind_refused, lost, untrusted
from bot.errors import Refused


class VerifiedTls(ldap3.Tls):
    """ldap3 offers no other way to give it a socket that Python has verified.

    On Python 3.12 and later ldap3 compares host names with a backport that has no IP addresses, and so refuses
    a right certificate; ssl.SSLContext does it right on every version.
    """

    def __init__(self, context: ssl.SSLContext, name: str) -> None:
        super().__init__(validate=ssl.CERT_REQUIRED)
        self.context = context
        self.name = name
        self.failed: ssl.SSLError | None = None  # ldap3 keeps only the text of it

    def wrap_socket(self, connection: Any, do_handshake: bool = False) -> None:  # noqa: FBT001, FBT002 -- ldap3's signature
        try:
            connection.socket = self.context.wrap_socket(
                connection.socket,
                server_hostname=self.name,
                do_handshake_on_connect=do_handshake,
            )
        except ssl.SSLCertVerificationError as error:
            self.failed = error
            raise


def trust(forest: Forest) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=forest.ca_file)
    except OSError as error:
        raise Refused(
            forest.label,
            f"The CA file {forest.ca_file} cannot be read: {error.strerror or error}.",
            todo="Set ca_file of this forest to a PEM file with the CA's certificate.",
        ) from error


def connect(forest: Forest, account: Account, context: ssl.SSLContext) -> ldap3.Connection:
    tls = VerifiedTls(context, account.tls_name)
    server = ldap3.Server(
        account.host,
        port=forest.port,
        use_ssl=True,
        get_info=ldap3.NONE,
        tls=tls,
        connect_timeout=forest.connect_timeout,
    )
    if not account.password:
        # AD would take a sign-in without a password for an anonymous one, and answer "success"
        raise Refused(forest.label, f"The password of {account.user} is empty.", todo="Set it.")
    connection = ldap3.Connection(
        server,
        account.user,
        account.password,
        authentication=ldap3.SIMPLE,
        client_strategy=ldap3.SAFE_SYNC,
        auto_referrals=False,
        check_names=False,  # there is no schema loaded to check them against
        return_empty_attributes=False,
        # ldap3 packs this into a C long: a fraction would be an error, zero would be for ever
        receive_timeout=max(1, math.ceil(forest.receive_timeout)),
    )
    try:
        connection.open(read_server_info=False)
        _, result, _, _ = connection.bind(read_server_info=False)
    except (LDAPException, OSError) as error:
        drop(connection)
        if tls.failed is not None:
            raise untrusted(forest, account, tls.failed) from error
        raise lost(forest, account, error) from error
    if result["result"] != 0:
        drop(connection)
        raise bind_refused(forest, account, result)
    return connection


def drop(connection: ldap3.Connection) -> None:
    """Closes the socket without asking the server anything: it may be the one that hangs."""
    connection.strategy.close()
    # ldap3 forgets a socket that never got as far as being "open"
    if connection.socket is not None:
        connection.socket.close()
        connection.socket = None
