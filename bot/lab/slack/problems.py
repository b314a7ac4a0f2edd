"""In: what was wrong with a call.
Out: the exception that becomes Slack's `ok: false` answer.
Promise: every name used is one that Slack itself answers with.
"""

from typing import Any


class SlackProblem(Exception):
    """`ok: false` with Slack's own name of the error and whatever Slack puts beside it."""

    def __init__(self, name: str, **beside: Any) -> None:
        super().__init__(name)
        self.name = name
        self.beside = beside

    def body(self) -> dict[str, Any]:
        return {"ok": False, "error": self.name, **self.beside}


def with_findings(name: str, findings: list[tuple[str, str]]) -> SlackProblem:
    """A refusal that says, per finding, which JSON pointer is wrong and why."""
    messages = [f"[ERROR] {message} [json-pointer:{pointer}]" for pointer, message in findings]
    return SlackProblem(name, errors=messages, response_metadata={"messages": messages})
