"""In: nothing; these are the words of the generator. Out: what a generated company is made of.
Promise: data only: whoever puts it on a stage decides how.
"""

from dataclasses import dataclass, field
from typing import Any, Literal


@dataclass(frozen=True)
class Thing:
    """One object to be added: `kind` is person, group or contact; `name` is unique, what it is called need not be."""

    kind: str
    name: str
    proxies: tuple[str, ...] = ()
    more: dict[str, Any] = field(default_factory=dict)
    licensed: bool = False
    odd: bool = False

    @property
    def called(self) -> tuple[str, ...]:
        """Without a display name an object goes by its own name."""
        return self.name, str(self.more.get("displayName") or self.name)

    @property
    def technical(self) -> frozenset[str]:
        """What its address in the initial domain may be made from."""
        upn = str(self.more.get("userPrincipalName") or "").partition("@")[0]
        made_from = (self.more.get("mailNickname"), self.more.get("sAMAccountName"), upn)
        return frozenset(str(each).lower() for each in made_from if each)

    @property
    def main(self) -> str:
        return next((v[5:] for v in self.proxies if v.startswith("SMTP:")), "")


@dataclass(frozen=True)
class Plant:
    """Somebody changes `loser`: takes and gives addresses, or sets attributes. `safe`: one click should mend it.

    `in_cloud`: before that somebody makes a user or a group in the cloud that has the value.
    """

    code: str
    value: str
    loser: str
    give: tuple[str, ...] = ()
    take: tuple[str, ...] = ()
    edit: dict[str, Any] = field(default_factory=dict)
    safe: bool = False
    in_cloud: Literal["", "user", "group"] = ""


@dataclass(frozen=True)
class Company:
    seed: int
    things: tuple[Thing, ...]
    plants: tuple[Plant, ...]
