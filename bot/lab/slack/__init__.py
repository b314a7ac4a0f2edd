"""In: a workspace of the lab.
Out: `serve`, which plays Slack for it on a loopback port, and the types it takes and gives.
Promise: an app built with slack_sdk or slack_bolt cannot tell it from Slack in what it covers.
"""

from bot.lab.slack.console import Console
from bot.lab.slack.interactions import Interactions, Outcome
from bot.lab.slack.records import Channel, Command, Message, Token, User, View
from bot.lab.slack.server import LabSlack, serve
from bot.lab.slack.workspace import Workspace, contoso

__all__ = [
    "Channel",
    "Command",
    "Console",
    "Interactions",
    "LabSlack",
    "Message",
    "Outcome",
    "Token",
    "User",
    "View",
    "Workspace",
    "contoso",
    "serve",
]
