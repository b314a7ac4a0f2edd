"""In: names and values of a case. Out: instructions for people, with commands that can be pasted as they are.
Everything that comes out of a directory is quoted for PowerShell; what cannot be quoted safely is not put in.
Promise: pure; a runbook is never a button; each one says why there is none and how to go back.
"""

import unicodedata

from bot.model import Instruction, Risk, Runbook, Say

# PowerShell takes any of these for a single quote
_QUOTES = frozenset("'\u2018\u2019\u201a\u201b")


def quoted(value: str) -> str:
    """A PowerShell literal. Control characters, which could end a line, are shown as code points: the command
    then fails harmlessly instead of running something else.
    """
    shown = "".join(
        f"<U+{ord(c):04X}>" if unicodedata.category(c) in {"Cc", "Cf", "Zl", "Zp"} else c
        for c in value
    )
    return "'" + "".join(c * 2 if c in _QUOTES else c for c in shown) + "'"


def delta_sync() -> Instruction:
    return Instruction(
        Say("On the sync server, run a delta synchronization and wait until it has ended."),
        "Start-ADSyncSyncCycle -PolicyType Delta",
    )


def runbook(
    *steps: Instruction, rank: int, risk: Risk, title: Say, because: Say, undo: Say | None = None
) -> Runbook:
    return Runbook(
        rank=rank,
        risk=risk,
        title=title,
        because=because,
        steps=steps,
        undo=undo or Say("There is no way back: look twice before each step."),
    )


def exchange_remove(cmdlet: str, identity: str, value: str) -> str:
    """`cmdlet`: Set-Mailbox, Set-RemoteMailbox, Set-MailContact, Set-DistributionGroup, Set-UnifiedGroup …"""
    gone = quoted(f"smtp:{value}")
    return f"{cmdlet} -Identity {quoted(identity)} -EmailAddresses @{{Remove={gone}}}"
