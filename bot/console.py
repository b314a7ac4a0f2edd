"""In: answers of commands. Out: what a terminal shows.
Promise: pure but for the console it writes to; values of a directory are data, never terminal codes or markup.
"""

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from bot.model import Calculated, Calculation, Gap, WhoHas
from bot.slack.answers import summary
from bot.slack.table import claims, signs, where
from bot.slack.words import visible


def show_whohas(found: WhoHas, console: Console) -> None:
    if found.trouble:
        console.print(Text(found.trouble.english()))
        return
    console.print(Text(summary(found).english(), style="bold"))
    if found.holders:
        table = Table("Object", "Where", "Holds", "Sign-in / mail", show_lines=True)
        for holder in found.holders:
            upn = (holder.ad and holder.ad.user_principal_name) or (
                holder.cloud and holder.cloud.user_principal_name
            )
            name = Text(visible(holder.name), style="bold")
            if upn:
                name.append("\n" + visible(upn), style="cyan")
            table.add_row(name, where(holder), Text(claims(holder)), signs(holder))
        console.print(table)
        for holder in found.holders:
            if holder.ad and holder.ad.dn:
                console.print(Text(visible(holder.ad.dn)), soft_wrap=True)
    if found.close:
        console.print(Text("Did you mean: " + ", ".join(visible(v) for v in found.close)))
    _show_where(found.searched, found.gaps, console)


def show_calculated(found: Calculation, console: Console) -> None:
    if found.trouble:
        console.print(Text(found.trouble.english()))
        return
    if not found.objects:
        console.print(Text("No AD object was found for it.", style="bold"))
    for each in found.objects:
        _show_one(each, console)
    _show_where(found.searched, found.gaps, console)


def _show_one(made: Calculated, console: Console) -> None:
    console.print(Text(visible(f"{made.ad.name} ({made.ad.type})"), style="bold"))
    console.print(Text(visible(made.ad.dn)), soft_wrap=True)
    if made.left_out:
        console.print(Text(visible(f"Does not synchronize: {made.left_out.english()}.")))
        return
    table = Table("Attribute", "AD", "Entra", show_lines=True)
    ad = made.ad
    rows: tuple[tuple[str, Sequence[str | None], Sequence[str | None]], ...] = (
        ("userPrincipalName", (ad.user_principal_name,), (made.user_principal_name,)),
        ("mail", (ad.mail,), (made.mail,)),
        ("mailNickname", (ad.mail_nickname,), (made.mail_nickname,)),
        ("proxyAddresses", ad.proxy_addresses, made.proxy_addresses),
    )
    for attribute, here, there in rows:
        table.add_row(attribute, _lines(here), _lines(there))
    console.print(table)
    for lost in made.dropped:
        place = f" It shows {lost.shown} instead." if lost.shown else ""
        line = f"{lost.attribute} {lost.value}: {lost.why.english()}.{place}"
        console.print(Text(visible(line, 600), style="yellow"))
    for say in made.assumed:
        console.print(Text(visible(say.english(), 600), style="dim"))


def _lines(values: Sequence[str | None]) -> Text:
    return Text("\n".join(visible(v) for v in values if v) or "–")


def _show_where(searched: Sequence[str], gaps: Sequence[Gap], console: Console) -> None:
    if searched:
        console.print(Text("Looked in " + ", ".join(searched) + ".", style="dim"))
    for gap in gaps:
        line = f"Could not be read: {gap.where}, {gap.what}: {gap.why}"
        console.print(Text(visible(line), style="yellow"))
