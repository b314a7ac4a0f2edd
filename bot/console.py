"""In: answers of commands. Out: what a terminal shows.
Promise: pure but for the console it writes to; values of a directory are data, never terminal codes or markup.
"""

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from bot.answers import Calculated, Calculation, Examined, Explained, Foretold, Listing, WhoHas
from bot.model import Gap, Holder, Proposal, Runbook, Say
from bot.slack.answers import ANSWERS, RULES, summary
from bot.slack.cards import diff
from bot.slack.explained import told_of
from bot.slack.faces import risk_of
from bot.slack.table import claims, kind_of, signs, where
from bot.slack.words import places, plain, told_of_gap, visible
from bot.words import sentence, t


def show_whohas(found: WhoHas, console: Console) -> None:
    if found.trouble:
        console.print(_text(found.trouble))
        return
    console.print(_text(summary(found), style="bold"))
    _show_holders(found.holders, console)
    if found.close:
        close = ", ".join(visible(v) for v in found.close)
        console.print(Text(t("Did you mean: {values}").format(values=close)))
    _show_where(found.searched, found.gaps, console)


def show_calculated(found: Calculation, console: Console) -> None:
    if found.trouble:
        console.print(_text(found.trouble))
        return
    if not found.objects:
        console.print(Text(t("No AD object was found for it."), style="bold"))
    for each in found.objects:
        _show_one(each, console)
    _show_where(found.searched, found.gaps, console)


def _show_one(made: Calculated, console: Console) -> None:
    console.print(Text(visible(f"{made.ad.name} ({kind_of(made.ad.type)})"), style="bold"))
    console.print(Text(visible(made.ad.dn)), soft_wrap=True)
    if made.left_out:
        said = t("Does not synchronize: {why}.").format(why=sentence(made.left_out))
        console.print(Text(visible(said)))
        return
    now = {row.attribute: row.entra for row in made.compared if row.entra is not None}
    columns = [t("Attribute"), "AD", "Entra", *([t("Entra now")] if now else [])]
    table = Table(*columns, show_lines=True)
    ad = made.ad
    rows: tuple[tuple[str, Sequence[str | None], Sequence[str | None]], ...] = (
        ("userPrincipalName", (ad.user_principal_name,), (made.user_principal_name,)),
        ("mail", (ad.mail,), (made.mail,)),
        ("mailNickname", (ad.mail_nickname,), (made.mail_nickname,)),
        ("proxyAddresses", ad.proxy_addresses, made.proxy_addresses),
    )
    for attribute, here, there in rows:
        shown = [_lines(now.get(attribute) or ())] if now else []
        table.add_row(attribute, _lines(here), _lines(there), *shown)
    console.print(table)
    for lost in made.dropped:
        line = f"{lost.attribute} {lost.value}: {sentence(lost.why)}."
        if lost.shown:
            line += " " + t("It shows {shown} instead.").format(shown=lost.shown)
        console.print(Text(visible(line, 600), style="yellow"))
    for say in made.assumed:
        console.print(Text(visible(sentence(say), 600), style="dim"))


def _lines(values: Sequence[str | None]) -> Text:
    return Text("\n".join(visible(v) for v in values if v) or "–")


def show_explained(found: Explained, console: Console) -> None:
    if found.trouble:
        console.print(_text(found.trouble))
        return
    console.print(Text(t("What the text says"), style="bold"))
    for pasted in found.errors:
        _line(console, "  " + told_of(pasted))
    for note in found.notes:
        console.print(_text(note, style="yellow"))
    for examined in found.examined:
        console.print()
        show_examined(examined, console)


def show_examined(examined: Examined, console: Console) -> None:
    diagnosis, evidence = examined.diagnosis, examined.evidence
    console.print(
        Text(f"{diagnosis.code}  ", style="dim").append_text(_text(diagnosis.title, style="bold"))
    )
    if diagnosis.alert:
        console.print(
            Text(
                t("This may be an attack: tell security before anything is changed."),
                style="bold red",
            )
        )
    _show_says(t("What happened"), diagnosis.what, console)
    _show_says(t("Why we think so"), diagnosis.why, console)
    _show_holders(evidence.holders, console)
    if diagnosis.scores:
        console.print(Text(t("Who should keep it"), style="bold"))
    for score in diagnosis.scores:
        _line(console, f"  {score.name}: {score.total:+d}", style="bold")
        for term in score.terms:
            _line(console, f"    {term.points:+d}  {sentence(term.say)}")
    _show_says(t("What happens next"), diagnosis.then, console)
    for proposal in examined.proposals:
        _show_proposal(proposal, console)
    for runbook in diagnosis.runbooks:
        _show_runbook(runbook, console)
    _show_where(evidence.searched, evidence.gaps, console)


def _show_proposal(proposal: Proposal, console: Console) -> None:
    title = Text(t("Suggested change") + ": ", style="bold")
    console.print(title.append_text(_text(proposal.title)))
    console.print(Text(f"  {risk_of(proposal.risk)}: ").append_text(_text(proposal.because)))
    for step in proposal.steps:
        for line in diff(step).split("\n"):
            style = {"-": "red", "+": "green"}.get(line[:1], "")
            console.print(Text(f"    {line}", style=style), soft_wrap=True)
    for say in (*proposal.consequences, proposal.untouched):
        _line(console, "  " + sentence(say))


def _show_runbook(runbook: Runbook, console: Console) -> None:
    title = Text(t("By hand") + ": ", style="bold")
    console.print(title.append_text(_text(runbook.title)))
    console.print(Text(f"  {risk_of(runbook.risk)}: ").append_text(_text(runbook.because)))
    for number, step in enumerate(runbook.steps, 1):
        _line(console, f"  {number}. {sentence(step.say)}")
        if step.command:
            _line(console, f"       {step.command}", style="cyan")
    _line(console, "  " + sentence(runbook.undo))


def _show_holders(holders: tuple[Holder, ...], console: Console) -> None:
    if not holders:
        return
    table = Table(t("Object"), t("Where"), t("Holds"), t("Sign-in / mail"), show_lines=True)
    for holder in holders:
        upn = (holder.ad and holder.ad.user_principal_name) or (
            holder.cloud and holder.cloud.user_principal_name
        )
        name = Text(visible(holder.name), style="bold")
        if upn:
            name.append("\n" + visible(upn), style="cyan")
        table.add_row(name, where(holder), Text(_shown(claims(holder))), signs(holder))
    console.print(table)
    for holder in holders:
        if holder.ad and holder.ad.dn:
            console.print(Text(visible(holder.ad.dn)), soft_wrap=True)


def show_softmatch(told: Foretold, console: Console) -> None:
    console.print(Text(plain(told.title), style="bold"))
    if told.rules:
        table = Table(t("Rule"), t("Answer"), t("Why"), show_lines=True)
        for look in told.rules:
            why = Text("\n".join(plain(say) for say in look.why))
            table.add_row(plain(RULES[look.rule]), plain(ANSWERS[look.answer]), why)
        console.print(table)
    else:
        for bar in told.bars:
            console.print(Text(plain(bar.say)))
    if told.ad and told.ad.dn:
        console.print(Text(visible(told.ad.dn)), soft_wrap=True)
    for say in told.then:
        console.print(Text("• " + plain(say)))
    for number, step in enumerate(told.steps, start=1):
        console.print(Text(f"{number}. {plain(step.say)}"))
        if step.command:
            console.print(Text("   " + visible(step.command, 1200), style="cyan"), soft_wrap=True)
    for say in told.outdated:
        console.print(Text(plain(say), style="dim"))
    _show_where(told.searched, told.gaps, console)


def _show_where(searched: Sequence[str], gaps: Sequence[Gap], console: Console) -> None:
    if searched:
        said = t("Looked in {searched}.").format(searched=places(searched))
        console.print(Text(visible(said, 3000), style="dim"))
    for gap in gaps:
        line = t("Could not be read: {where}, {what}: {reason}").format(**told_of_gap(gap))
        console.print(Text(visible(line), style="yellow"))


def _show_says(heading: str, says: tuple[Say, ...], console: Console) -> None:
    if says:
        console.print(Text(heading, style="bold"))
    for say in says:
        _line(console, "  " + sentence(say))


def _shown(lines: str) -> str:
    """The prefix of an address is data of a directory too."""
    return "\n".join(visible(line) for line in lines.split("\n"))


def _text(say: Say, *, style: str = "") -> Text:
    return Text(visible(sentence(say), 3000), style=style)


def _line(console: Console, line: str, *, style: str = "") -> None:
    console.print(Text(visible(line, 3000), style=style), soft_wrap=True)


def show_listing(listing: Listing, console: Console, gaps: Sequence[Gap] = ()) -> None:
    """What `bot.triage.telling` makes of an answer."""
    console.print(_text(listing.title, style="bold"))
    for say in listing.lines:
        _line(console, "  " + visible(plain(say), 2000))
    _show_where((), tuple(gaps), console)
