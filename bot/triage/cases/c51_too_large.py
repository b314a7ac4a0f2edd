"""In: a situation. Out: C51, when the sync server was refused an object because there is too much in it.
Promise: pure; certificates are never touched by the bot: people back them up and remove them; dead address types may go.
"""

from collections.abc import Iterator

from bot.model import Change, Diagnosis, Instruction, Proposal, Risk, Runbook, Say
from bot.rules.values import Fault, proxy_faults
from bot.triage.cases.finding import Finding
from bot.triage.cases.own import TOO_LARGE, Own, mentions, told_by_server
from bot.triage.policy import Policy
from bot.triage.proposals import propose
from bot.triage.runbooks import delta_sync, quoted, runbook
from bot.triage.situation import Situation

PHOTO_LARGEST = 100 * 1024  # bytes of thumbnailPhoto that AD itself allows


def recognise(situation: Situation) -> Finding | None:
    own = told_by_server(situation, *TOO_LARGE)
    if own is None or (mentions(own, "userPrincipalName") and own.errors[0].attribute):
        return None
    policy = situation.policy
    dead = tuple(v for v in own.ad.proxy_addresses if Fault.TYPE in proxy_faults(v))
    proposal = _without_dead(situation, own, dead) if dead else None
    runbooks = tuple(_by_hand(own, policy))
    diagnosis = Diagnosis(
        code="C51",
        title=Say("{name} is too large for Entra", {"name": own.name}),
        what=(
            Say(
                "Entra refused {name} because the object carries too much. Until it is trimmed nothing of it synchronizes: "
                "no address, no name, no group.",
                {"name": own.name},
                own.cites,
            ),
        ),
        why=tuple(_counts(own, policy)),
        then=(
            Say(
                "Trim what is too much, then let it synchronize. Everything else of {name} follows by itself.",
                {"name": own.name},
                own.cites,
            ),
        ),
        losers=own.losers,
        runbooks=runbooks,
    )
    return Finding(diagnosis, (proposal,) if proposal else ())


def _counts(own: Own, policy: Policy) -> Iterator[Say]:
    """Every number that was read, the ones that are too high first said as such."""
    ad, cites = own.ad, (own.ad.ref,)
    most = str(policy.most_certificates)
    if ad.certificates is None or ad.smime_certificates is None:
        yield Say("How many certificates it has was not read.", cites=cites)
    else:
        yield Say(
            "It has {count} certificates, {expired} of them expired, and {smime} for S/MIME; Entra takes {most} of each.",
            {
                "count": str(ad.certificates),
                "expired": str(ad.expired_certificates or 0),
                "smime": str(ad.smime_certificates),
                "most": most,
            },
            cites,
        )
    yield Say(
        "It has {count} addresses; about {most} are safe.",
        {"count": str(len(ad.proxy_addresses)), "most": str(policy.most_proxies)},
        cites,
    )
    if ad.photo_bytes:
        yield Say("Its photo has {size} bytes.", {"size": str(ad.photo_bytes)}, cites)


def _without_dead(situation: Situation, own: Own, dead: tuple[str, ...]) -> Proposal | None:
    return propose(
        situation.evidence,
        case_id=situation.case_id,
        code="C51",
        rank=2,
        title=Say(
            "Remove {count} addresses of old types (such as X400) from {name}; Entra ignores them",
            {"count": str(len(dead)), "name": own.name},
        ),
        loser=own.holder,
        changes=(Change("proxyAddresses", delete=dead),),
    )


def _by_hand(own: Own, policy: Policy) -> Iterator[Runbook]:
    ad = own.ad
    for attribute, count in (
        ("userCertificate", ad.certificates),
        ("userSMIMECertificate", ad.smime_certificates),
    ):
        if count is not None and count > policy.most_certificates:
            yield _certificates(own, attribute)
    if ad.photo_bytes and ad.photo_bytes > PHOTO_LARGEST:
        yield _photo(own)


def _certificates(own: Own, attribute: str) -> Runbook:
    who, cites = quoted(own.ad.guid), (own.ad.ref,)
    folder = quoted(f"certificates-{own.ad.guid}")
    read = f"$o = Get-ADObject -Identity {who} -Properties {attribute}"
    old = (
        "[Security.Cryptography.X509Certificates.X509Certificate2]::new($_).NotAfter -lt (Get-Date)"
    )
    return runbook(
        Instruction(
            Say("Keep a copy of every certificate first: the undo needs it.", cites=cites),
            f"{read}; New-Item -ItemType Directory {folder}; $i = 0; "
            f"$o.{attribute} | ForEach-Object {{ [IO.File]::WriteAllBytes("
            f'(Join-Path (Resolve-Path {folder}) "$(($i++)).cer"), $_) }}',
        ),
        Instruction(
            Say("See which have expired, and until when the others are good.", cites=cites),
            f"{read}; $o.{attribute} | ForEach-Object {{ "
            "[Security.Cryptography.X509Certificates.X509Certificate2]::new($_) } | "
            "Sort-Object NotAfter | Select-Object NotAfter, Subject, Thumbprint",
        ),
        Instruction(
            Say("Remove the expired ones.", cites=cites),
            f"{read}; $o.{attribute} | Where-Object {{ {old} }} | ForEach-Object {{ "
            f"Set-ADObject -Identity {who} -Remove @{{{attribute}=$_}} }}",
        ),
        delta_sync(),
        rank=1,
        risk=Risk.JUDGE,
        title=Say(
            "Remove the expired certificates of {name} ({attribute})",
            {"name": own.name, "attribute": attribute},
            cites,
        ),
        because=Say(
            "mail that was encrypted for an old certificate can need it; the bot writes no certificates",
            cites=cites,
        ),
        undo=Say("Add the copies again with Set-ADObject -Add.", cites=cites),
    )


def _photo(own: Own) -> Runbook:
    who, cites = quoted(own.ad.guid), (own.ad.ref,)
    return runbook(
        Instruction(
            Say("Keep a copy of the photo, then clear it, and set a smaller one.", cites=cites),
            f"Set-ADObject -Identity {who} -Clear thumbnailPhoto",
        ),
        delta_sync(),
        rank=3,
        risk=Risk.JUDGE,
        title=Say("Set a smaller photo for {name}", {"name": own.name}, cites),
        because=Say("the bot writes no photos", cites=cites),
        undo=Say("Set the copy again.", cites=cites),
    )
