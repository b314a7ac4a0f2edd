"""In: evidence, the object and the change a case wants. Out: how dangerous that is, the doubt named, what people notice.
The ladder is DESIGN decision 3 and is worked out here, never by a case: a case cannot talk itself into SAFE.
Promise: pure; SAFE is the exception: every single doubt alone takes it away.
"""

from bot.model import AdObject, Change, Evidence, Holder, ObjectType, Risk, Say, mark
from bot.rules.values import proxy_faults
from bot.triage.situation import granted, refs, served
from bot.triage.value import fold

SIGN_IN = "userPrincipalName"


def risk_of(
    evidence: Evidence, loser: Holder, changes: tuple[Change, ...], doubt: Say | None = None
) -> tuple[Risk, Say]:
    """A protected account is DESTRUCTIVE whatever the change: the bot never writes to it.

    `doubt` is what the case itself is not sure of; like every other doubt it takes SAFE away.
    """
    ad, cloud = loser.ad, loser.cloud
    cites = refs(loser)
    if ad and is_protected(ad):
        return Risk.DESTRUCTIVE, Say(
            "{name} is a protected account (adminCount or critical): the bot never writes to it",
            {"name": loser.name},
            cites,
        )
    if ad is None or cloud is None:
        return Risk.JUDGE, Say("the object was not found on both sides", cites=("searched",))
    return (
        _too_much(loser, changes)
        or _kind_of_object(loser)
        or _doubt_about(evidence, loser, ad, changes[0])
        or (doubt and (Risk.JUDGE, doubt))
        or (Risk.SAFE, _safe(changes[0], cites))
    )


def is_protected(ad: AdObject) -> bool:
    """As far as AD marks it; the writer knows more (groups, the deny list, service accounts)."""
    return ad.admin_count or ad.critical


def _too_much(loser: Holder, changes: tuple[Change, ...]) -> tuple[Risk, Say] | None:
    """More than one value of one attribute, or a value that somebody signs in with or is written to."""
    cites = refs(loser)
    if len(changes) > 1 or len(changes[0].delete) > 1 or len(changes[0].add) > 1:
        return Risk.JUDGE, Say(
            "more than one value of {name} changes at once",
            {"name": loser.name},
            cites,
        )
    change = changes[0]
    if change.attribute == "displayName" and not change.delete:
        return None
    if _takes_off_extra(change) or _corrects_extra(change) or _clears_unused_mail(loser, change):
        return None
    if change.attribute == "proxyAddresses" and change.add and not _case_only(change):
        return Risk.JUDGE, Say("an address is given to {name}", {"name": loser.name}, cites)
    return Risk.JUDGE, Say(_weighs(change), cites=cites)


def _weighs(change: Change) -> str:
    if change.attribute == "mailNickname":
        return mark("the alias changes")
    if change.attribute == "targetAddress":
        return mark("mail is forwarded elsewhere")
    if any(v.lower().startswith("sip:") for v in change.delete):
        return mark("a chat address goes, and somebody may still use it")
    return mark("a main address or a sign-in name changes")


def _takes_off_extra(change: Change) -> bool:
    return (
        change.attribute == "proxyAddresses"
        and len(change.delete) == 1
        and not change.add
        and change.delete[0].startswith("smtp:")
    )


def _corrects_extra(change: Change) -> bool:
    """What Entra discards becomes what was meant, or letters change their case; the type stays as it is."""
    if change.attribute != "proxyAddresses" or len(change.delete) != 1 or len(change.add) != 1:
        return False
    old, new = change.delete[0], change.add[0]
    same_type = old.startswith("smtp:") and new.startswith("smtp:")
    return same_type and (_case_only(change) or bool(proxy_faults(old)))


def _case_only(change: Change) -> bool:
    return [fold(v) for v in change.delete] == [fold(v) for v in change.add]


def _clears_unused_mail(loser: Holder, change: Change) -> bool:
    """An account that nobody signs in to, without a mailbox: its `mail` is a note about somebody else."""
    return (
        change.attribute == "mail"
        and len(change.delete) == 1
        and not change.add
        and loser.ad is not None
        and loser.ad.enabled is False
        and not loser.ad.mailbox
        and not loser.ad.recipient_type
    )


def _kind_of_object(loser: Holder) -> tuple[Risk, Say] | None:
    cites = refs(loser)
    if loser.type not in {ObjectType.USER, ObjectType.GROUP}:
        return Risk.JUDGE, Say(
            "{name} is neither a user nor a group: its join to Entra is weak",
            {"name": loser.name},
            cites,
        )
    if loser.joined_by not in {"anchor", "sid"}:
        return Risk.JUDGE, Say(
            "the two sides of {name} were not joined by an anchor or a SID",
            {"name": loser.name},
            cites,
        )
    return None


def _doubt_about(
    evidence: Evidence, loser: Holder, ad: AdObject, change: Change
) -> tuple[Risk, Say] | None:
    """Where its mail goes, and what it may do in Entra."""
    cites = refs(loser)
    value = next(iter(change.delete), "")
    delivers = change.attribute != "displayName" and not _case_only(change)
    # On-premises, mail to an address of two objects reaches neither; a mailbox in Exchange Online gets what Entra shows
    # for it, which is looked at next. Where nothing else in AD has the address, on-premises still delivers by it
    ambiguous = any(h.ad_claims for h in evidence.holders if h.ad and h.ad.ref != ad.ref)
    if delivers and (ad.mailbox or ad.recipient_type) and not (ad.remote_mailbox and ambiguous):
        return Risk.JUDGE, Say(
            "{name} has an on-premises mailbox, so mail to {value} would go elsewhere"
            if ad.mailbox and not ad.remote_mailbox
            else "Exchange on-premises delivers mail to {name}, so mail to {value} would go elsewhere",
            {"name": loser.name, "value": value},
            cites,
        )
    if delivers and granted(evidence.errors, loser):
        return Risk.JUDGE, Say(
            "in Entra {value} belongs to {name} today",
            {"value": value, "name": loser.name},
            cites,
        )
    if ad.type is not ObjectType.USER:
        return None  # a group that comes from AD holds no Entra role
    standing = evidence.standings.get(ad.ref)
    if standing is None or standing.roles is None:
        return Risk.JUDGE, Say(
            "the Entra roles of {name} could not be read", {"name": loser.name}, cites
        )
    if standing.roles:
        return Risk.JUDGE, Say("{name} holds an Entra role", {"name": loser.name}, cites)
    return None


def _safe(change: Change, cites: tuple[str, ...]) -> Say:
    if change.attribute == "displayName":
        return Say("a name is added where there was none, and it can be taken away", cites=cites)
    if change.attribute == "mail":
        return Say(
            "a note on a disabled account without a mailbox goes, and it can be put back",
            cites=cites,
        )
    if change.add:
        return Say(
            "one extra address is written as it was meant, it can be put back, and no sign-in name or main address changes",
            cites=cites,
        )
    return Say(
        "one extra address goes, it can be put back, and no sign-in name, main address or delivery changes",
        cites=cites,
    )


def consequences_of(loser: Holder, changes: tuple[Change, ...]) -> tuple[Say, ...]:
    """What people will notice. Only for what is not SAFE: there nobody notices anything."""
    said: list[Say] = []
    for change in changes:
        said += _noticed(loser, change)
    if loser.type is ObjectType.CONTACT and _leaves_scope(loser, changes):
        said.append(
            Say(
                "Without an address {name} is no longer synchronized: the contact goes out of the address book "
                "and the groups in the cloud.",
                {"name": loser.name},
                refs(loser),
            )
        )
    return tuple(_once(said))


def _noticed(loser: Holder, change: Change) -> list[Say]:
    cites, name = refs(loser), {"name": loser.name}
    match change.attribute:
        case "userPrincipalName":
            return [
                Say(
                    "{name} signs in as {new} from then on; the old sign-in name stops working.",
                    {**name, "new": ", ".join(change.add)},
                    cites,
                ),
                Say(
                    "Programs that know {name} by the sign-in name, and certificates made out to it, "
                    "must be told; the address of the OneDrive changes with it.",
                    name,
                    cites,
                ),
            ]
        case "mail" if not change.add:
            return [
                Say(
                    "Programs that read the mail field of {name} in AD find nothing there.",
                    name,
                    cites,
                )
            ]
        case "proxyAddresses" if _main_changes(change) and _keeps_all(change):
            return [
                Say(
                    "Mail from {name} may show another sender address; all addresses still reach {name}.",
                    name,
                    cites,
                )
            ]
        case "proxyAddresses" | "mail" if _main_changes(change):
            return [
                Say(
                    "Mail from {name} shows another sender address, and mail to the old one no longer reaches {name} "
                    "where it did.",
                    name,
                    cites,
                )
            ]
        case "proxyAddresses" if any(fold(v).startswith("sip:") for v in change.delete):
            return [Say("{name} is no longer found by that chat address.", name, cites)]
        case "proxyAddresses" if change.delete and not change.add:
            return [_missed(loser, ", ".join(change.delete))]
        case "targetAddress":
            return [Say("Mail for {name} is delivered elsewhere.", name, cites)]
        case "mailNickname":
            return [
                Say(
                    "The alias of {name} changes; the technical onmicrosoft address stays as it is.",
                    name,
                    cites,
                )
            ]
        case _:
            new = {**name, "attribute": change.attribute, "new": ", ".join(change.add)}
            return [
                Say("People and programs find {new} as {attribute} of {name}.", new, cites)
                if change.add
                else Say("People and programs find no {attribute} of {name} any more.", new, cites)
            ]


def _missed(loser: Holder, value: str) -> Say:
    gaps, cites = {"name": loser.name, "value": value}, refs(loser)
    if served(loser) or (loser.ad and (loser.ad.mailbox or loser.ad.recipient_type)):
        return Say("Mail to {value} no longer reaches {name}.", gaps, cites)
    return Say(
        "In Entra {name} does not have {value} today, so nothing changes there; programs that read it in AD no "
        "longer find it.",
        gaps,
        cites,
    )


def _leaves_scope(loser: Holder, changes: tuple[Change, ...]) -> bool:
    """Connect takes no contact that has neither mail nor an address (default rules)."""
    if loser.ad is None:
        return False
    mail, proxies = {loser.ad.mail} - {None}, set(loser.ad.proxy_addresses)
    for change in changes:
        held = mail if change.attribute == "mail" else proxies
        if change.attribute in {"mail", "proxyAddresses"}:
            held -= set(change.delete)
            held |= set(change.add)
    return not mail and not proxies


def _keeps_all(change: Change) -> bool:
    """No address goes: one of them becomes the main one, or stops being it."""
    return {fold(v) for v in change.delete} <= {fold(v) for v in change.add}


def _main_changes(change: Change) -> bool:
    if change.attribute == "mail":
        return True
    return any(v.startswith("SMTP:") for v in (*change.delete, *change.add))


def _once(said: list[Say]) -> list[Say]:
    seen: list[Say] = []
    for each in said:
        if each not in seen:
            seen.append(each)
    return seen
