"""In: the directory.
Out: the entry with the empty name, which says what the server is.
Promise: readable before any bind, as on every domain controller.
"""

from typing import TYPE_CHECKING

from bot.lab.ad.controls import SUPPORTED
from bot.lab.ad.names import format_name
from bot.lab.ad.values import generalized_time

if TYPE_CHECKING:
    from bot.lab.ad.directory import Directory

CAPABILITIES = (
    "1.2.840.113556.1.4.800",  # Active Directory
    "1.2.840.113556.1.4.1670",
    "1.2.840.113556.1.4.1791",
    "1.2.840.113556.1.4.1935",
    "1.2.840.113556.1.4.2080",
    "1.2.840.113556.1.4.2237",
)
START_TLS = "1.3.6.1.4.1.1466.20037"
WHO_AM_I = "1.3.6.1.4.1.4203.1.11.3"
SERVER_2016 = "7"


def root_dse(directory: "Directory") -> dict[str, list[bytes]]:
    base = format_name(directory.base)
    configuration = f"CN=Configuration,{base}"
    schema = directory.tree.schema_dn
    host = directory.dns_host_name
    server = f"CN={host.partition('.')[0].upper()},CN=Servers,CN=Default-First-Site-Name,CN=Sites"
    texts: dict[str, list[str]] = {
        "currentTime": [generalized_time(directory.clock()).decode()],
        "subschemaSubentry": [f"CN=Aggregate,{schema}"],
        "dsServiceName": [f"CN=NTDS Settings,{server},{configuration}"],
        "serverName": [f"{server},{configuration}"],
        "namingContexts": [base, configuration, schema],
        "defaultNamingContext": [base],
        "rootDomainNamingContext": [base],
        "configurationNamingContext": [configuration],
        "schemaNamingContext": [schema],
        "supportedControl": list(SUPPORTED),
        "supportedLDAPVersion": ["3", "2"],
        "supportedExtension": [START_TLS, WHO_AM_I],
        "supportedCapabilities": list(CAPABILITIES),
        "highestCommittedUSN": [str(directory.usn)],
        "dnsHostName": [host],
        "ldapServiceName": [
            f"{directory.domain}:{host.partition('.')[0]}$@{directory.domain.upper()}"
        ],
        "isSynchronized": ["TRUE"],
        "isGlobalCatalogReady": ["TRUE"],
        "domainFunctionality": [SERVER_2016],
        "forestFunctionality": [SERVER_2016],
        "domainControllerFunctionality": [SERVER_2016],
    }
    return {name: [value.encode() for value in values] for name, values in texts.items()}


def select(entry: dict[str, list[bytes]], selection: list[str]) -> list[tuple[str, list[bytes]]]:
    wanted = {each.lower() for each in selection}
    everything = not wanted or bool(wanted & {"*", "+"})
    return [
        (name, values) for name, values in entry.items() if everything or name.lower() in wanted
    ]
