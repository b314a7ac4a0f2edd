"""In: nothing. Out: what /dirsync help tells of pause and resume, which are no questions.
The edge makes a sealed event of them, which `handlers.switch` decides on; a question of this name is one that an
edge of an older version let through.
Promise: as a question it changes nothing, and says what to do.
"""

from bot.events import QuestionAllowed
from bot.model import Say
from handlers.commands.command import Command, Ports, Reply


async def _again(question: QuestionAllowed, ports: Ports) -> Reply:  # noqa: ARG001 - looks nothing up
    say = Say(
        "Nothing was changed: the part of the bot that talks to Slack is of an older version. Start it anew."
    )
    return Reply("say", say)


PAUSE = Command(
    help=Say(
        "/dirsync pause REASON: nothing is written from now on, whoever approves it. Everybody who may ask may do it."
    ),
    answer=_again,
)
RESUME = Command(
    help=Say("/dirsync resume: writing goes on, once two approvers have said so."), answer=_again
)
