"""In: a prospect and what was read. Out: what happens at the join, and the procedure, step by step, with its values.
The classic procedure (main address of the cloud account, AD account, way A or B, sync) in today's tools.
Promise: pure; every value in a command is quoted; where an old step is outdated, it is said which and why.
"""

from bot.answers import Foretold, MatchRule, Pairing, Prospect
from bot.model import AdObject, CloudObject, Instruction, Say
from bot.triage.policy import Policy
from bot.triage.runbooks import delta_sync, quoted
from bot.triage.softmatch.address import create_account, set_main_address
from bot.triage.softmatch.bars import called, the_no
from bot.triage.softmatch.names import main_address, main_of, sign_in_name
from bot.triage.softmatch.ways_out import HOPELESS, way_out
from bot.triage.value import bare_of, fold

MICROSOFTS = ".onmicrosoft.com"

# ---------------------------------------------------------------- what happens at the join


def then(told: Foretold, read: Pairing) -> tuple[Say, ...]:
    ad, cloud = told.ad, told.cloud
    if cloud is None or told.prospect is Prospect.JOINED:
        return ()
    who, cites = {"cloud": called(cloud)}, (cloud.ref, *((ad.ref,) if ad else ()))
    said = [
        Say(
            "At the join every attribute of {cloud} that has a value in AD is overwritten with it, and the password "
            "too where password hashes are synchronized.",
            who,
            cites,
        )
    ]
    if ad is not None:
        said += [*_sign_in_after(ad, cloud, read), *_addresses_after(ad, cloud)]
        if ad.enabled is False:
            say = Say(
                "{name} is disabled in AD, so {cloud} will be disabled too.",
                {**who, "name": ad.name},
                cites,
            )
            said.append(say)
    say = Say(
        "From then on the two are bound by the anchor, not by an address: an address matches only once.",
        cites=cites,
    )
    return (*said, say)


def _sign_in_after(ad: AdObject, cloud: CloudObject, read: Pairing) -> tuple[Say, ...]:
    upn, now = sign_in_name(ad), cloud.user_principal_name
    if upn is None or now is None or cloud.deleted_at is not None or fold(upn) == fold(now):
        return ()
    values, cites = {"upn": upn, "now": now}, (ad.ref, cloud.ref, "tenant")
    verified = {fold(d) for d in read.tenant.verified_domains}
    if fold(upn).rpartition("@")[2] not in verified:
        return (
            Say(
                "Its sign-in name {upn} is not in a verified domain: people will sign in with a name that Entra makes "
                "up in {domain}, no longer with {now}.",
                {**values, "domain": read.tenant.initial_domain or MICROSOFTS},
                cites,
            ),
        )
    follows = read.tenant.flags.upn_changes_follow
    if cloud.licensed is not False and follows is not True:
        return (
            Say(
                "The sign-in name in AD is {upn}, in Entra {now}. Whether it changes for a licensed account depends on "
                "a switch of the tenant (SynchronizeUpnForManagedUsers) that is off or was not stated.",
                values,
                (*cites, "flags"),
            ),
        )
    return (Say("The sign-in name changes from {now} to {upn}.", values, cites),)


def _addresses_after(ad: AdObject, cloud: CloudObject) -> tuple[Say, ...]:
    said = []
    cites = (ad.ref, cloud.ref)
    ours, theirs = main_address(ad).sure, main_of(cloud)
    if ours and theirs and ours != theirs:
        say = Say(
            "The main address changes from {theirs} to {ours}.",
            {"theirs": theirs, "ours": ours},
            cites,
        )
        said.append(say)
    here = {bare_of(v)[1] for v in (*ad.proxy_addresses, ad.mail or "")}
    lost = [
        v
        for v in cloud.proxy_addresses
        if bare_of(v)[0] == "smtp"
        and bare_of(v)[1] not in here
        and not bare_of(v)[1].endswith(MICROSOFTS)
    ]
    if lost:
        say = Say(
            "Only Entra knows these addresses; put them into proxyAddresses in AD first, or they may be lost: {lost}.",
            {"lost": ", ".join(lost[:10])},
            cites,
        )
        said.append(say)
    return tuple(said)


# ---------------------------------------------------------------- what to do


def steps(told: Foretold, read: Pairing, policy: Policy) -> tuple[Instruction, ...]:
    cloud = told.cloud
    if told.prospect is Prospect.JOINED or cloud is None:
        return ()
    first = [step for bar in told.bars for step in way_out(bar, told, cloud, read)]
    if any(bar.code in HOPELESS for bar in the_no(told.bars)):
        return tuple(first)
    return (*first, *_procedure(told, cloud, read, policy))


def _procedure(
    told: Foretold, cloud: CloudObject, read: Pairing, policy: Policy
) -> tuple[Instruction, ...]:
    ad, main = told.ad, main_of(cloud)
    found: list[Instruction] = [_main_of_cloud(cloud, main)]
    if ad is None:
        found += create_account(cloud, main, policy)
    else:
        say = Say("Use the AD object that is there: {name}.", {"name": ad.name}, (ad.ref,))
        found.append(Instruction(say, f"Get-ADObject -Identity {quoted(ad.guid)}"))
        if told.by is not MatchRule.ANCHOR and main is not None:
            found += set_main_address(ad, cloud, main, exchange=read.exchange)
    keep = Say(
        "Leave the main address and the sign-in name of {cloud} as they are until the join is done: they are what "
        "the two are found by.",
        {"cloud": called(cloud)},
        (cloud.ref,),
    )
    ask = Say(
        "Ask again, or let this bot watch: it tells when the two are joined, or which rule kept them apart.",
        cites=(cloud.ref,),
    )
    return (*found, Instruction(keep), delta_sync(), Instruction(ask))


def _main_of_cloud(cloud: CloudObject, main: str | None) -> Instruction:
    if main is None:
        say = Say(
            "{cloud} has no main address in Entra: it can only be matched by its sign-in name. With an Exchange Online "
            "mailbox it would have one.",
            {"cloud": called(cloud)},
            (cloud.ref,),
        )
        return Instruction(say)
    say = Say(
        "The main address of {cloud} in Entra is {main}; the bot has read it. To see it yourself: Exchange admin "
        "center, Recipients. A Global Reader can, no Global Administrator is needed.",
        {"cloud": called(cloud), "main": main},
        (cloud.ref,),
    )
    command = f"Get-EXORecipient -Identity {quoted(cloud.id)} | Format-List PrimarySmtpAddress"
    return Instruction(say, command)


# ---------------------------------------------------------------- what older guides tell


def outdated(told: Foretold) -> tuple[Say, ...]:
    cloud = told.cloud
    if cloud is None or told.prospect is Prospect.JOINED:
        return ()
    cites = (cloud.ref,)
    return (
        Say(
            "Older guides ask for a Global Administrator to look up the address: a Global Reader can.",
            cites=cites,
        ),
        Say(
            "Older guides match by address only, and want a mailbox for it: since then the sign-in name counts too, where "
            "the address finds nobody. And only objects new to Entra are matched.",
            cites=cites,
        ),
        Say(
            "Older guides use the MSOnline or AzureAD modules: both are retired. Use Microsoft Graph or Entra PowerShell.",
            cites=cites,
        ),
        Say(
            "Older guides take the license away before a sign-in name changes: needed only where "
            "SynchronizeUpnForManagedUsers is off.",
            cites=(*cites, "flags"),
        ),
        Say(
            "Never switch directory synchronization off for the tenant to get two objects joined: it can take 72 hours "
            "and harms everybody.",
            cites=cites,
        ),
    )
