"""In: an AD object and a change the bot does not make. Out: the same change, for people to make on-premises.
Where an Exchange policy writes the addresses, Exchange makes it; where the object is protected, the AD team does.
Promise: pure; one modify where the bot would have made one, every value quoted.
"""

from collections.abc import Iterable

from bot.model import AdObject, Change, Instruction, ObjectType, Risk, Runbook, Say
from bot.triage.runbooks import delta_sync, exchange_remove, quoted, runbook
from bot.triage.value import bare_of, fold

# msExchRecipientTypeDetails -> what Exchange on-premises calls such an object
_CMDLETS = {
    1: "Set-Mailbox",
    2: "Set-Mailbox",
    4: "Set-Mailbox",
    16: "Set-Mailbox",
    32: "Set-Mailbox",
    64: "Set-MailContact",
    128: "Set-MailUser",
    256: "Set-DistributionGroup",
    512: "Set-DistributionGroup",
    1024: "Set-DistributionGroup",
    2048: "Set-DynamicDistributionGroup",
    1 << 31: "Set-RemoteMailbox",
    1 << 33: "Set-RemoteMailbox",
    1 << 34: "Set-RemoteMailbox",
    1 << 35: "Set-RemoteMailbox",
}
_BY_KIND = {
    ObjectType.GROUP: "Set-DistributionGroup",
    ObjectType.CONTACT: "Set-MailContact",
}


def cmdlet_of(ad: AdObject) -> str:
    usual = "Set-Mailbox" if ad.mailbox else "Set-MailUser"
    return _CMDLETS.get(ad.recipient_type) or _BY_KIND.get(ad.type, usual)


def ad_command(ad: AdObject, changes: Iterable[Change]) -> str:
    """All of it in one modify, as the bot would have written it."""
    changes = tuple(changes)
    gone = [(c.attribute, c.delete) for c in changes if c.delete]
    new = [(c.attribute, c.add) for c in changes if c.add]
    remove = f" -Remove {_table(gone)}" if gone else ""
    add = f" -Add {_table(new)}" if new else ""
    return f"Set-ADObject -Identity {quoted(ad.guid)}{remove}{add}"


def _table(pairs: Iterable[tuple[str, tuple[str, ...]]]) -> str:
    inside = "; ".join(f"{quoted(name)}={','.join(map(quoted, vs))}" for name, vs in pairs)
    return f"@{{{inside}}}"


def in_exchange(ad: AdObject, changes: tuple[Change, ...], *, rank: int, title: Say) -> Runbook:
    """The same change made where the e-mail address policy lives, so that the policy does not undo it."""
    cmdlet, name = cmdlet_of(ad), {"name": ad.name}
    identity = quoted(ad.guid)
    steps = [
        Instruction(
            Say(
                "In the Exchange Management Shell, take {name} out of the e-mail address policy; "
                "otherwise the policy writes the old address back.",
                name,
                (ad.ref,),
            ),
            f"{cmdlet} -Identity {identity} -EmailAddressPolicyEnabled $false",
        )
    ]
    proxies = [c for c in changes if c.attribute == "proxyAddresses"]
    mains = [bare_of(v)[1] for c in proxies for v in c.add if v.startswith("SMTP:")]
    steps += [
        Instruction(
            Say("Give {name} the new main address.", name, (ad.ref,)),
            f"{cmdlet} -Identity {identity} -PrimarySmtpAddress {quoted(main)}",
        )
        for main in mains
    ]
    new = {fold(v) for c in proxies for v in c.add}
    steps += [
        Instruction(
            Say("Take the address off {name}.", name, (ad.ref,)),
            exchange_remove(cmdlet, ad.guid, bare_of(value)[1]),
        )
        for c in proxies
        for value in c.delete
        if fold(value) not in new
    ]
    # `mail` follows the main address in Exchange; what is neither address nor mail is set in AD
    rest = [c for c in changes if c.attribute != "proxyAddresses"]
    rest = [c for c in rest if c.attribute != "mail" or not mains]
    if rest:
        steps.append(Instruction(Say("Set the rest in AD.", cites=(ad.ref,)), ad_command(ad, rest)))
    return runbook(
        *steps,
        rank=rank,
        risk=Risk.JUDGE,
        title=title,
        because=Say(
            "an Exchange e-mail address policy writes the addresses of {name}: a change in AD would be undone",
            name,
            (ad.ref,),
        ),
        undo=Say(
            "Add the address again with the same command (Add instead of Remove) and set "
            "EmailAddressPolicyEnabled back to $true.",
            cites=(ad.ref,),
        ),
    )


def by_ad_team(
    ad: AdObject, changes: tuple[Change, ...], *, rank: int, title: Say, because: Say
) -> Runbook:
    """What the bot must not write, for somebody who may."""
    return runbook(
        Instruction(
            Say(
                "Somebody with rights over {name} makes the change in one command.",
                {"name": ad.name},
                (ad.ref,),
            ),
            ad_command(ad, changes),
        ),
        delta_sync(),
        rank=rank,
        risk=Risk.DESTRUCTIVE,
        title=title,
        because=because,
        undo=Say("The same command with the values of Remove and Add exchanged.", cites=(ad.ref,)),
    )
