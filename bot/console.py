"""In: answers of commands. Out: what a terminal shows.
Promise: pure but for the console it writes to; values of a directory are data, never terminal codes or markup.
"""

from rich.console import Console
from rich.table import Table
from rich.text import Text

from bot.model import WhoHas
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
    if found.searched:
        console.print(Text("Looked in " + ", ".join(found.searched) + ".", style="dim"))
    for gap in found.gaps:
        line = f"Could not be read: {gap.where}, {gap.what}: {gap.why}"
        console.print(Text(visible(line), style="yellow"))
