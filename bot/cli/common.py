"""In: options that many commands have, settings, an answer. Out: the program itself, and what its commands share.
Promise: a file that is missing and a setting that is wrong are one clear line; JSON is never translated.
"""

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import AbstractContextManager, aclosing
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer
from rich.console import Console

from bot import settings as parts
from bot import telemetry
from bot.errors import DirsyncError, SettingsError
from bot.words import Language, language_of, speaking

app = typer.Typer(
    name="dirsync-triage",
    help="Explains directory-sync conflicts between Active Directory and Entra ID, and repairs them "
    "after an approval in Slack. Start with: dirsync-triage demo",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
audit_app = typer.Typer(no_args_is_help=True, help="The audit chain: who did what, checked.")
app.add_typer(audit_app, name="audit")

Config = Annotated[
    Path | None,
    typer.Option("--config", help="A TOML file with settings; the environment wins over it."),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]
Lang = Annotated[
    Language | None,
    typer.Option(
        "--lang", help="Language of the text; if unset, what LC_ALL, LC_MESSAGES or LANG says."
    ),
]

WRONG = 2


def settings(config: Path | None) -> parts.Settings:
    given = parts.load(os.environ, config=config)
    telemetry.configure(format=given.log.format, level=given.log.level, people=given.log.people)
    return given


def spoken(lang: Language | None) -> AbstractContextManager[None]:
    """What is drawn inside is drawn in the language of the option or of the shell; JSON never is."""
    given = (os.environ.get(name) for name in ("LC_ALL", "LC_MESSAGES", "LANG"))
    shell = next((tag for tag in given if tag), "")
    return speaking(lang or language_of(shell) or Language.EN)


def tell(as_json: bool, text: str, **facts: object) -> None:  # noqa: FBT001 - private
    sys.stdout.write((msgspec.json.encode(facts).decode() if as_json else text) + "\n")


def print_json(told: object) -> None:
    sys.stdout.write(msgspec.json.encode(told).decode() + "\n")


def bytes_of(name: str | Path) -> bytes:
    """Of a file, or of stdin when it is called `-`."""
    return sys.stdin.buffer.read() if str(name) == "-" else bytes_in(Path(name))


def bytes_in(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise SettingsError(f"{path} cannot be read: {error.strerror}.") from error


def finish(work: Coroutine[Any, Any, Any]) -> Any:
    """An error inside a task group is the same error outside of it."""
    try:
        return asyncio.run(work)
    except BaseExceptionGroup as group:
        known, other = group.split(DirsyncError)
        if known is not None and other is None:
            raise _first(known) from None
        raise


def of_store(given: parts.Settings, ask: Callable[[Any], Awaitable[Any]]) -> Any:
    """What `ask` makes of what Redis holds; nothing else has to run."""
    from bot.main import store_of

    async def read() -> Any:
        async with aclosing(store_of(given)) as store:
            return await ask(store)

    return finish(read())


def _first(group: BaseExceptionGroup[Any]) -> DirsyncError:
    error: Any = group
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error if isinstance(error, DirsyncError) else DirsyncError(repr(error))


def show(answer: Any, told: Any, json: bool, lang: Lang, gaps: Any = ()) -> None:  # noqa: FBT001 - private
    if json:
        print_json(answer)
        return
    from bot.console import show_listing

    with spoken(lang):
        show_listing(told(answer), Console(), gaps)
