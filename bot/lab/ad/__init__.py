"""In: what the lab's Contoso is to hold, and LDAP clients.
Out: an LDAP server that behaves as Active Directory where a careful identity tool depends on it.
Promise: held to a Samba AD DC by `tests/contract/ad_server`; differences are named in README.md.
"""

from bot.lab.ad.accounts import ADMINISTRATOR, READER, Rights, writer
from bot.lab.ad.directory import Account, Directory
from bot.lab.ad.faults import Counters, Faults
from bot.lab.ad.server import LabAd, serve

__all__ = [
    "ADMINISTRATOR",
    "READER",
    "Account",
    "Counters",
    "Directory",
    "Faults",
    "LabAd",
    "Rights",
    "serve",
    "writer",
]
