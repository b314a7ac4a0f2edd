"""In: the lab in this process, and a number. Out: so many more people at Contoso who list addresses of colleagues.
All are healthy and synchronized first; then somebody's script enters the addresses, and that is synchronized too.
Promise: every error is the lab's own, made by its sync on objects that are in AD and in Entra.
"""

import asyncio

from bot.lab.ad import Directory
from bot.lab.ad.changes import Change, attribute_of
from bot.lab.contoso.entries import PEOPLE, address
from bot.lab.sync.engine import CycleResult
from tests.servers.lab import LabInside

SECONDS = 120.0
CROWD = f"OU=Crowd,{PEOPLE}"
AT_ONCE = 50  # then the lab answers others for a moment


def keeps(number: int, each: int) -> list[str]:
    """What a keeper has and a loser lists too: the main address first."""
    return [address(f"keeper{number}"), *(address(f"keeper{number}.{n}") for n in range(1, each))]


def contested(pairs: int, each: int) -> list[str]:
    return [value for number in range(pairs) for value in keeps(number, each)]


def crowd_in(lab: LabInside, pairs: int, each: int = 1) -> None:
    """So many pairs of people with so many contested addresses each; from now on Entra lists the errors."""
    moving = asyncio.run_coroutine_threadsafe(_move_in(lab, pairs, each), lab.loop)
    moving.result(SECONDS)


async def _move_in(lab: LabInside, pairs: int, each: int) -> None:
    directory = lab.ad.directory
    directory.add(f"{CROWD},{directory.base_dn}", {"objectClass": "organizationalUnit"})
    for n in range(pairs):
        main, *others = keeps(n, each)
        _add(directory, f"Keeper {n}", f"keeper{n}", [f"SMTP:{main}", *_extras(others)])
        _add(directory, f"Loser {n}", f"loser{n}", [f"SMTP:{address(f'loser{n}')}"])
        await _breath(n)
    await _synchronized(lab)
    proxies = attribute_of(directory.schema, "proxyAddresses")
    for n in range(pairs):
        extras = tuple(value.encode() for value in _extras(keeps(n, each)))
        directory.modify(_dn(directory, f"Loser {n}"), [Change("add", proxies, extras)])
        await _breath(n)
    done = await _synchronized(lab)
    assert len(done.updated) == pairs


def _extras(addresses: list[str]) -> list[str]:
    return [f"smtp:{value}" for value in addresses]


def _add(directory: Directory, name: str, alias: str, proxies: list[str]) -> None:
    directory.add(
        _dn(directory, name),
        {
            "objectClass": "user",
            "sAMAccountName": alias,
            "userPrincipalName": address(alias),
            "displayName": name,
            "mailNickname": alias,
            "userAccountControl": "512",
            "mail": address(alias),
            "proxyAddresses": proxies,
        },
    )


def _dn(directory: Directory, name: str) -> str:
    return f"CN={name},{CROWD},{directory.base_dn}"


async def _synchronized(lab: LabInside) -> CycleResult:
    done = await lab.lab.engine.cycle()
    assert not done.stopped, done.stopped
    return done


async def _breath(number: int) -> None:
    if number % AT_ONCE == 0:
        await asyncio.sleep(0)
