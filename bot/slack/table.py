"""In: holders of a value, or the rules of softmatch. Out: one Slack table of them.
Promise: pure; at most `MAX_ROWS` rows, and the rest is counted, never silently left out.
"""

from collections.abc import Sequence
from typing import Any

from bot.model import Claim, Holder, ObjectType, Say
from bot.slack.words import plain, visible

MAX_ROWS = 20


def holders_table(block_id: str, holders: tuple[Holder, ...]) -> dict[str, Any]:
    head = [_plain(text) for text in ("Who", "Where", "Holds", "Account")]
    rows = [head, *(_row(h) for h in holders[:MAX_ROWS])]
    if len(holders) > MAX_ROWS:
        more = f"… and {len(holders) - MAX_ROWS} more"
        rows.append([_plain(more), _plain(" "), _plain(" "), _plain(" ")])
    return {
        "type": "table",
        "block_id": block_id,
        "column_settings": [{"is_wrapped": True}] * 4,
        "rows": rows,
    }


def rules_table(block_id: str, rules: Sequence[tuple[Say, Say, tuple[Say, ...]]]) -> dict[str, Any]:
    """Of softmatch: each rule, what it says, and why."""
    head = [_plain(text) for text in ("Rule", "Answer", "Why")]
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
    called = holder.name.removesuffix(f" ({sign_in})") or "no name"
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
    kind = {ObjectType.USER: "user", ObjectType.GROUP: "group", ObjectType.CONTACT: "contact"}
    noun = kind.get(holder.type, "object")
    if ad and ad.deleted:
        return f"{noun}, AD recycle bin"
    if cloud and cloud.deleted_at:
        return f"{noun}, Entra recycle bin since {cloud.deleted_at:%Y-%m-%d}"
    if ad and cloud:
        weak = " (joined by address only)" if holder.joined_by == "address" else ""
        return f"{noun}, AD + Entra{weak}"
    if ad:
        return f"{noun}, AD only"
    if cloud and cloud.guest:
        return "guest, Entra only"
    if cloud and cloud.synced:
        return f"{noun}, Entra, synced from an AD object not found"
    return f"{noun}, Entra only"


def claims(holder: Holder) -> str:
    lines = []
    if holder.ad_claims:
        lines.append("AD: " + ", ".join(_claim(c) for c in holder.ad_claims))
    elif holder.ad:
        lines.append("AD: nothing")
    if holder.cloud_claims:
        lines.append("Entra: " + ", ".join(_claim(c) for c in holder.cloud_claims))
    elif holder.cloud:
        lines.append("Entra: nothing")
    return "\n".join(lines) or "nothing"


def _claim(claim: Claim) -> str:
    if claim.attribute == "proxyAddresses":
        prefix = claim.value.partition(":")[0]
        return f"{'main address' if claim.primary else 'extra address'} ({prefix})"
    return {"userPrincipalName": "sign-in name (UPN)", "mail": "mail"}.get(
        claim.attribute, claim.attribute
    )


def signs(holder: Holder) -> str:
    found = []
    enabled = holder.ad.enabled if holder.ad else None
    if enabled is None and holder.cloud:
        enabled = holder.cloud.enabled
    if enabled is not None:
        found.append("enabled" if enabled else "disabled")
    if holder.ad and holder.ad.mailbox:
        found.append("on-premises mailbox")
    if holder.ad and holder.ad.last_logon_at:
        found.append(f"AD sign-in about {holder.ad.last_logon_at:%Y-%m-%d}")
    return ", ".join(found) or "–"


def _plain(text: str) -> dict[str, Any]:
    return {"type": "raw_text", "text": "\n".join(visible(t) for t in text.split("\n")) or " "}


def _text(text: str, *, bold: bool = False, code: bool = False) -> dict[str, Any]:
    element: dict[str, Any] = {"type": "text", "text": text if text == "\n" else visible(text)}
    if bold or code:
        element["style"] = {"bold": True} if bold else {"code": True}
    return element
