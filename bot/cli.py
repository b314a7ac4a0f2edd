"""In: the command line. Out: what was asked for, on stdout; what is wrong, as one clear line on stderr.
Exit codes: 0 done, 1 done with nothing found or something not right, 2 a setting or a server is wrong.
Promise: no traceback for a mistake; every command that prints has --json, in English for other programs;
what people read is in their language (--lang); secrets are never printed.
"""

import asyncio
import os
import sys
import time
from collections.abc import Coroutine
from contextlib import AbstractContextManager, aclosing
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer
from rich.console import Console

from bot import settings as parts
from bot import telemetry
from bot.errors import DirsyncError, SettingsError
from bot.words import Language, language_of, sentence, speaking

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
ALIVE_FOR = 30.0


def main() -> None:
    """The one place where an error becomes a line and an exit code."""
    try:
        app(prog_name="dirsync-triage")
    except DirsyncError as error:
        for line in str(error).splitlines():
            sys.stderr.write(f"dirsync-triage: {line}\n")
        sys.exit(WRONG)
    except KeyboardInterrupt:
        sys.exit(130)


def _settings(config: Path | None) -> parts.Settings:
    given = parts.load(os.environ, config=config)
    telemetry.configure(format=given.log.format, level=given.log.level, people=given.log.people)
    return given


def _spoken(lang: Language | None) -> AbstractContextManager[None]:
    """What is drawn inside is drawn in the language of the option or of the shell; JSON never is."""
    given = (os.environ.get(name) for name in ("LC_ALL", "LC_MESSAGES", "LANG"))
    shell = next((tag for tag in given if tag), "")
    return speaking(lang or language_of(shell) or Language.EN)


def _tell(as_json: bool, text: str, **facts: object) -> None:  # noqa: FBT001 - private
    sys.stdout.write((msgspec.json.encode(facts).decode() if as_json else text) + "\n")


def _print_json(told: object) -> None:
    sys.stdout.write(msgspec.json.encode(told).decode() + "\n")


def _bytes_of(name: str | Path) -> bytes:
    """Of a file, or of stdin when it is called `-`."""
    return sys.stdin.buffer.read() if str(name) == "-" else _read(Path(name))


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise SettingsError(f"{path} cannot be read: {error.strerror}.") from error


def _run(work: Coroutine[Any, Any, Any]) -> Any:
    """An error inside a task group is the same error outside of it."""
    try:
        return asyncio.run(work)
    except BaseExceptionGroup as group:
        known, other = group.split(DirsyncError)
        if known is not None and other is None:
            raise _first(known) from None
        raise


def _first(group: BaseExceptionGroup[Any]) -> DirsyncError:
    error: Any = group
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error if isinstance(error, DirsyncError) else DirsyncError(repr(error))


@app.command()
def run(
    role: Annotated[
        str,
        typer.Option(help="edge (Slack), brain (reads AD and Entra), writer (writes AD), or all."),
    ] = "all",
    config: Config = None,
) -> None:
    """Run the bot until SIGTERM or Ctrl-C.

    Settings come from DIRSYNC_… variables and the file of --config; .env.example lists them all.
    What is wrong at start is said in one line each, with exit code 2.
    """
    given = _settings(config)  # first: a mistake in them is told without loading the rest
    from bot import main as composer
    from bot.events import Role

    named = {"all": composer.ALL_ROLES, **{r.value: (r,) for r in Role}}
    if role not in named:
        raise SettingsError(f"There is no role {role}.", todo="Use edge, brain, writer or all.")
    _run(composer.run(given, named[role]))


@app.command()
def whohas(
    value: Annotated[str, typer.Argument(help="An address, UPN, sip:…, objectGUID, ImmutableId.")],
    json: Json = False,  # noqa: FBT002 - a flag of the command line
    lang: Lang = None,
    config: Config = None,
) -> None:
    """Show every object that holds a value, in all forests and in Entra.

    For example: dirsync-triage whohas SMTP:john@contoso.com

    It asks AD and Entra directly and changes nothing. Exit code 1: nobody holds it.
    """
    from bot.directories import directories
    from handlers.commands.whohas import whohas as look

    async def ask() -> Any:
        async with directories(_settings(config)) as found:
            return await look(value, ad=found.ad, cloud=found.cloud, full=True)

    answer = _run(ask())
    if json:
        _print_json(answer)
    else:
        from bot.console import show_whohas

        with _spoken(lang):
            show_whohas(answer, Console())
    if answer.trouble:
        raise typer.Exit(WRONG)
    if not answer.holders:
        raise typer.Exit(1)


@app.command()
def calculate(
    who: Annotated[
        str,
        typer.Argument(
            metavar="WHO|FILE",
            help="An address, UPN, objectGUID or ImmutableId; or a JSON file of AD objects (- is stdin).",
        ),
    ],
    verified_domain: Annotated[
        list[str] | None,
        typer.Option(help="FILE only: a verified domain of the tenant; once for each."),
    ] = None,
    initial_domain: Annotated[
        str, typer.Option(help="FILE only: the tenant's first domain, contoso.onmicrosoft.com.")
    ] = "",
    licensed: Annotated[
        bool | None,
        typer.Option("--licensed/--unlicensed", help="FILE only: an Exchange Online licence."),
    ] = None,
    json: Json = False,  # noqa: FBT002 - a flag of the command line
    lang: Lang = None,
    config: Config = None,
) -> None:
    """Show what Entra makes of an AD object: sign-in name, alias, addresses, and what it leaves out.

    For example: dirsync-triage calculate bo@contoso.com

    or, without any server: dirsync-triage calculate bo.json --verified-domain contoso.com --initial-domain
    contoso.onmicrosoft.com

    FILE holds one object or a list of them, as whohas --json prints them under "ad". Each needs "type" (user, group,
    contact) and "dn"; what else AD has of it: sam_account_name, user_principal_name, mail, mail_nickname,
    proxy_addresses (a list), target_address, sip_address, display_name, recipient_type, group_type, critical.

    Nothing is changed. Exit code 1: no such AD object.
    """
    if who == "-" or who.endswith(".json") or Path(who).is_file():
        answer = _calculate_file(who, verified_domain or [], initial_domain, licensed)
    else:
        answer = _calculate_live(who, config)
    if json:
        _print_json(answer)
    else:
        from bot.console import show_calculated

        with _spoken(lang):
            show_calculated(answer, Console())
    if answer.trouble:
        raise typer.Exit(WRONG)
    if not answer.objects:
        raise typer.Exit(1)


def _calculate_file(
    name: str,
    domains: list[str],
    initial_domain: str,
    licensed: bool | None,  # noqa: FBT001 - private
) -> Any:
    from bot.model import TenantFacts
    from handlers.commands.calculate import calculate_file

    if not domains:
        raise SettingsError(
            "Which domains are verified is not in a file.",
            todo="Name each of them: --verified-domain contoso.com",
        )
    tenant = TenantFacts(tenant="", initial_domain=initial_domain, verified_domains=tuple(domains))
    return calculate_file(name, _bytes_of(name), tenant, licensed=licensed)


def _calculate_live(who: str, config: Path | None) -> Any:
    from bot.directories import directories
    from bot.plain import policy_of
    from handlers.commands.calculate import calculate_of

    async def ask() -> Any:
        given = _settings(config)
        async with directories(given) as found:
            policy = policy_of(given)
            return await calculate_of(who, ad=found.ad, cloud=found.cloud, policy=policy)

    return _run(ask())


@app.command()
def explain(
    text: Annotated[
        str,
        typer.Argument(help="The text of the error; - reads it from stdin, @FILE from a file."),
    ],
    json: Json = False,  # noqa: FBT002 - a flag of the command line
    lang: Lang = None,
    offline: Annotated[  # noqa: FBT002 - a flag of the command line
        bool, typer.Option("--offline", help="Only read the text: no settings, no server.")
    ] = False,
    config: Config = None,
) -> None:
    """Read a pasted sync error, in any language, and say what it is.

    For example: dirsync-triage explain "[ProxyAddresses SMTP:john@contoso.com;]"

    It takes the sentence with the square brackets, event 6941, the export error's JSON, Graph's answers, and names of
    errors. AD and Entra are asked about what stands in it; nothing is changed. Exit code 1: there is no error in it.
    """
    from handlers.commands.explain import explain as look
    from handlers.commands.explain import understood

    pasted = _pasted(text)

    async def ask() -> Any:
        from bot import plain
        from bot.clock import SystemClock
        from bot.directories import directories

        given = _settings(config)
        async with directories(given) as found:
            return await look(
                pasted,
                tenant=given.tenant_id,
                ad=found.ad,
                cloud=found.cloud,
                clock=SystemClock(),
                policy=plain.policy_of(given),
                full=True,
            )

    answer = understood(pasted)
    if not (offline or answer.trouble):
        answer = _run(ask())
    if json:
        from bot import report

        told = report.explained(answer, offline=offline)
        _print_json(told)
    else:
        from bot.console import show_explained

        with _spoken(lang):
            show_explained(answer, Console())
    if answer.trouble:
        raise typer.Exit(1)


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

    found = casefile.read(_bytes_of(file))
    if isinstance(found, Say):
        with _spoken(lang):
            raise SettingsError(sentence(found))
    answer = casefile.examined(found)
    if json:
        from bot import report

        _print_json(report.examined(answer))
    else:
        from bot.console import show_examined

        with _spoken(lang):
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
    from bot.main import store_of
    from bot.model import Say
    from bot.triage import casefile
    from handlers.commands.bundle import bundle as make

    given = _settings(config)

    async def read() -> Any:
        async with aclosing(store_of(given)) as store:
            policy = plain.policy_of(given)
            return await make(
                case.lower(), redact=redact, cases=store, clock=SystemClock(), policy=policy
            )

    made = _run(read())
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
    from bot.main import store_of
    from bot.model import Say
    from handlers.commands.reply import reply as make

    given = _settings(config)

    async def read() -> Any:
        async with aclosing(store_of(given)) as store:
            return await make(case.lower(), cases=store)

    made = _run(read())
    with _spoken(lang):
        if isinstance(made, Say):
            sys.stderr.write(f"dirsync-triage: {sentence(made)}\n")
            raise typer.Exit(1)
        if json:
            lines = [say.english() for say in made.lines]
            _print_json({"case": case.lower(), "reply": lines})
        else:
            from bot.slack.words import plain

            sys.stdout.write("".join(f"{plain(say)}\n" for say in made.lines))


def _show(answer: Any, told: Any, json: bool, lang: Lang, gaps: Any = ()) -> None:  # noqa: FBT001 - private
    if json:
        _print_json(answer)
        return
    from bot.console import show_listing

    with _spoken(lang):
        show_listing(told(answer), Console(), gaps)


@app.command()
def free(
    value: Annotated[str, typer.Argument(help="An address or a sign-in name.")],
    json: Json = False,  # noqa: FBT002 - a flag of the command line
    lang: Lang = None,
    config: Config = None,
) -> None:
    """Tell whether an address or a sign-in name is free everywhere, and three free ones like it.

    For example: dirsync-triage free jane.doe@contoso.com

    AD with its recycle bin and the names it implies, Entra with its recycle bins. Exit code 1: it is not free, or
    not every place could be read.
    """
    from bot.clock import SystemClock
    from bot.directories import directories
    from bot.model import Answer
    from bot.plain import policy_of
    from bot.triage import telling
    from handlers.commands.free import free as look

    async def ask() -> Any:
        given = _settings(config)
        async with directories(given) as found:
            return await look(
                value,
                ad=found.ad,
                cloud=found.cloud,
                clock=SystemClock(),
                policy=policy_of(given),
                full=True,
            )

    answer = _run(ask())
    _show(answer, telling.free, json, lang, answer.gaps)
    if answer.trouble:
        raise typer.Exit(WRONG)
    if answer.free is not Answer.YES:
        raise typer.Exit(1)


@app.command()
def check(
    who: Annotated[str, typer.Argument(help="An address, UPN, objectGUID or ImmutableId.")],
    json: Json = False,  # noqa: FBT002 - a flag of the command line
    lang: Lang = None,
    config: Config = None,
) -> None:
    """Show one person or object on both sides, attribute by attribute, and what Entra should make of it.

    For example: dirsync-triage check john@contoso.com

    Nothing is changed. Exit code 1: nobody alive is meant by it.
    """
    from bot.directories import directories
    from bot.plain import policy_of
    from bot.triage import telling
    from handlers.commands.check import check as look

    async def ask() -> Any:
        given = _settings(config)
        async with directories(given) as found:
            return await look(
                who, ad=found.ad, cloud=found.cloud, policy=policy_of(given), full=True
            )

    answer = _run(ask())
    _show(answer, telling.checked, json, lang, answer.gaps)
    if answer.trouble:
        raise typer.Exit(WRONG)
    if not answer.found:
        raise typer.Exit(1)


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
    from bot.main import store_of
    from bot.triage import telling
    from handlers.commands.listing import listing

    async def read() -> Any:
        async with aclosing(store_of(_settings(config))) as store:
            return await listing(which, cases=store)

    answer = _run(read())
    _show(answer, telling.cases, json, lang)
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
    from bot.main import store_of
    from bot.triage import telling
    from handlers.commands.status import status as look

    async def read() -> Any:
        given = _settings(config)
        async with aclosing(store_of(given)) as store:
            return await look(cases=store, clock=SystemClock(), mode=given.mode)

    answer = _run(read())
    _show(answer, telling.status, json, lang)
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

    given = _settings(config)
    from_file = case == "-" or case.endswith(".json") or Path(case).is_file()
    found = _case_in(case, lang) if from_file else _stored_case(case.lower(), given)
    if found is None:
        sys.stderr.write(f"dirsync-triage: There is no case {case}.\n")
        raise typer.Exit(1)
    table, reminders = plain.table_of(given), plain.reminders_of(given)
    route = route_of(found, table)
    if json:
        _print_json(signpost.told(found, route, table, reminders))
    else:
        with _spoken(lang):
            signpost.show(found, route, table, reminders, Console())


def _case_in(name: str, lang: Language | None) -> Any:
    from bot.model import Case, Say
    from bot.triage import casefile

    found = casefile.read(_bytes_of(name))
    if isinstance(found, Say):
        with _spoken(lang):
            raise SettingsError(sentence(found))
    made = casefile.examined(found)
    return Case(
        key=made.key,
        errors=made.evidence.errors,
        evidence=made.evidence,
        diagnosis=made.diagnosis,
        proposals=made.proposals,
    )


def _stored_case(case_id: str, given: parts.Settings) -> Any:
    from bot.main import store_of

    async def read() -> Any:
        async with aclosing(store_of(given)) as store:
            return await store.get(case_id)

    return _run(read())


def _pasted(argument: str) -> str:
    """The text itself, or what stands on stdin or in a file; consoles of Windows write UTF-16."""
    if argument == "-":
        return _decoded(_bytes_of(argument))
    if argument.startswith("@") and len(argument) > 1:
        return _decoded(_read(Path(argument[1:])))
    return argument


def _decoded(found: bytes) -> str:
    wide = found.startswith((b"\xff\xfe", b"\xfe\xff"))
    return found.decode("utf-16" if wide else "utf-8-sig", errors="replace")


@app.command()
def softmatch(
    who: Annotated[str, typer.Argument(help="An address, UPN, objectGUID, ImmutableId.")],
    json: Json = False,  # noqa: FBT002 - a flag of the command line
    lang: Lang = None,
    watch: Annotated[  # noqa: FBT002 - a flag of the command line
        bool, typer.Option("--watch", help="Look again until they are joined or kept apart.")
    ] = False,
    config: Config = None,
) -> None:
    """Foretell whether an AD object will join a cloud object, and by which rule.

    For example: dirsync-triage softmatch john@contoso.com

    It asks AD and Entra directly and changes nothing. Exit code 1: it will not. 2: it cannot be told.
    """
    from bot.console import show_softmatch
    from bot.foresee import foresee
    from bot.model import Prospect

    told = _run(foresee(_settings(config), who, watch=watch))
    if json:
        _print_json(told)
    else:
        with _spoken(lang):
            show_softmatch(told, Console())
    if told.trouble or told.prospect is Prospect.UNKNOWN:
        raise typer.Exit(WRONG)
    if told.prospect is Prospect.APART:
        raise typer.Exit(1)


@app.command()
def demo(
    headless: Annotated[  # noqa: FBT002 - a flag of the command line
        bool, typer.Option(help="Walk through it without a browser; one JSON line a step.")
    ] = False,
) -> None:
    """Start a lab on this machine (an AD, an Entra, a Slack, a Contoso) and the bot in front of it.

    It needs no server, no root and no network, prints the address of a page to open, and ends on Ctrl-C
    leaving nothing behind. It refuses to start where a real tenant, Slack or AD is configured.
    """
    from bot import demo as show

    real = parts.real_parts(os.environ)
    if real:
        raise SettingsError(
            f"This environment is set up for something real: {', '.join(real)}.",
            todo="The demo only ever runs against its own lab: start it where no DIRSYNC_… is set.",
        )
    raise typer.Exit(_run(show.headless() if headless else show.show()))


@audit_app.command()
def verify(json: Json = False, config: Config = None) -> None:  # noqa: FBT002 - a flag
    """Check the audit chain from its first line to its head. Exit code 1: it was changed."""
    from bot.audit import chain
    from bot.main import store_of

    async def check() -> tuple[chain.Verdict, int]:
        async with aclosing(store_of(_settings(config))) as store:
            lines = [line async for line in store.audit_lines()]
            return chain.verify(lines, head=await store.audit_head()), len(lines)

    verdict, count = _run(check())
    if json:
        told = {
            "ok": verdict.ok,
            "lines": count,
            "first_bad": verdict.first_bad,
            "why": verdict.why,
        }
        _print_json(told)
    elif verdict.ok:
        sys.stdout.write(f"The chain of {count} lines is whole.\n")
    else:
        sys.stdout.write(f"The chain is broken at line {verdict.first_bad}: {verdict.why}\n")
    if not verdict.ok:
        raise typer.Exit(1)


@audit_app.command()
def export(config: Config = None) -> None:
    """Write the audit chain to stdout, one JSON line each."""
    from bot.audit import chain
    from bot.main import store_of

    async def write() -> None:
        async with aclosing(store_of(_settings(config))) as store:
            lines = [line async for line in store.audit_lines()]
        for line in chain.export(lines):
            sys.stdout.write(line)

    _run(write())


@app.command()
def trust_redis(json: Json = False, config: Config = None) -> None:  # noqa: FBT002 - a flag
    """Say that a Redis which was restored or failed over may be believed again.

    The bot only observes while Redis knows fewer writes than its own journal. Stop the bot, look at the
    cases, run this, start it again.
    """
    from bot.main import trust_redis as trust

    count = _run(trust(_settings(config)))
    _tell(json, f"Redis is trusted again, at {count} writes.", writes=count)


@app.command()
def health(json: Json = False, config: Config = None) -> None:  # noqa: FBT002 - a flag
    """Exit code 0 if the bot of this state_dir is alive, 1 if not. For a container's health check.

    How it is connected to Slack is told beside; a Slack that is away is waited out, not cured by a new start.
    """
    from bot.main import ALIVE, SLACK

    path = _settings(config).state_dir / ALIVE
    try:
        age = time.time() - path.stat().st_mtime
    except OSError:
        _tell(json, f"No sign of life in {path}.", alive=False, age=None)
        raise typer.Exit(1) from None
    alive = age <= ALIVE_FOR
    slack = _link_in(path.with_name(SLACK)) if alive else {}
    told = [f"Last sign of life {age:.0f} s ago.", slack.get("told", ""), slack.get("trouble", "")]
    _tell(json, " ".join(filter(None, told)), alive=alive, age=round(age, 1), slack=slack or None)
    if not alive:
        raise typer.Exit(1)


def _link_in(path: Path) -> dict[str, str]:
    """What the edge last wrote of its link to Slack; nothing if this process of the bot has none."""
    try:
        found: dict[str, str] = msgspec.json.decode(path.read_bytes())
    except (OSError, msgspec.DecodeError):
        return {}
    return found
