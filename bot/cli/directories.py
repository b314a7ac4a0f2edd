"""In: an address, a name, a pasted error. Out: what AD and Entra say of it now; the commands that ask them.
Promise: nothing is changed, and no Slack and no Redis is needed, but where a command says so.
"""

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
    bytes_in,
    bytes_of,
    finish,
    print_json,
    settings,
    show,
    spoken,
)
from bot.errors import SettingsError


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
        async with directories(settings(config)) as found:
            return await look(value, ad=found.ad, cloud=found.cloud, full=True)

    answer = finish(ask())
    if json:
        print_json(answer)
    else:
        from bot.console import show_whohas

        with spoken(lang):
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
        print_json(answer)
    else:
        from bot.console import show_calculated

        with spoken(lang):
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
    return calculate_file(name, bytes_of(name), tenant, licensed=licensed)


def _calculate_live(who: str, config: Path | None) -> Any:
    from bot.directories import directories
    from bot.plain import policy_of
    from handlers.commands.calculate import calculate_of

    async def ask() -> Any:
        given = settings(config)
        async with directories(given) as found:
            policy = policy_of(given)
            return await calculate_of(who, ad=found.ad, cloud=found.cloud, policy=policy)

    return finish(ask())


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

        given = settings(config)
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
        answer = finish(ask())
    if json:
        from bot import report

        told = report.explained(answer, offline=offline)
        print_json(told)
    else:
        from bot.console import show_explained

        with spoken(lang):
            show_explained(answer, Console())
    if answer.trouble:
        raise typer.Exit(1)


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
    from bot.answers import Answer
    from bot.clock import SystemClock
    from bot.directories import directories
    from bot.plain import policy_of
    from bot.triage import telling
    from handlers.commands.free import free as look

    async def ask() -> Any:
        given = settings(config)
        async with directories(given) as found:
            return await look(
                value,
                ad=found.ad,
                cloud=found.cloud,
                clock=SystemClock(),
                policy=policy_of(given),
                full=True,
            )

    answer = finish(ask())
    show(answer, telling.free, json, lang, answer.gaps)
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
        given = settings(config)
        async with directories(given) as found:
            return await look(
                who, ad=found.ad, cloud=found.cloud, policy=policy_of(given), full=True
            )

    answer = finish(ask())
    show(answer, telling.checked, json, lang, answer.gaps)
    if answer.trouble:
        raise typer.Exit(WRONG)
    if not answer.found:
        raise typer.Exit(1)


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
    from bot.answers import Prospect
    from bot.console import show_softmatch
    from bot.foresee import foresee

    told = finish(foresee(settings(config), who, watch=watch))
    if json:
        print_json(told)
    else:
        with spoken(lang):
            show_softmatch(told, Console())
    if told.trouble or told.prospect is Prospect.UNKNOWN:
        raise typer.Exit(WRONG)
    if told.prospect is Prospect.APART:
        raise typer.Exit(1)


def _pasted(argument: str) -> str:
    """The text itself, or what stands on stdin or in a file; consoles of Windows write UTF-16."""
    if argument == "-":
        return _decoded(bytes_of(argument))
    if argument.startswith("@") and len(argument) > 1:
        return _decoded(bytes_in(Path(argument[1:])))
    return argument


def _decoded(found: bytes) -> str:
    wide = found.startswith((b"\xff\xfe", b"\xfe\xff"))
    return found.decode("utf-16" if wide else "utf-8-sig", errors="replace")
