"""In: names and values of a case. Out: instructions for people, with commands that can be pasted as they are.
Everything that comes out of a directory is quoted for PowerShell; what cannot be quoted safely is not put in.
Promise: pure; a runbook is never a button; each one says why there is none and how to go back.
"""

import unicodedata
from urllib.parse import quote

from bot.model import AdObject, CloudObject, Instruction, ObjectType, Risk, Runbook, Say
from bot.rules import names
from bot.triage.value import guid_of_anchor

# PowerShell takes any of these for a single quote
_QUOTES = frozenset("'\u2018\u2019\u201a\u201b")
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
GRAPH = "https://graph.microsoft.com"
SOFT_MATCH = "blockSoftMatchEnabled"
HARD_MATCH = "blockCloudObjectTakeoverThroughHardMatchEnabled"


def quoted(value: str) -> str:
    """A PowerShell literal. Control characters, which could end a line, are shown as code points: the command
    then fails harmlessly instead of running something else.
    """
    shown = "".join(f"<U+{ord(c):04X}>" if unicodedata.category(c) in _HIDDEN else c for c in value)
    return "'" + "".join(c * 2 if c in _QUOTES else c for c in shown) + "'"


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


# ---------------------------------------------------------------- the sync server


def delta_sync() -> Instruction:
    return Instruction(
        Say("On the sync server, run a delta synchronization and wait until it has ended."),
        "Start-ADSyncSyncCycle -PolicyType Delta",
    )


# ---------------------------------------------------------------- AD


def _domain(ad: AdObject) -> str:
    try:
        return names.domain_of(ad.dn)
    except ValueError:
        return ""


def at(ad: AdObject) -> str:
    """The object by its GUID, in its own domain: a GUID is looked up in one domain only."""
    server = f" -Server {quoted(domain)}" if (domain := _domain(ad)) else ""
    return f"-Identity {quoted(ad.guid)}{server}"


def take_out(ad: AdObject) -> Instruction:
    return Instruction(
        Say(
            "In AD, move {name} into an OU that is not synchronized. Write down where it is now: {dn}",
            {"name": ad.name, "dn": ad.dn},
            (ad.ref,),
        ),
        f"Move-ADObject {at(ad)} -TargetPath (Read-Host 'DN of an OU that is not synchronized')",
    )


def put_back(ad: AdObject) -> Instruction:
    try:
        home = names.parent(ad.dn)
    except ValueError:
        home = ""
    return Instruction(
        Say("Move {name} back to where it was.", {"name": ad.name}, (ad.ref,)),
        f"Move-ADObject {at(ad)} -TargetPath {quoted(home)}" if home else "",
    )


def take_off(ad: AdObject, attribute: str, stored: str) -> Instruction:
    return Instruction(
        Say(
            "In AD, take {value} off {name} ({attribute}).",
            {"value": stored, "name": ad.name, "attribute": attribute},
            (ad.ref,),
        ),
        f"Set-ADObject {at(ad)} -Remove @{{{quoted(attribute)}={quoted(stored)}}}",
    )


def put_on(ad: AdObject, attribute: str, stored: str) -> Instruction:
    return Instruction(
        Say(
            "In AD, put {value} back on {name} ({attribute}).",
            {"value": stored, "name": ad.name, "attribute": attribute},
            (ad.ref,),
        ),
        f"Set-ADObject {at(ad)} -Add @{{{quoted(attribute)}={quoted(stored)}}}",
    )


def make_primary(ad: AdObject, stored: str) -> Instruction:
    """An extra address becomes the main one; what was the main one stays as an extra."""
    address = stored.partition(":")[2]
    main = next((v for v in ad.proxy_addresses if v.startswith("SMTP:")), None)
    gone, come = [stored], [f"SMTP:{address}"]
    if main:
        gone.append(main)
        come.append(f"smtp:{main.partition(':')[2]}")
    remove, add = (",".join(map(quoted, values)) for values in (gone, come))
    return Instruction(
        Say(
            "Make {value} the main address of {name}: only the main one is compared.",
            {"value": address, "name": ad.name},
            (ad.ref,),
        ),
        f"Set-ADObject {at(ad)} -Remove @{{proxyAddresses={remove}}} -Add @{{proxyAddresses={add}}}",
    )


def write_anchor(ad: AdObject, anchor: str) -> Instruction:
    """mS-DS-ConsistencyGuid = the 16 bytes behind an ImmutableId; no command when it is not that."""
    say = Say(
        "In AD, set mS-DS-ConsistencyGuid of {name} to the 16 bytes of {anchor}. "
        "Write down what stands there now.",
        {"name": ad.name, "anchor": anchor},
        (ad.ref,),
    )
    if guid_of_anchor(anchor) is None:
        return Instruction(say)
    octets = f"[byte[]][Convert]::FromBase64String({quoted(anchor)})"
    return Instruction(say, f"Set-ADObject {at(ad)} -Replace @{{'mS-DS-ConsistencyGuid'={octets}}}")


def show_anchor(ad: AdObject) -> Instruction:
    domain = _domain(ad)
    command = (
        f"Get-ADReplicationAttributeMetadata -Object {quoted(ad.guid)} -Server {quoted(domain)} "
        "-Properties 'mS-DS-ConsistencyGuid'"
    )
    return Instruction(
        Say(
            "Look when and on which domain controller mS-DS-ConsistencyGuid of {name} was last written; "
            "event 5136 in that controller’s security log says by whom, if it is recorded.",
            {"name": ad.name},
            (ad.ref,),
        ),
        command if domain else "",
    )


# ---------------------------------------------------------------- Entra


def _url(*path: str) -> str:
    return quoted("/".join((GRAPH, *(quote(part, safe="", errors="replace") for part in path))))


def show_user(cloud: CloudObject, anchor: str) -> Instruction:
    return Instruction(
        Say(
            "Check that {name} in Entra shows OnPremisesSyncEnabled True and the ImmutableId {anchor}.",
            {"name": cloud.name, "anchor": anchor},
            (cloud.ref,),
        ),
        f"Get-MgUser -UserId {quoted(cloud.id)} -Property Id,OnPremisesSyncEnabled,OnPremisesImmutableId | "
        "Format-List Id,OnPremisesSyncEnabled,OnPremisesImmutableId",
    )


def _delete(cloud: CloudObject) -> str:
    if cloud.type is ObjectType.GROUP:
        return f"Remove-MgGroup -GroupId {quoted(cloud.id)}"
    if cloud.type is ObjectType.CONTACT:
        return f"Remove-MailContact -Identity {quoted(in_exchange(cloud))}"
    return f"Remove-MgUser -UserId {quoted(cloud.id)}"


def delete(cloud: CloudObject) -> Instruction:
    return Instruction(
        Say(
            "In Entra, delete {name} ({id}).",
            {"name": cloud.name, "id": cloud.id},
            (cloud.ref,),
        ),
        _delete(cloud),
    )


def nobody_needs(cloud: CloudObject) -> Instruction:
    """Before anything is removed for good."""
    return Instruction(
        Say(
            "Make sure that nobody needs the mailbox and the files of {owner}. Let a second person look too.",
            {"owner": cloud.name},
            (cloud.ref,),
        )
    )


def purge(cloud: CloudObject) -> Instruction:
    return Instruction(
        Say(
            "Remove {name} ({id}) from Entra’s recycle bin for good.",
            {"name": cloud.name, "id": cloud.id},
            (cloud.ref,),
        ),
        f"Remove-MgDirectoryDeletedItem -DirectoryObjectId {quoted(cloud.id)}",
    )


def restore(cloud: CloudObject) -> Instruction:
    return Instruction(
        Say(
            "Restore {name} ({id}) from Entra’s recycle bin.",
            {"name": cloud.name, "id": cloud.id},
            (cloud.ref,),
        ),
        f"Restore-MgDirectoryDeletedItem -DirectoryObjectId {quoted(cloud.id)}",
    )


def set_flag(tenant: str, flag: str, *, on: bool) -> Instruction:
    """One of the tenant's protections of matching. It holds for everybody, so it goes back on at once."""
    url = _url("v1.0", "directory", "onPremisesSynchronization", tenant)
    return Instruction(
        Say("Switch {attribute} on again.", {"attribute": flag}, ("flags",))
        if on
        else Say(
            "Switch {attribute} off. It protects the whole tenant: keep the time short.",
            {"attribute": flag},
            ("flags",),
        ),
        f"Invoke-MgGraphRequest -Method PATCH -Uri {url} "
        f"-Body @{{features=@{{{flag}={'$true' if on else '$false'}}}}}",
    )


def clear_mapping(cloud: CloudObject) -> Instruction:
    url = _url("beta", "users", cloud.id)
    return Instruction(
        Say(
            "Clear onPremisesObjectIdentifier of {name}; Entra takes nothing but null here.",
            {"name": cloud.name},
            (cloud.ref,),
        ),
        f"Invoke-MgGraphRequest -Method PATCH -Uri {url} -ContentType 'application/json' "
        """-Body '{"onPremisesObjectIdentifier": null}'""",
    )


def back_to_ad(cloud: CloudObject) -> Instruction:
    kind = {ObjectType.GROUP: "groups", ObjectType.CONTACT: "contacts"}.get(cloud.type, "users")
    url = _url("v1.0", kind, cloud.id, "onPremisesSyncBehavior")
    return Instruction(
        Say(
            "Give {name} back to AD: its cloud values are then overwritten by those of AD.",
            {"name": cloud.name},
            (cloud.ref,),
        ),
        f"Invoke-MgGraphRequest -Method PATCH -Uri {url} -Body @{{isCloudManaged=$false}}",
    )


def rename_in_cloud(cloud: CloudObject) -> Instruction:
    return Instruction(
        Say(
            "Give {name} another sign-in name in Entra. Tell the person first.",
            {"name": cloud.name},
            (cloud.ref,),
        ),
        f"Update-MgUser -UserId {quoted(cloud.id)} -UserPrincipalName (Read-Host 'New sign-in name')",
    )


# ---------------------------------------------------------------- Exchange Online


def in_exchange(cloud: CloudObject) -> str:
    """How Exchange is asked for an object of Entra."""
    return cloud.mail or cloud.user_principal_name or cloud.id


def cmdlet_of(cloud: CloudObject) -> str:
    match cloud.type:
        case ObjectType.CONTACT:
            return "Set-MailContact"
        case ObjectType.GROUP:
            return "Set-UnifiedGroup" if cloud.unified else "Set-DistributionGroup"
        case _:
            return "Set-MailUser" if cloud.guest else "Set-Mailbox"


def exchange_remove(cmdlet: str, identity: str, value: str) -> str:
    """`cmdlet`: Set-Mailbox, Set-RemoteMailbox, Set-MailContact, Set-DistributionGroup, Set-UnifiedGroup …"""
    gone = quoted(f"smtp:{value}")
    return f"{cmdlet} -Identity {quoted(identity)} -EmailAddresses @{{Remove={gone}}}"


def take_off_in_exchange(cloud: CloudObject, value: str, *, main: bool) -> tuple[Instruction, ...]:
    """A main address can only be taken off once there is another one."""
    cmdlet, identity = cmdlet_of(cloud), in_exchange(cloud)
    gaps = {"name": cloud.name, "value": value}
    removal = Instruction(
        Say("In Exchange Online, take {value} off {name}.", gaps, (cloud.ref,)),
        exchange_remove(cmdlet, identity, value),
    )
    if not main:
        return (removal,)
    parameter = (
        "-WindowsEmailAddress"
        if cmdlet in {"Set-Mailbox", "Set-MailUser"}
        else "-PrimarySmtpAddress"
    )
    first = Instruction(
        Say(
            "In Exchange Online, give {name} another main address than {value}.", gaps, (cloud.ref,)
        ),
        f"{cmdlet} -Identity {quoted(identity)} {parameter} (Read-Host 'New main address')",
    )
    # by its old name it is not found any more once that has gone
    return (first, removal)
