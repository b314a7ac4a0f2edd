"""In: a step and its object as it is now, in AD or in Entra. Out: whether what the step wrote stands there.
Promise: pure; added values are compared exactly, deleted ones as AD compares them: whatever their letter case.
"""

from bot.model import AdObject, CloudObject, Step
from bot.triage.value import fold


def holds(step: Step, target: AdObject | CloudObject | None) -> bool:
    """The added values are there exactly; the deleted ones are gone in whatever letter case, as AD sees it."""
    if target is None or (isinstance(target, CloudObject) and target.deleted_at is not None):
        return False
    for change in step.changes:
        values = values_of(target, change.attribute)
        others = {fold(v) for v in values if v not in change.add}
        if any(v not in values for v in change.add) or any(
            fold(v) in others for v in change.delete
        ):
            return False
    return True


def values_of(target: AdObject | CloudObject, attribute: str) -> tuple[str, ...]:
    """Of the attributes that the bot may write; any other has no values here."""
    if isinstance(target, CloudObject):
        upn = target.user_principal_name if attribute == "userPrincipalName" else None
        return (upn,) if upn else ()
    if attribute == "proxyAddresses":
        return target.proxy_addresses
    value = {
        "mail": target.mail,
        "mailNickname": target.mail_nickname,
        "targetAddress": target.target_address,
        "displayName": target.display_name,
        "userPrincipalName": target.user_principal_name,
    }.get(attribute)
    return (value,) if value else ()
