"""In: what a test wants to go wrong.
Out: the same, read by the server at each request.
Promise: everything is off at first; a count goes down to nothing by itself.
"""

from dataclasses import dataclass

from bot.lab.ad.errors import Refused


@dataclass
class Faults:
    delay: float = 0.0  # seconds before each request is worked on
    drop_before_modify: int = (
        0  # drop the connection before the N-th modify from now is carried out
    )
    drop_after_modify: int = 0  # … or after it was carried out, without an answer
    busy: int = 0  # answer 51 so many times
    unavailable: int = 0  # answer 52 so many times
    accepting: bool = True  # False: each new connection is closed at once

    def refuse(self) -> None:
        if self.busy > 0:
            self.busy -= 1
            raise Refused("busy", "0000200E: SvcErr: DSID-020A0B1A, problem 5001 (BUSY), data 0\n")
        if self.unavailable > 0:
            self.unavailable -= 1
            text = "0000200F: SvcErr: DSID-020A0B1B, problem 5002 (UNAVAILABLE), data 0\n"
            raise Refused("unavailable", text)

    def drops_before(self) -> bool:
        due = self.drop_before_modify == 1
        self.drop_before_modify = max(0, self.drop_before_modify - 1)
        return due

    def drops_after(self) -> bool:
        due = self.drop_after_modify == 1
        self.drop_after_modify = max(0, self.drop_after_modify - 1)
        return due


@dataclass
class Counters:
    connections: int = 0
    binds: int = 0
    searches: int = 0  # each page of a paged search counts
    entries: int = 0
    scans: int = 0  # subtree searches that no index helped
    modifies: int = 0
    adds: int = 0
    deletes: int = 0
    renames: int = 0
    compares: int = 0
    extended: int = 0
    abandoned: int = 0
