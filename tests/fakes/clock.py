"""In: a moment. Out: the port `Clock`, whose time moves only when a test moves it.
Promise: the same test sees the same times and the same ids, every time.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from tests.builders import NOW


@dataclass
class HandClock:
    at: datetime = NOW
    given: int = 0

    def now(self) -> datetime:
        return self.at

    def new_id(self, prefix: str) -> str:
        self.given += 1
        return f"{prefix}-{self.given}"

    def forward(self, **span: float) -> None:
        self.at += timedelta(**span)
