"""In: the name of a known difference, and one of the two servers.
Out: what that server really does.
Promise: every entry is explained under the same name in `bot/lab/ad/README.md`.
"""

from typing import Any

from tests.contract.ad_server.target import Target

DIFFERENCES: dict[str, dict[str, Any]] = {
    "case-only-add": {"lab": 20, "samba": 0},
    "matched-name": {"lab": "{ou}", "samba": ""},
    "over-range-upper": {"lab": 19, "samba": 21},
    "object-class-change": {"lab": 69, "samba": 65},
    "text-of-16": {"lab": "00002085: AtrErr", "samba": "attribute 'proxyAddresses'"},
    "approximate-match": {"lab": ["ann"], "samba": []},
    "bin-as-base": {"lab": (32, 0), "samba": (0, 1)},
    "client-size-limit": {"lab": [4, 2], "samba": [0, 3]},
    "who-am-i": {"lab": "u:CORP\\Administrator", "samba": None},
    "not-of-unknown": {"lab": [], "samba": ["ann"]},
    "max-page-size": {"lab": [4, 1000], "samba": [0, 1600]},
    "max-value-range": {"lab": {"member;range=0-1499": 1500}, "samba": {"member": 1600}},
}


def expected(name: str, target: Target, **fill: str) -> Any:
    value = DIFFERENCES[name][target.kind]
    return value.format(**fill) if isinstance(value, str) else value
