"""In: a library's error or a fact that stops us. Out: one of a few errors of our own, told in plain words.
Adapters turn library errors into these at their edge; nothing above an adapter knows a library's error.
Promise: each message says what happened and what to do, and carries no secret.

    DirsyncError
    ├── SettingsError        a setting is wrong or missing: exit code 2 at start-up
    ├── Unreachable          a server did not answer, or not now: never an attempt, the work waits
    ├── Refused              a server answered and said no for good: wrong password, no right
    ├── ListBroken           a list ended before its last page: nothing may be concluded from it
    ├── Moved                somebody else changed the case meanwhile: read again and run again
    └── Untrusted            a signature, a hash or a certificate does not hold
"""


class DirsyncError(Exception):
    """The first argument is the sentence for a person; `todo` says what to do about it."""

    def __init__(self, message: str, *, todo: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.todo = todo

    def __str__(self) -> str:
        return f"{self.message} {self.todo}".strip()


class SettingsError(DirsyncError):
    pass


class Unreachable(DirsyncError):
    """`what` is the thing that is away: "AD corp", "Entra", "Redis", "Slack"."""

    def __init__(
        self, what: str, message: str, *, todo: str = "", retry_after: float | None = None
    ) -> None:
        super().__init__(message, todo=todo)
        self.what = what
        self.retry_after = retry_after


class Refused(DirsyncError):
    def __init__(self, what: str, message: str, *, todo: str = "") -> None:
        super().__init__(message, todo=todo)
        self.what = what


class ListBroken(DirsyncError):
    pass


class Moved(DirsyncError):
    pass


class Untrusted(DirsyncError):
    pass
