"""In: a case by its id, or in a file. Out: what is known of it, how it stands and where its card goes.
Promise: nobody is asked anything: Redis is read, or the file alone.
"""

import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from bot.cli.common import (
    WRONG,
    Config,
    Json,
    Lang,
    app,
    bytes_of,
    of_store,
    print_json,
    settings,
    show,
    spoken,
)
from bot.errors import SettingsError
from bot.words import Language, sentence


@app.command()
def diagnose(
    file: Annotated[Path, typer.Argument(help="A case file as bundle writes it; - is stdin.")],
    json: Json = False,  # noqa: FBT002 - a flag of the command line
    lang: Lang = None,
) -> None:
    """Diagnose a case from a file, without any server and without settings.

    The form is dirsync-evidence/1, described in bot/triage/evidence.schema.json. Nothing is read but the file.
    """
    from bot.model import Say
    from bot.triage import casefile

    found = casefile.read(bytes_of(file))
    if isinstance(found, Say):
        with spoken(lang):
            raise SettingsError(sentence(found))
    answer = casefile.examined(found)
    if json:
        from bot import report

        print_json(report.examined(answer))
    else:
        from bot.console import show_examined

        with spoken(lang):
            show_examined(answer, Console())


@app.command()
def bundle(
    case: Annotated[str, typer.Argument(help="The id of a case, as it stands on its card.")],
    redact: Annotated[  # noqa: FBT002 - a flag of the command line
        bool, typer.Option("--redact", help="Replace names, addresses, DN, SID and ids.")
    ] = False,
    config: Config = None,
) -> None:
    """Write a case to stdout as a file that diagnose reads, to report it or to replay it.

    For example: dirsync-triage bundle c-abcdefghij --redact > case.json

    It needs Redis and nothing else. Exit code 1: there is no such case.
    """
    from bot import plain
    from bot.clock import SystemClock
    from bot.model import Say
    from bot.triage import casefile
    from handlers.commands.bundle import bundle as make

    given = settings(config)
    clock, policy = SystemClock(), plain.policy_of(given)
    made = of_store(
        given,
        lambda store: make(case.lower(), redact=redact, cases=store, clock=clock, policy=policy),
    )
    if isinstance(made, Say):
        sys.stderr.write(f"dirsync-triage: {made.english()}\n")
        raise typer.Exit(1)
    sys.stdout.write(casefile.write(made))


@app.command()
def reply(
    case: Annotated[str, typer.Argument(help="The id of a case, as it stands on its card.")],
    json: Json = False,  # noqa: FBT002 - a flag of the command line
    lang: Lang = None,
    config: Config = None,
) -> None:
    """Three plain sentences about a case, for the person who called; nothing in them is about anybody else.

    For example: dirsync-triage reply c-abcdefghij --lang nb

    It needs Redis and nothing else. Exit code 1: there is no such case.
    """
    from bot.model import Say
    from handlers.commands.reply import reply as make

    made = of_store(settings(config), lambda store: make(case.lower(), cases=store))
    with spoken(lang):
        if isinstance(made, Say):
            sys.stderr.write(f"dirsync-triage: {sentence(made)}\n")
            raise typer.Exit(1)
        if json:
            lines = [say.english() for say in made.lines]
            print_json({"case": case.lower(), "reply": lines})
        else:
            from bot.slack.words import plain

            sys.stdout.write("".join(f"{plain(say)}\n" for say in made.lines))


@app.command(name="list")
def list_(
    which: Annotated[
        str, typer.Argument(help="A state or a code such as C01; all, if unset.")
    ] = "",
    json: Json = False,  # noqa: FBT002 - a flag of the command line
    lang: Lang = None,
    config: Config = None,
) -> None:
    """List the cases that are not closed, those that wait for somebody first.

    It needs Redis and nothing else. Exit code 1: there is no such case.
    """
    from bot.triage import telling
    from handlers.commands.listing import listing

    answer = of_store(settings(config), lambda store: listing(which, cases=store))
    show(answer, telling.cases, json, lang)
    if answer.trouble:
        raise typer.Exit(WRONG)
    if not answer.cases:
        raise typer.Exit(1)


@app.command()
def status(
    json: Json = False,  # noqa: FBT002 - a flag of the command line
    lang: Lang = None,
    config: Config = None,
) -> None:
    """Tell how the bot stands: mode, pause, last poll, last sync, and how many cases stand where.

    It needs Redis and nothing else. Exit code 1: writing is paused, or approved changes wait for the writer.
    """
    from bot.clock import SystemClock
    from bot.triage import telling
    from handlers.commands.status import status as look

    given = settings(config)
    answer = of_store(given, lambda store: look(cases=store, clock=SystemClock(), mode=given.mode))
    show(answer, telling.status, json, lang)
    if answer.paused or answer.waiting:
        raise typer.Exit(1)


@app.command()
def routes(
    case: Annotated[
        str,
        typer.Argument(
            metavar="CASE|FILE",
            help="The id of a case, as it stands on its card; or a case file as bundle writes it (- is stdin).",
        ),
    ],
    json: Json = False,  # noqa: FBT002 - a flag of the command line
    lang: Lang = None,
    config: Config = None,
) -> None:
    """Say where the card of a case goes, who may approve it, who is told, and why no other row takes it.

    For example: dirsync-triage routes c-abcdefghij

    The table is DIRSYNC_ROUTES, or [[routes]] in the file of --config; the first row that fits is taken. A case needs
    Redis, a file needs no server. Exit code 1: there is no such case.
    """
    from bot import plain, signpost
    from bot.triage.routing import route_of

    given = settings(config)
    from_file = case == "-" or case.endswith(".json") or Path(case).is_file()
    found = (
        _case_in(case, lang)
        if from_file
        else of_store(given, lambda store: store.get(case.lower()))
    )
    if found is None:
        sys.stderr.write(f"dirsync-triage: There is no case {case}.\n")
        raise typer.Exit(1)
    table, reminders = plain.table_of(given), plain.reminders_of(given)
    route = route_of(found, table)
    if json:
        print_json(signpost.told(found, route, table, reminders))
    else:
        with spoken(lang):
            signpost.show(found, route, table, reminders, Console())


def _case_in(name: str, lang: Language | None) -> Any:
    from bot.model import Case, Say
    from bot.triage import casefile

    found = casefile.read(bytes_of(name))
    if isinstance(found, Say):
        with spoken(lang):
            raise SettingsError(sentence(found))
    made = casefile.examined(found)
    return Case(
        key=made.key,
        errors=made.evidence.errors,
        evidence=made.evidence,
        diagnosis=made.diagnosis,
        proposals=made.proposals,
    )
