"""In: QuestionAllowed. Out: Answered, from the one command it names.
One file a command and one line in `COMMANDS`; a word nobody knows is answered with the nearest and the whole list.
Promise: every question is answered.
"""

from collections.abc import Mapping, Sequence
from difflib import get_close_matches

import msgspec

from bot.answers import Listing
from bot.events import Answered, QuestionAllowed
from bot.model import Mode, Say
from bot.ports import AdReader, Cases, Clock, Cloud, Result
from bot.triage.policy import Policy
from handlers.commands import (
    bundle,
    calculate,
    check,
    explain,
    free,
    listing,
    reply,
    softmatch,
    status,
    switch,
    whohas,
)
from handlers.commands.command import Command, Ports, Reply
from handlers.timing import Timing

HELP = "help"


async def _help(question: QuestionAllowed, ports: Ports) -> Reply:  # noqa: ARG001 - help looks nothing up
    title = Say("What this bot can be asked; the answer is for your eyes only.")
    return Reply("list", Listing(title=title, lines=tuple(c.help for c in COMMANDS.values())))


COMMANDS: Mapping[str, Command] = {
    "whohas": whohas.COMMAND,
    "list": listing.LIST,
    "show": listing.SHOW,
    "free": free.COMMAND,
    "check": check.COMMAND,
    "calculate": calculate.COMMAND,
    "status": status.COMMAND,
    "explain": explain.COMMAND,
    "softmatch": softmatch.COMMAND,
    "bundle": bundle.COMMAND,
    "reply": reply.COMMAND,
    "pause": switch.PAUSE,
    "resume": switch.RESUME,
    HELP: Command(help=Say("/dirsync help: this list."), answer=_help),
}


async def commands(
    events: Sequence[QuestionAllowed],
    *,
    cases: Cases,
    ad: AdReader,
    cloud: Cloud,
    clock: Clock,
    timing: Timing,
    policy: Policy,
    mode: Mode,
) -> list[Result]:
    ports = Ports(
        cases=cases, ad=ad, cloud=cloud, clock=clock, timing=timing, policy=policy, mode=mode
    )
    results = []
    for event in events:
        known = COMMANDS.get(event.command)
        reply = await known.answer(event, ports) if known else _unknown(event.command)
        answered = Answered(
            tenant=event.tenant,
            id=f"{event.id}:answer",
            shape=reply.shape,
            body=msgspec.json.encode(reply.body).decode(),
            reply_to=event.reply_to,
            full=event.full,
            open=_open(reply),
            alert=reply.alert,
        )
        results.append(Result(event=event, follow=(answered,), later=reply.later))
    return results


def _open(reply: Reply) -> str | None:
    if reply.everybody is None or reply.everybody == reply.body:
        return None if reply.everybody is None else ""
    return msgspec.json.encode(reply.everybody).decode()


def _unknown(word: str) -> Reply:
    there = ", ".join(COMMANDS)
    near = get_close_matches(word, COMMANDS, n=1)
    if near:
        said = Say(
            "I do not know {word}. Did you mean /dirsync {near}? There are: {there}.",
            {"word": word, "near": near[0], "there": there},
        )
    else:
        said = Say(
            "I do not know {word}. There are: {there}. /dirsync help tells what each of them does.",
            {"word": word, "there": there},
        )
    return Reply("say", said)
