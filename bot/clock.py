"""In: nothing. Out: the real time and fresh ids, behind the port `Clock`.
The only place of the bot that looks at the computer's clock or draws random names.
Promise: times are aware and in UTC; 80 random bits, so that no two ids meet.
"""

import secrets
from datetime import UTC, datetime


class SystemClock:
    def now(self) -> datetime:
        return datetime.now(UTC)

    def new_id(self, prefix: str) -> str:
        return f"{prefix}-{secrets.token_hex(10)}"
