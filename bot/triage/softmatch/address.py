"""In: an AD object (or none yet) and the main address it must have. Out: the steps that give it this address.
Way A with Exchange's tools where AD bears the marks of Exchange, way B (the mail field) where it does not.
Promise: pure; each command names its target by objectGUID and holds nothing that is not quoted.
"""

from bot.model import AdObject, CloudObject, Instruction, ObjectType, Say
from bot.triage.policy import Policy
from bot.triage.runbooks import quoted
from bot.triage.softmatch.bars import called
from bot.triage.softmatch.names import SMTP, main_address
from bot.triage.value import bare_of, fold

# msExchRecipientTypeDetails -> the cmdlet of Exchange on-premises that sets its addresses
_SETS = {
    **dict.fromkeys((1, 2, 4, 8, 16, 32), "Set-Mailbox"),
    **dict.fromkeys((1 << 31, 1 << 33, 1 << 34, 1 << 35), "Set-RemoteMailbox"),
    64: "Set-MailContact",
    128: "Set-MailUser",
    **dict.fromkeys((256, 512, 1024), "Set-DistributionGroup"),
}
_ENABLES = {
    ObjectType.USER: "Enable-RemoteMailbox",
    ObjectType.GROUP: "Enable-DistributionGroup",
    ObjectType.CONTACT: "Enable-MailContact",
}


def set_main_address(
    ad: AdObject, cloud: CloudObject, main: str, *, exchange: bool
) -> tuple[Instruction, ...]:
    now = main_address(ad)
    values = {"name": ad.name, "main": main, "cloud": called(cloud)}
    cites = (ad.ref, cloud.ref)
    if now.sure == main:
        say = Say("{name} has the main address {main} already: nothing to set.", values, cites)
        return (Instruction(say),)
    if ad.recipient_type or ad.mailbox or exchange:
        return (_way_a(ad, main, values, cites),)
    return _way_b(ad, main, values, cites)


def _way_a(ad: AdObject, main: str, values: dict[str, str], cites: tuple[str, ...]) -> Instruction:
    who = quoted(ad.guid)
    known = _SETS.get(ad.recipient_type) or ("Set-Mailbox" if ad.mailbox else None)
    if known is None:
        say = Say(
            "Way A: this AD bears the marks of Exchange, so make {name} known to it with Exchange’s own tools, with the "
            "main address {main}.",
            values,
            cites,
        )
        command = f"{_ENABLES.get(ad.type, 'Enable-MailUser')} -Identity {who} -PrimarySmtpAddress {quoted(main)}"
        if ad.type is ObjectType.CONTACT:
            command += f" -ExternalEmailAddress {quoted(main)}"
        return Instruction(say, command)
    say = Say(
        "Way A: Exchange writes the addresses of {name}, so set the main address {main} with its own tools.",
        values,
        cites,
    )
    return Instruction(
        say,
        f"{known} -Identity {who} -PrimarySmtpAddress {quoted(main)} -EmailAddressPolicyEnabled $false",
    )


def _way_b(
    ad: AdObject, main: str, values: dict[str, str], cites: tuple[str, ...]
) -> tuple[Instruction, ...]:
    who = quoted(ad.guid)
    say = Say(
        "Way B, without Exchange: in Active Directory Users and Computers set the field E-mail on the General tab of "
        "{name} to {main}.",
        values,
        cites,
    )
    mail = Instruction(say, f"Set-ADObject -Identity {who} -Replace @{{mail={quoted(main)}}}")
    if not ad.proxy_addresses:
        return (mail,)
    say = Say(
        "{name} has proxyAddresses, which count more than its mail: make {main} the main one there too.",
        values,
        cites,
    )
    mains = [v for v in ad.proxy_addresses if v.startswith(SMTP)]
    gone = [*mains, *(v for v in ad.proxy_addresses if bare_of(v) == ("smtp", fold(main)))]
    added = [
        SMTP + main,
        *(f"smtp:{v[len(SMTP) :]}" for v in mains if fold(v) != fold(SMTP + main)),
    ]
    remove = f" -Remove @{{proxyAddresses={_list(gone)}}}" if gone else ""
    command = f"Set-ADObject -Identity {who}{remove} -Add @{{proxyAddresses={_list(added)}}}"
    return (mail, Instruction(say, command))


def _list(values: list[str]) -> str:
    return ",".join(quoted(v) for v in dict.fromkeys(values))


def create_account(cloud: CloudObject, main: str | None, policy: Policy) -> tuple[Instruction, ...]:
    """With the address from its first moment: an object that Entra has seen without it is not matched any more."""
    say = Say(
        "Create its AD object with this address from the start, in an OU that is synchronized: once Entra has seen it "
        "without, it is never matched. The account must be enabled, or the cloud account is disabled at the join.",
        {"cloud": called(cloud)},
        (cloud.ref,),
    )
    name = f"-Name {quoted(cloud.name)}"
    where = f" -Path {quoted(policy.sync_ous[0])}" if policy.sync_ous else ""
    mail = f" -OtherAttributes @{{mail={quoted(main)}}}" if main else ""
    if cloud.type is ObjectType.GROUP:
        kind = f"New-ADGroup {name} -GroupScope Universal -GroupCategory Distribution"
    elif cloud.type is ObjectType.CONTACT:
        kind = f"New-ADObject {name} -Type contact"
    else:
        upn = cloud.user_principal_name or ""
        account = fold(upn or cloud.mail_nickname or cloud.name).partition("@")[0][:20]
        kind = (
            f"New-ADUser {name} -SamAccountName {quoted(account)} -UserPrincipalName {quoted(upn)}"
            " -AccountPassword (Read-Host -AsSecureString) -Enabled $true"
        )
    there = Say(
        "If its AD account is there under other names, ask again with the objectGUID of that one.",
        cites=(cloud.ref,),
    )
    return (Instruction(say, kind + where + mail), Instruction(there))
