"""In: what keeps two objects apart. Out: what people can do about it, with the values of this case.
Roles, switches of the tenant and deletions are for people alone: each step says what to make sure of first.
Promise: pure; never a way that weakens the tenant for longer than one sync without saying so.
"""

from bot.answers import Answer, Bar, Foretold, Pairing
from bot.model import AdObject, CloudObject, Instruction, Say
from bot.triage.runbooks import clear_mapping, delta_sync
from bot.triage.softmatch.bars import called

# no procedure of ours makes these two join
HOPELESS = frozenset(
    {"type", "guest", "tied", "cloud-managed", "recycle-bin", "sid", "no-mail-group", "sync-off"}
)


def way_out(bar: Bar, told: Foretold, cloud: CloudObject, read: Pairing) -> tuple[Instruction, ...]:
    ad, known = told.ad, bar.answer is Answer.NO
    match bar.code:
        case "soft-match-blocked":
            return _allow_soft_match() if known else _look_at_soft_match()
        case "hard-match-blocked":
            return _allow_takeover() if known else _look_at_takeover()
        case "upn-match-off":
            return (_better_by_address(),)
        case "role":
            return _keep_administrator(cloud) if known else (_look_at_roles(cloud),)
        case "mapped" if known:
            return _clear_mapping(cloud)
        case "already-synced" if ad and known:
            return _start_anew(ad, cloud)
        case "out-of-scope" if ad:
            return (_see_to_scope(ad),)
        case "rival":
            return (_one_of_two(read),)
    return _what_stays_apart(bar.code, cloud)


def _what_stays_apart(code: str, cloud: CloudObject) -> tuple[Instruction, ...]:
    match code:
        case "recycle-bin":
            return (_restore_first(cloud),)
        case "type" | "guest":
            return (_other_address(cloud),)
        case "tied" | "sid":
            return (_only_by_anchor(cloud),)
    return ()


def _switch(feature: str, *, on: bool) -> str:
    return f"Set-EntraDirSyncFeature -Features {feature} -Enabled ${str(on).lower()}"


def _look_at_soft_match() -> tuple[Instruction, ...]:
    say = Say(
        "Look whether soft match is blocked, and state it in the settings (flags.soft_match_blocked), so that the bot knows.",
        cites=("flags",),
    )
    return (Instruction(say, "Get-EntraDirSyncFeature -Feature BlockSoftMatch"),)


def _allow_soft_match() -> tuple[Instruction, ...]:
    allow = Say(
        "Have a Hybrid Identity Administrator or Global Administrator allow soft match for this one sync.",
        cites=("flags",),
    )
    block = Say(
        "Right after the join, block it again: Microsoft recommends that.", cites=("flags",)
    )
    return (
        Instruction(allow, _switch("BlockSoftMatch", on=False)),
        Instruction(block, _switch("BlockSoftMatch", on=True)),
    )


_TAKEOVER = "BlockCloudObjectTakeoverThroughHardMatch"


def _look_at_takeover() -> tuple[Instruction, ...]:
    say = Say(
        "Look whether taking over by anchor is blocked, and state it in the settings (flags.hard_match_blocked), so that the bot knows.",
        cites=("flags",),
    )
    return (Instruction(say, f"Get-EntraDirSyncFeature -Feature {_TAKEOVER}"),)


def _allow_takeover() -> tuple[Instruction, ...]:
    allow = Say(
        "First be sure that both accounts are the same person’s: this lets AD take over an account. Then have a "
        "Hybrid Identity Administrator or Global Administrator allow it for this one sync.",
        cites=("flags",),
    )
    block = Say("Right after the join, block it again.", cites=("flags",))
    return (
        Instruction(allow, _switch(_TAKEOVER, on=False)),
        Instruction(block, _switch(_TAKEOVER, on=True)),
    )


def _better_by_address() -> Instruction:
    say = Say(
        "Better give the AD object the main address of the cloud account, and let the address match. Matching by "
        "sign-in name can be switched on for the tenant, but never off again.",
        cites=("flags",),
    )
    return Instruction(say, "Get-EntraDirSyncFeature -Feature EnableSoftMatchOnUpn")


def _look_at_roles(cloud: CloudObject) -> Instruction:
    say = Say(
        "Find out whether {cloud} holds or may take an Entra role; the bot needs RoleManagement.Read.Directory for it.",
        {"cloud": called(cloud)},
        (cloud.ref,),
    )
    return Instruction(say)


def _keep_administrator(cloud: CloudObject) -> tuple[Instruction, ...]:
    who, cites = {"cloud": called(cloud)}, (cloud.ref,)
    keep = Say(
        "Best keep the administrator {cloud} in the cloud alone, and give the person another account for daily "
        "work: join that one.",
        who,
        cites,
    )
    if_it_must = Say(
        "If it must be this account: have the roles of {cloud} taken away, also those it may take, join, and give "
        "them back. Tell your security team first.",
        who,
        cites,
    )
    return Instruction(keep), Instruction(if_it_must)


def _clear_mapping(cloud: CloudObject) -> tuple[Instruction, ...]:
    who, cites = {"cloud": called(cloud)}, (cloud.ref,)
    ask = Say(
        "Ask your security team whether this is a migration or somebody taking over {cloud}. Go on only if it is "
        "a migration.",
        who,
        cites,
    )
    clear = Say("Then a Hybrid Identity Administrator may clear the tie of {cloud}.", who, cites)
    return (
        Instruction(ask),
        Instruction(clear, clear_mapping(cloud).command),
    )


def _start_anew(ad: AdObject, cloud: CloudObject) -> tuple[Instruction, ...]:
    """Only what is new to Entra is matched: the second account has to go first."""
    who, cites = {"name": ad.name, "cloud": called(cloud)}, (ad.ref, cloud.ref)
    warn = Say(
        "This cannot be undone in full: look first what mail and files the account has that {name} is bound to.",
        who,
        cites,
    )
    out = Say("Move {name} to an OU that is not synchronized, then sync:", who, cites)
    purge = Say(
        "Delete the account that {name} was bound to from Entra’s recycle bin too, for it would come back by its anchor.",
        who,
        cites,
    )
    back = Say(
        "Give {name} the main address of {cloud} as in the next steps, and only then move it back.",
        who,
        cites,
    )
    return (
        Instruction(warn),
        Instruction(out, delta_sync().command),
        Instruction(purge),
        Instruction(back),
    )


def _see_to_scope(ad: AdObject) -> Instruction:
    say = Say(
        "See that {name} is in an OU that is synchronized.",
        {"name": ad.name},
        (ad.ref,),
    )
    return Instruction(say)


def _restore_first(cloud: CloudObject) -> Instruction:
    say = Say(
        "Restore {cloud} in the Entra admin center first, within 30 days of its deletion, and ask again; or leave it: "
        "the sync then makes a new account.",
        {"cloud": called(cloud)},
        (cloud.ref,),
    )
    return Instruction(say)


def _other_address(cloud: CloudObject) -> Instruction:
    say = Say(
        "These two stay two. Give the address to one of them only: take it from the AD object or from {cloud}.",
        {"cloud": called(cloud)},
        (cloud.ref,),
    )
    return Instruction(say)


def _only_by_anchor(cloud: CloudObject) -> Instruction:
    say = Say(
        "{cloud} belongs to the AD object with its anchor. If that one is gone for good, Connect Health can give {cloud} to "
        "the new one (Fix this error); if it lives, the address is its own.",
        {"cloud": called(cloud)},
        (cloud.ref,),
    )
    return Instruction(say)


def _one_of_two(read: Pairing) -> Instruction:
    say = Say(
        "First take the address from all AD objects but one: no two may have the same.",
        cites=tuple(rival.ref for rival in read.rivals),
    )
    return Instruction(say)
