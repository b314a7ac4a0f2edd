"""In: holders of a value, or the rules of softmatch. Out: one Slack table of them.
Promise: pure; at most `most` rows, and the rest is counted, never silently left out.
"""

from collections.abc import Sequence
from typing import Any

from bot.model import Claim, Holder, ObjectType, Say
from bot.slack.words import cell, plain, visible
from bot.words import t

MAX_ROWS = 20


def holders_table(
    block_id: str, holders: tuple[Holder, ...], *, most: int = MAX_ROWS
) -> dict[str, Any]:
    head = [_plain(text) for text in (t("Who"), t("Where"), t("Holds"), t("Account"))]
    rows = [head, *(_row(h) for h in holders[:most])]
    if len(holders) > most:
        more = t("… and {count} more").format(count=len(holders) - most)
        rows.append([_plain(more), _plain(" "), _plain(" "), _plain(" ")])
    return {
        "type": "table",
        "block_id": block_id,
        "column_settings": [{"is_wrapped": True}] * 4,
        "rows": rows,
    }


def rules_table(block_id: str, rules: Sequence[tuple[Say, Say, tuple[Say, ...]]]) -> dict[str, Any]:
    """Of softmatch: each rule, what it says, and why."""
    head = [_plain(text) for text in (t("Rule"), t("Answer"), t("Why"))]
    rows = [
        [_plain(plain(rule)), _plain(plain(answer)), _plain("\n".join(plain(say) for say in why))]
        for rule, answer, why in rules
    ]
    return {
        "type": "table",
        "block_id": block_id,
        "column_settings": [{"is_wrapped": True}] * 3,
        "rows": [head, *rows],
    }


def _row(holder: Holder) -> list[dict[str, Any]]:
    upn = (holder.ad and holder.ad.user_principal_name) or (
        holder.cloud and holder.cloud.user_principal_name
    )
    sign_in = upn or (holder.ad and holder.ad.mail) or (holder.cloud and holder.cloud.mail)
    # the sign-in name stands below, it need not tell two people of one name apart here too
    called = holder.name.removesuffix(f" ({sign_in})") or t("no name")
    name = [_text(called, bold=True)]
    if sign_in:
        name += [_text("\n"), _text(sign_in, code=True)]
    return [
        {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": name}]},
        _plain(where(holder)),
        _plain(claims(holder)),
        _plain(signs(holder)),
    ]


def where(holder: Holder) -> str:
    """Synced, cloud-only, AD only, in a recycle bin: in the words of an administrator."""
    ad, cloud = holder.ad, holder.cloud
    kind = kind_of(holder.type)
    if ad and ad.deleted:
        said = t("{kind}, AD recycle bin")
    elif cloud and cloud.deleted_at:
        said = t("{kind}, Entra recycle bin since {when}")
    elif ad and cloud and holder.joined_by == "address":
        said = t("{kind}, AD + Entra (joined by address only)")
    elif ad and cloud:
        said = t("{kind}, AD + Entra")
    elif ad:
        said = t("{kind}, AD only")
    elif cloud and cloud.synced and not cloud.guest:
        said = t("{kind}, Entra, synced from an AD object not found")
    else:
        kind = t("guest") if cloud and cloud.guest else kind
        said = t("{kind}, Entra only")
    when = f"{cloud.deleted_at:%Y-%m-%d}" if cloud and cloud.deleted_at else ""
    return said.format(kind=kind, when=when)


def kind_of(type_: ObjectType) -> str:
    kinds = {
        ObjectType.USER: t("user"),
        ObjectType.GROUP: t("group"),
        ObjectType.CONTACT: t("contact"),
    }
    return kinds.get(type_, t("object"))


def claims(holder: Holder) -> str:
    lines = []
    if holder.ad_claims:
        lines.append("AD: " + ", ".join(_claim(c) for c in holder.ad_claims))
    elif holder.ad:
        lines.append(t("AD: nothing"))
    if holder.cloud_claims:
        lines.append("Entra: " + ", ".join(_claim(c) for c in holder.cloud_claims))
    elif holder.cloud:
        lines.append(t("Entra: nothing"))
    return "\n".join(lines) or t("nothing")


def _claim(claim: Claim) -> str:
    if claim.attribute == "proxyAddresses":
        prefix = claim.value.partition(":")[0]
        said = t("main address ({prefix})") if claim.primary else t("extra address ({prefix})")
        return said.format(prefix=prefix)
    if claim.attribute == "userPrincipalName":
        return t("sign-in name (UPN)")
    return claim.attribute


def signs(holder: Holder) -> str:
    found = []
    enabled = holder.ad.enabled if holder.ad else None
    if enabled is None and holder.cloud:
        enabled = holder.cloud.enabled
    if enabled is not None:
        found.append(t("enabled") if enabled else t("disabled"))
    if holder.ad and holder.ad.mailbox:
        remote = holder.ad.remote_mailbox
        found.append(t("mailbox in Exchange Online") if remote else t("on-premises mailbox"))
    if holder.ad and holder.ad.last_logon_at:
        when = f"{holder.ad.last_logon_at:%Y-%m-%d}"
        found.append(t("AD sign-in about {when}").format(when=when))
    return ", ".join(found) or "–"


def _plain(text: str) -> dict[str, Any]:
    return cell("\n".join(visible(line) for line in text.split("\n")))


def _text(text: str, *, bold: bool = False, code: bool = False) -> dict[str, Any]:
    element: dict[str, Any] = {"type": "text", "text": text if text == "\n" else visible(text)}
    if bold or code:
        element["style"] = {"bold": True} if bold else {"code": True}
    return element
