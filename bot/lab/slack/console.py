"""In: nothing.
Out: the port through which the page looks behind the scenes.
Promise: the lab's other rooms can be shown and driven without this room knowing them.
"""

from typing import Any, Protocol


class Console(Protocol):
    """What the page's panel "Behind the scenes" needs of the rest of the lab."""

    async def snapshot(self) -> dict[str, Any]:
        """Everything the panel shows, read about once a second while a page is open.

        Times are epoch seconds or null. A list that is empty is shown as such::

            {
              "sync": {"running": true, "last_cycle": 1795334520.0, "next_cycle": 1795334550.0,
                       "last_sweep": null, "next_sweep": 1795334580.0, "errors_open": 8},
              "objects": [{
                 "key": "c-1",                       # stable, one per problem or object pair
                 "title": "John Doe (svc)",
                 "kind": "user",                     # user | group | contact
                 "ad": {"dn": "CN=…", "attrs": {"proxyAddresses": ["SMTP:…", "smtp:…"]}} | null,
                 "entra": {"id": "…", "attrs": {…}, "errors": ["…"]} | null,
                 "contested": ["john@contoso.com"]   # compared without case and without prefix
              }],
              "plants": [{"id": "upn-reuse", "title": "A leaver's UPN is used again",
                          "planted": false}]
            }
        """
        ...

    async def act(self, name: str, arguments: dict[str, Any]) -> dict[str, Any]:
        """Do one of: "cycle", "sweep", "stop", "start", "plant" ({"id": …}).

        Returns {"ok": true, "message": "…"} or {"ok": false, "message": why not}.
        """
        ...
