"""In: log lines of ours and of the libraries. Out: JSON or readable lines on stderr, with a clear conscience.
Secrets never leave; addresses, names and DNs of people leave only where the operator asked for them.
Promise: it holds for exception texts and for libraries' own lines too; broken things are logged once, not each second.
"""

import hashlib
import hmac
import json
import logging
import re
import secrets
import sys
from collections.abc import Callable, Mapping
from typing import Any, Literal, TextIO
from urllib.parse import quote

import structlog
from structlog.stdlib import BoundLogger as Log
from structlog.typing import EventDict, Processor

_HIDDEN = "[secret]"
_SHORTEST = 6  # a shorter registered secret would blot out ordinary words

_SECRET_KEYS = re.compile(
    r"passw(or)?d|passphrase|secret|token|credential|authorization|cookie|private[_-]?key|api[_-]?key|assertion",
    re.IGNORECASE,
)
# shapes that are secrets wherever they stand, registered or not
_SECRET_SHAPES = re.compile(
    r"xox[a-z]-[\w-]+|xapp-[\w-]+"  # Slack
    r"|eyJ[\w-]+\.[\w-]+\.[\w-]*"  # a JWT: Entra's access tokens
    r"|(?<=[Bb]earer )\S+"
    r"|(?<=://)[^\s/@]*:[^\s/@]+(?=@)"  # user:password of a URL
    r"|-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)",
    re.DOTALL,
)

_PEOPLE_KEYS = re.compile(
    r"(.*_)?(names?|person|people|who|dn|mail|address(es)?|upn|user_?principal_?name|display_?name"
    r"|sam_?account_?name|proxy_?addresses|mail_?nickname|values?|holders?|before|after)",
    re.IGNORECASE,
)
_RDN = r"(?:CN|OU|DC|UID|L|O)=(?:\\.|[^,\\\n])+"
_PEOPLE_SHAPES = re.compile(
    # a whole DN down to its last DC, so that the words behind it stay readable
    rf"(?:{_RDN},\s*)+DC=[\w-]+(?:,\s*DC=[\w-]+)*"
    r"|\b(?:CN|UID)=(?:\\.|[^,\\\n\"'])+(?:,\s*(?:CN|OU|DC|O)=(?:\\.|[^,\\\n\"'])+)*"
    r"|/o=\S+?/cn=[^\s\"',;]+(?:/cn=[^\s\"',;]+)*"  # legacyExchangeDN
    r"|(?:(?:smtp|sip|x500|mailto):)?[^\s@<>\"'(),;:\[\]{}=/\\|]+@[^\s@<>\"'(),;:\[\]{}|\\/]*[^\s@<>\"'(),;:\[\]{}|\\/.]",
    re.IGNORECASE,
)

_secrets: set[str] = set()
_salt = secrets.token_bytes(
    16
)  # of this process: the marks cannot be looked up in a table of guesses


def hide(*values: str) -> None:
    """Registers secrets: from now on they are blotted out wherever a line holds them, in any common spelling."""
    for value in values:
        if len(value) >= _SHORTEST:
            quoted = json.dumps(value)[1:-1]
            _secrets.update({value, quote(value, safe=""), quoted, repr(value)[1:-1]})


def configure(
    *,
    format: Literal["json", "text"] = "json",  # noqa: A002  the setting's own name
    level: str = "info",
    people: Literal["redacted", "shown"] = "redacted",
    stream: TextIO | None = None,
) -> None:
    """Once, at start. Lines of the standard library's loggers go the same way as ours."""
    out = stream or sys.stderr
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
        structlog.processors.format_exc_info,
        redactor(people=people),
    ]
    handler = logging.StreamHandler(out)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                _renderer(format, out),
            ],
        )
    )
    root = logging.getLogger()
    for old in [old for old in root.handlers if getattr(old, "of_dirsync", False)]:
        root.removeHandler(old)
    handler.of_dirsync = True  # type: ignore[attr-defined]  # our mark, for configuring anew
    root.addHandler(handler)
    root.setLevel(logging.WARNING)
    for ours in ("bot", "handlers"):
        logging.getLogger(ours).setLevel(level.upper())
    # an outage is told once by whoever waits for its end; the tries in between are not news
    logging.getLogger("stamina").setLevel(logging.ERROR)
    if level == "debug":
        logging.getLogger("stamina").setLevel(logging.INFO)
        # libraries log bodies of requests below WARNING; asked for by name, redacted all the same
        root.setLevel(logging.INFO)
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )


def logger(name: str) -> Log:
    log: Log = structlog.stdlib.get_logger(name)
    return log


def _renderer(form: str, out: TextIO) -> Processor:
    if form == "json":
        return structlog.processors.JSONRenderer(ensure_ascii=False)
    return structlog.dev.ConsoleRenderer(
        colors=out.isatty(),
        # the default would draw local variables, which hold passwords
        exception_formatter=structlog.dev.plain_traceback,
    )


# ---------------------------------------------------------------- redaction


def redactor(*, people: Literal["redacted", "shown"]) -> Processor:
    person = _person if people == "redacted" else _as_is

    def redact(_logger: Any, _method: str, line: EventDict) -> EventDict:
        # structlog's own keys are carried along untouched; nothing of a caller is in them
        return {
            key if key.startswith("_") else _text(key, person): value
            if key.startswith("_") or key in {"level", "timestamp", "logger"}
            else _value(key, value, person)
            for key, value in line.items()
        }

    return redact


def _value(key: str, value: Any, person: Callable[[str], str]) -> Any:
    if _SECRET_KEYS.search(key) and value not in (None, "", True, False):
        return _HIDDEN
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, Mapping):
        return {_text(str(name), person): _value(str(name), v, person) for name, v in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_value(key, item, person) for item in value]
    text = value if isinstance(value, str) else repr(value)
    text = _secretless(text)
    if _PEOPLE_KEYS.fullmatch(key) and text:
        return person(text)
    return _PEOPLE_SHAPES.sub(lambda match: person(match[0]), text)


def _text(text: str, person: Callable[[str], str]) -> str:
    return _PEOPLE_SHAPES.sub(lambda match: person(match[0]), _secretless(text))


def _secretless(text: str) -> str:
    for secret in sorted(_secrets, key=len, reverse=True):
        text = text.replace(secret, _HIDDEN)
    return _SECRET_SHAPES.sub(_HIDDEN, text)


def _person(text: str) -> str:
    """The same person gets the same mark within a run, so that lines can still be read together."""
    mark = hmac.new(_salt, text.casefold().encode("utf-8", "replace"), hashlib.sha256).hexdigest()
    return f"[person {mark[:8]}]"


def _as_is(text: str) -> str:
    return text


# ---------------------------------------------------------------- once broken, once recovered


class OnceBroken:
    """Remembers what is broken, so that the log says it once when it breaks and once when it works again."""

    def __init__(self, log: Log) -> None:
        self._log = log
        self._since: dict[str, int] = {}

    def broke(self, what: str, why: str, **facts: object) -> bool:
        """True if this is news."""
        self._since[what] = self._since.get(what, 0) + 1
        if self._since[what] > 1:
            return False
        self._log.warning("broken", what=what, why=why, **facts)
        return True

    def works(self, what: str, **facts: object) -> bool:
        """True if it had been broken."""
        failures = self._since.pop(what, 0)
        if not failures:
            return False
        self._log.info("works again", what=what, failures=failures, **facts)
        return True

    @property
    def broken(self) -> frozenset[str]:
        return frozenset(self._since)
