"""In: a situation. Out: C28, when the value belongs to a mail-enabled public folder, which no list of Entra shows.
Known by its AD object, by its name in the server's message, or by an id that the server names and no list has.
Promise: pure; at most JUDGE, and only on the folder's own AD object.
"""

from bot.model import Diagnosis, Holder, Instruction, Proposal, Risk, Runbook, Say
from bot.triage.cases.finding import Finding
from bot.triage.clash import gaps_in, says
from bot.triage.proposals import remove_all
from bot.triage.runbooks import delta_sync, quoted, runbook
from bot.triage.situation import Situation, is_conflict, proxy, refs, served

FOLDER_CLASS = "publicfolder"


def recognise(situation: Situation) -> Finding | None:
    if not (situation.errors and is_conflict(situation.errors)):
        return None
    if any(served(h) for h in situation.evidence.holders):
        return None  # an owner that the lists do show
    others = [h for h in situation.others if h.ad_claims]
    folders = [h for h in others if h.ad and FOLDER_CLASS in h.ad.classes]
    if len(others) == len(folders) == 1:
        return _in_ad(situation, folders[0])
    if not others and (hidden := _hidden(situation)) is not None:
        return _in_entra(situation, hidden)
    return None


def _hidden(situation: Situation) -> str | None:
    """The id of an owner that is in no list, "" when only its kind is known; None: nothing points to a folder."""
    read = {h.cloud.id.lower() for h in situation.evidence.holders if h.cloud}
    named = [e.conflict_id for e in situation.errors if e.conflict_id]
    unlisted = next((n for n in named if n.lower() not in read), None)
    if says(situation.errors, "PublicFolder_"):
        return unlisted or ""
    if unlisted is None:
        return None
    # where a list could not be read, the id may well stand in that one: then it is C56
    unread = [g for g in gaps_in(situation.evidence, "Entra") if unlisted not in g.what]
    return None if unread else unlisted


def _in_ad(situation: Situation, folder: Holder) -> Finding:
    value = situation.value
    gaps = {"value": value, "owner": folder.name, "name": _failing(situation)}
    cites = (*refs(folder), *_selves(situation))
    proposal: Proposal | None = remove_all(
        situation.evidence,
        case_id=situation.case_id,
        code="C28",
        loser=folder,
        # whatever else the object claims to be: people may still post to the folder
        doubt=Say("people may post to the folder {owner} by this address", gaps, refs(folder)),
    )
    main = proxy(folder.ad_claims, primary=True) is not None
    return Finding(
        Diagnosis(
            code="C28",
            title=Say("{value} belongs to an old public folder", {"value": value}),
            what=(
                Say(
                    "The mail-enabled public folder {owner} in AD has {value}. The usual lists of Entra do not show "
                    "public folders, and {name} did not get the address.",
                    gaps,
                    (*cites, "err"),
                ),
            ),
            why=(
                Say(
                    "{owner} is an object of the class publicFolder: {dn}",
                    {"owner": folder.name, "dn": folder.ad.dn if folder.ad else ""},
                    refs(folder),
                ),
            ),
            then=(
                Say(
                    "Once the folder has let go of {value}, the next sync and Entra’s clean-up give it to {name}.",
                    gaps,
                    cites,
                ),
            ),
            losers=refs(folder)[:1],
            runbooks=(_on_premises(folder, value, main=main), _stale(None)),
        ),
        (proposal,) if proposal else (),
    )


def _in_entra(situation: Situation, hidden: str) -> Finding:
    value = situation.value
    gaps = {"value": value, "name": _failing(situation), "id": hidden}
    looked = {"searched": ", ".join(situation.evidence.searched) or Say("no place")}
    return Finding(
        Diagnosis(
            code="C28",
            title=Say("{value} seems to belong to an old public folder", {"value": value}),
            what=(
                Say(
                    "{value} seems to belong to an old public folder that the usual lists do not show, "
                    "so {name} did not get it.",
                    gaps,
                    (*_selves(situation), "err"),
                ),
            ),
            why=(
                Say(
                    "The sync server names {id} as the holder, and that is no user, group or contact that can be read."
                    if hidden
                    else "The server’s message names a public folder.",
                    gaps,
                    ("err", "searched"),
                ),
                Say("Looked in: {searched}.", looked, ("searched",)),
            ),
            then=(
                Say(
                    "Nothing gets better by itself: the stale folder has to go from Entra.",
                    cites=("err",),
                ),
            ),
            runbooks=(_stale(hidden or None),),
        )
    )


def _failing(situation: Situation) -> str | Say:
    return (
        ", ".join(h.name for h in situation.selves)
        or ", ".join(e.object_name for e in situation.errors if e.object_name)
        or Say("an object")
    )


def _selves(situation: Situation) -> tuple[str, ...]:
    return tuple(r for h in situation.selves for r in refs(h))


def _on_premises(folder: Holder, value: str, *, main: bool) -> Runbook:
    identity = quoted(folder.ad.dn if folder.ad else folder.name)
    find = f"Get-MailPublicFolder -Identity {identity}"
    return runbook(
        Instruction(
            Say(
                "On the Exchange server, look at the folder {owner} and who posts to it.",
                {"owner": folder.name},
                refs(folder),
            ),
            f"{find} | Format-List Name,PrimarySmtpAddress,EmailAddresses",
        ),
        Instruction(
            Say(
                "Nobody needs its mail any more: take all addresses off the folder."
                if main
                else "Take {value} off the folder.",
                {"value": value},
                refs(folder),
            ),
            f"{find} | Disable-MailPublicFolder"
            if main
            else f"{find} | Set-MailPublicFolder -EmailAddresses @{{Remove={quoted(f'smtp:{value}')}}}",
        ),
        delta_sync(),
        rank=2,
        risk=Risk.JUDGE,
        title=Say("Let Exchange take the address off the folder", cites=refs(folder)),
        because=Say("Exchange has to know what changes on its folders", cites=refs(folder)),
        undo=Say(
            "Enable-MailPublicFolder and Set-MailPublicFolder -EmailAddresses give the address back.",
            cites=refs(folder),
        ),
    )


def _stale(hidden: str | None) -> Runbook:
    chosen = f" | Where-Object ObjectId -eq {quoted(hidden)}" if hidden else ""
    return runbook(
        Instruction(
            Say(
                "On the sync server, install ADSyncTools and list the public folders that only Entra has."
            ),
            "Install-Module ADSyncTools; $folder = Get-ADSyncToolsAadObject -SyncObjectType PublicFolder "
            f"-Credential (Get-Credential){chosen}; $folder",
        ),
        Instruction(
            Say(
                "Only if one of them is the right one and AD has no such folder any more: remove it."
            ),
            "Remove-ADSyncToolsAadPublicFolders -Credential (Get-Credential) -SourceAnchor "
            + ("$folder.SourceAnchor" if hidden else "(Read-Host 'SourceAnchor of the folder')"),
        ),
        delta_sync(),
        rank=3,
        risk=Risk.DESTRUCTIVE,
        title=Say("Remove the stale folder from Entra"),
        because=Say("an object is deleted in Entra, and it has no recycle bin"),
    )
