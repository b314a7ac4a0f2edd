"""In: an address, a sign-in name or an id. Out: whether the AD object it means will join its cloud object, and what to do.
Used by `/dirsync softmatch`, by `dirsync-triage softmatch` and by the watch that follows the question.
Promise: at most a handful of questions to each side; who may not see roles and recycle bins is told "not known".
"""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import replace

from bot.answers import Foretold, Pairing, Prospect
from bot.events import AnchorDue, QuestionAllowed
from bot.model import (
    AdFindings,
    AdObject,
    CloudFindings,
    Instruction,
    Kind,
    ObjectType,
    Say,
    Standing,
    TenantFacts,
)
from bot.ports import AdReader, Cloud, Due
from bot.triage import everybody
from bot.triage.policy import Policy
from bot.triage.softmatch import choose, foretell
from bot.triage.softmatch.names import addresses, main_address, main_of, sign_in_name
from bot.triage.softmatch.rules import to_be_asked
from bot.triage.value import Understood, bare_of, fold, understand
from handlers.commands.command import Command, Ports, Reply
from handlers.findings import Findings

MOST_NAMES = 10
MOST_ASKED = 5  # cloud objects that are looked into for one question
_TYPES = (ObjectType.USER, ObjectType.GROUP, ObjectType.CONTACT)


async def softmatch(
    text: str, *, ad: AdReader, cloud: Cloud, policy: Policy, full: bool
) -> Foretold:
    """`full`: roles, recycle bins and the DN are part of the answer. Raises Unreachable, Refused."""
    told, open_ = await _told(text, ad=ad, cloud=cloud, policy=policy, full=full)
    return told if full else open_


async def _told(
    text: str, *, ad: AdReader, cloud: Cloud, policy: Policy, full: bool
) -> tuple[Foretold, Foretold]:
    """As a full reader sees it if `full`, and as everybody does: foretold from less, not cut afterwards."""
    understood = understand(text)
    if isinstance(understood, Say):
        trouble = Foretold(asked=text, title=understood, trouble=True)
        return trouble, trouble
    findings = Findings(understood.bare)
    facts, _ = await asyncio.gather(cloud.facts(), _find(understood, findings, ad=ad, cloud=cloud))
    subject = choose(_living(findings), understood.bare)
    if subject is None and len(_living(findings)) > 1:
        which = _which(text, understood, _living(findings))
        return which, which
    if subject is not None:
        await _find_what_answers(subject, findings, ad=ad, cloud=cloud)
    read = _pairing(text, subject, findings, facts)
    if not full:
        read = everybody.pairing(read)
    read = await _with_what_decides(read, cloud, full=full)
    less = policy if subject else replace(policy, sync_ous=())
    open_ = everybody.foretold(foretell(everybody.pairing(read), less))
    return (foretell(read, policy) if full else open_), open_


async def _find(understood: Understood, findings: Findings, *, ad: AdReader, cloud: Cloud) -> None:
    """The AD object that is meant; where there is none, the cloud object, and what in AD has its names."""
    value = understood.bare
    if understood.kind is Kind.OBJECT:
        findings.add_ad(await ad.by_guid(value))
        if not _living(findings):
            findings.add_cloud((await cloud.by_ids([value]))[value])
    elif understood.kind is Kind.ANCHOR:
        in_ad, in_cloud = await asyncio.gather(ad.by_anchor(value), cloud.by_anchor(value))
        findings.add_ad(in_ad)
        findings.add_cloud(in_cloud)
    else:
        held, there = await asyncio.gather(ad.holders([value]), cloud.holders([value]))
        findings.add_ad(held.get(value, AdFindings()))
        findings.add_cloud(there.get(value, CloudFindings()))
    if not _living(findings):
        living = [c for c in findings.clouds.values() if c.deleted_at is None]
        names = {n for c in living for n in (main_of(c), fold(c.user_principal_name or "")) if n}
        await _add_ad(names - {value}, findings, ad)


async def _find_what_answers(
    subject: AdObject, findings: Findings, *, ad: AdReader, cloud: Cloud
) -> None:
    """Everything in Entra that its anchor, main address or sign-in name could mean, and who else in AD has them."""
    main = main_address(subject)
    upn = fold(sign_in_name(subject) or "")
    names = {n for n in (main.sure, *main.maybe, upn) if n}
    names |= set(addresses(subject)[:MOST_NAMES])  # what it is already may have any of them
    names -= {findings.value}
    clouds, anchored, _ = await asyncio.gather(
        cloud.holders(sorted(names)) if names else _nothing(),
        cloud.by_anchor(subject.anchor) if subject.type is ObjectType.USER else _nobody(),
        _add_ad(names, findings, ad),
    )
    for found in (*clouds.values(), anchored):
        findings.add_cloud(found)
    if subject.type in {ObjectType.GROUP, ObjectType.CONTACT}:
        # one that is synchronized already may hold none of its names, for it lost them: its error tells
        wanted = set(addresses(subject))
        failing = await cloud.with_errors(subject.type)
        losers = tuple(
            c for c in failing if any(bare_of(e.value or "")[1] in wanted for e in c.errors)
        )
        findings.add_cloud(CloudFindings(losers))


async def _nothing() -> Mapping[str, CloudFindings]:
    return {}


async def _nobody() -> CloudFindings:
    return CloudFindings()


async def _add_ad(names: Iterable[str], findings: Findings, ad: AdReader) -> None:
    wanted = sorted(names)
    held = await ad.holders(wanted) if wanted else {}
    for found in held.values():
        findings.add_ad(found)


def _living(findings: Findings) -> tuple[AdObject, ...]:
    living = (a for a in findings.ads.values() if not a.deleted and a.type in _TYPES)
    return tuple(sorted(living, key=lambda a: a.ref))


def _pairing(
    text: str, subject: AdObject | None, findings: Findings, facts: TenantFacts
) -> Pairing:
    living = _living(findings)
    clouds = sorted(findings.clouds.values(), key=lambda c: (c.created_at is None, c.id))
    return Pairing(
        asked=text,
        tenant=facts,
        ad=subject,
        clouds=tuple(clouds),
        rivals=tuple(a for a in living if subject and a.ref != subject.ref),
        exchange=any(
            a.recipient_type or a.mailbox for a in living if subject and a.forest == subject.forest
        ),
        gaps=tuple(dict.fromkeys(findings.gaps)),
        searched=tuple(findings.searched),
    )


async def _with_what_decides(read: Pairing, cloud: Cloud, *, full: bool) -> Pairing:
    """Roles, and whether somebody was handed over to the cloud: asked of those that nothing else keeps out."""
    asked = to_be_asked(read)[:MOST_ASKED]
    if not asked:
        return read
    users = [c.id for c in asked if c.type is ObjectType.USER] if full else []
    managed, standings = await asyncio.gather(
        cloud.who_manages(asked), cloud.standings(users) if users else _no_roles()
    )
    known = {c.ref: c for c in managed.objects}
    return replace(
        read,
        clouds=tuple(known.get(c.ref, c) for c in read.clouds),
        standings={c.ref: standings[c.id] for c in asked if c.id in standings},
        gaps=tuple(dict.fromkeys((*read.gaps, *managed.gaps))),
    )


async def _no_roles() -> Mapping[str, Standing]:
    return {}


def _which(text: str, understood: Understood, living: tuple[AdObject, ...]) -> Foretold:
    """Each by what tells it apart; the objectGUID is what to ask with."""
    title = Say(
        "{count} AD objects have {value}. Ask again with the objectGUID of the one you mean.",
        {"count": str(len(living)), "value": understood.bare},
        tuple(a.ref for a in living),
    )
    lines = tuple(
        Instruction(
            Say(
                "{name}, signs in as {upn}",
                {"name": a.name, "upn": a.user_principal_name or a.sam_account_name or "–"},
                (a.ref,),
            ),
            a.guid,
        )
        for a in living[:10]
    )
    return Foretold(asked=text, title=title, steps=lines, trouble=True)


# ---------------------------------------------------------------- in Slack


async def _answer(question: QuestionAllowed, ports: Ports) -> Reply:
    told, everybodys = await _told(
        question.text, ad=ports.ad, cloud=ports.cloud, policy=ports.policy, full=question.full
    )
    open_ = None if told.trouble else everybodys
    if told.prospect not in {Prospect.JOINS, Prospect.UNKNOWN} or not (told.ad and told.cloud):
        return Reply(
            "softmatch", told, everybody=open_
        )  # the rule that keeps them apart is named in it
    now = ports.clock.now()
    watch = AnchorDue(
        tenant=question.tenant,
        id=f"softmatch:{question.id}",
        ad_guid=told.ad.guid,
        cloud_id=told.cloud.id,
        since=now,
        reply_to=question.reply_to,
        full=question.full,
    )
    due = Due(watch, now + ports.timing.look_every)
    return Reply("softmatch", told, later=(due,), everybody=open_)


COMMAND = Command(
    help=Say(
        "/dirsync softmatch WHO: will this AD object join that cloud object, by which rule, and what stands between "
        "them; it is then watched until they are joined."
    ),
    answer=_answer,
)
