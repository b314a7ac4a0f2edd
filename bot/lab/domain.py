"""In: the lab's certificates, or an administrator's account on another domain controller.
Out: a domain controller with Contoso in it, and an account on it for each part of the lab.
Promise: every password is random, and every account has the rights of its role and no more.
"""

import asyncio
import secrets
from dataclasses import dataclass

from bot.lab.ad.accounts import ADMINISTRATOR, READER, Rights, writer
from bot.lab.ad.directory import Directory
from bot.lab.ad.server import LabAd, serve
from bot.lab.certs import Certificates
from bot.lab.contoso import load
from bot.lab.contoso.entries import ADMIN, WRITABLE, entries
from bot.lab.contoso.load import Login

BASE_DN = "DC=corp,DC=contoso,DC=com"
DC_NAME = "dc1.corp.contoso.com"
WRITABLE_ATTRIBUTES = (
    "proxyAddresses",
    "mail",
    "mailNickname",
    "targetAddress",
    "displayName",
    "userPrincipalName",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Logins:
    """The accounts on the domain controller: who plays Contoso, and what the bot is given."""

    administrator: Login
    sync: Login
    reader: Login
    writer: Login


async def serve_own(host: str, certificates: Certificates) -> tuple[LabAd, Logins]:
    """Random passwords for accounts of four kinds; Contoso is loaded before its own are made."""
    directory = Directory(BASE_DN)
    administrator = _account(directory, "contoso-admin", ADMINISTRATOR)
    ad = await serve(directory, certificates, host=host)

    def login(account: tuple[str, str]) -> Login:
        return Login(
            host=host,
            port=ad.port,
            base_dn=BASE_DN,
            ca_file=certificates.ca_file,
            tls_name=DC_NAME,
            user=account[0],
            password=account[1],
        )

    await asyncio.to_thread(load_contoso, login(administrator))
    below = f"{ADMIN},{BASE_DN}"
    allowed = tuple(f"{unit},{BASE_DN}" for unit in WRITABLE)
    delegated = writer(WRITABLE_ATTRIBUTES, allowed)
    return ad, Logins(
        administrator=login(administrator),
        sync=login(_account(directory, "MSOL_5c1e08d7a2f4", READER)),
        reader=login(_account(directory, "svc-dirsync-read", READER, below)),
        writer=login(_account(directory, "svc-dirsync-write", delegated, below)),
    )


def _account(
    directory: Directory, name: str, rights: Rights, container: str = ""
) -> tuple[str, str]:
    password = secrets.token_urlsafe(24)
    account = directory.add_account(name, password, rights=rights, container=container)
    return account.upn, password


def load_contoso(administrator: Login) -> None:
    connection = load.connect(administrator)
    try:
        load.check_is_empty(connection, administrator.base_dn)
        load.write(connection, entries(administrator.base_dn))
    finally:
        connection.unbind()
