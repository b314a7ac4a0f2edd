"""In: the line of a running lab.
Out: a bound ldap3 connection as the bot's reader or writer.
Promise: LDAPS with the lab's CA; every wait has an end.
"""

import ssl

import ldap3
import pytest

from tests.contract.lab.process import RunningLab

SECONDS = 5
# how ldap3 2.9.1 checks names on Python 3.11
old_name_check = pytest.mark.filterwarnings("ignore:ssl.match_hostname:DeprecationWarning")


def as_account(lab: RunningLab, role: str) -> ldap3.Connection:
    ad = lab.line["ad"]
    tls = ldap3.Tls(
        validate=ssl.CERT_REQUIRED, ca_certs_file=ad["ca_file"], valid_names=[ad["tls_name"]]
    )
    server = ldap3.Server(
        ad["host"], ad["port"], use_ssl=True, tls=tls, get_info=ldap3.NONE, connect_timeout=SECONDS
    )
    return ldap3.Connection(
        server,
        ad[f"{role}_user"],
        ad[f"{role}_password"],
        auto_bind=True,
        auto_referrals=False,
        receive_timeout=SECONDS,
    )
