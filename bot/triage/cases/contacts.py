"""In: a contact that should let go of an address. Out: what people look at first, and how they hide it for good.
Promise: pure; the bot deletes nothing and hides nothing: both are instructions.
"""

from bot.model import Holder, Instruction, Risk, Runbook, Say
from bot.triage.byhand import cmdlet_of
from bot.triage.runbooks import quoted, runbook
from bot.triage.situation import refs


def look_first(contact: Holder) -> tuple[Say, ...]:
    return (
        Say(
            "Before {name} loses its address: look which groups it is a member of, and whether anybody’s mail is "
            "forwarded to it.",
            {"name": contact.name},
            refs(contact),
        ),
    )


def hide(contact: Holder) -> tuple[Runbook, ...]:
    ad = contact.ad
    if ad is None or ad.deleted:
        return ()
    identity, name, cites = quoted(ad.guid), {"name": contact.name}, refs(contact)
    return (
        runbook(
            Instruction(
                Say("See which groups {name} is a member of.", name, cites),
                f"Get-ADObject -Identity {identity} -Properties memberOf, targetAddress | "
                "Select-Object Name, targetAddress, memberOf",
            ),
            Instruction(
                Say(
                    "Hide {name} from the address book and wait whether anybody misses it.",
                    name,
                    cites,
                ),
                f"{cmdlet_of(ad)} -Identity {identity} -HiddenFromAddressListsEnabled $true",
            ),
            Instruction(
                Say("Whoever looks after the contact deletes it when nobody does.", cites=cites),
                f"Remove-ADObject -Identity {identity} -Confirm",
            ),
            rank=1,
            risk=Risk.DESTRUCTIVE,
            title=Say("Hide the contact {name}, and delete it later", name, cites),
            because=Say("the bot deletes nothing", cites=cites),
            undo=Say(
                "Show it again with -HiddenFromAddressListsEnabled $false; a deleted contact comes back from the "
                "recycle bin of AD, if that is switched on.",
                cites=cites,
            ),
        ),
    )
