"""In: a situation. Out: C58, when Entra shows the same error on both objects of a clash.
Only one of them was changed: the one whose own value in Entra differs from AD. It is that one’s case.
Promise: pure; what is offered is exactly what the plain case would offer, had Entra flagged the right one alone.
"""

from collections.abc import Callable
from dataclasses import replace

from bot.model import Say
from bot.triage.cases import (
    c01_secondary_and_primary,
    c02_both_primary,
    c03_same_sign_in_name,
    c04_sign_in_name_and_address,
    c05_mail_of_an_account,
    c06_person_and_group,
    c07_person_and_contact,
    c08_group_and_contact,
    c09_group_and_group,
    c10_contact_and_contact,
    c11_same_person_twice,
    c12_two_policies,
    c14_leaver,
    c15_shared_mailbox,
    c21_routing_address,
    c37_other_kinds,
)
from bot.triage.cases.finding import Finding
from bot.triage.situation import Situation, comes_from_ad, granted, is_conflict, parties_of, refs

# the cases of two objects, in the order of the table
_PLAIN: tuple[Callable[[Situation], Finding | None], ...] = (
    c21_routing_address.recognise,
    c11_same_person_twice.recognise,
    c12_two_policies.recognise,
    c14_leaver.recognise,
    c15_shared_mailbox.recognise,
    c05_mail_of_an_account.recognise,
    c06_person_and_group.recognise,
    c07_person_and_contact.recognise,
    c08_group_and_contact.recognise,
    c09_group_and_group.recognise,
    c10_contact_and_contact.recognise,
    c37_other_kinds.recognise,
    c03_same_sign_in_name.recognise,
    c04_sign_in_name_and_address.recognise,
    c01_secondary_and_primary.recognise,
    c02_both_primary.recognise,
)


def recognise(situation: Situation) -> Finding | None:
    errors, parties = situation.errors, parties_of(situation)
    if not errors or not is_conflict(errors) or len(parties) != 2:
        return None
    failing = {e.object_id for e in errors}
    if not all(comes_from_ad(h) and h.cloud and h.cloud.id in failing for h in parties):
        return None
    refused = [h for h in parties if not granted(errors, h)]
    if len(refused) != 1:
        return None
    asks = refused[0]
    has = next(h for h in parties if h is not asks)
    own = tuple(e for e in errors if asks.cloud and e.object_id == asks.cloud.id)
    alone = replace(situation, evidence=replace(situation.evidence, errors=own))
    found = next((f for case in _PLAIN if (f := case(alone))), None)
    if found is None:
        return None
    gaps = {"has": has.name, "asks": asks.name, "value": situation.value}
    cites = (*refs(has), *refs(asks))
    plain = found.diagnosis
    diagnosis = replace(
        plain,
        code="C58",
        what=(
            Say(
                "Entra shows the same error on {has} and on {asks}, but it changed only {asks}.",
                gaps,
                (*cites, "err"),
            ),
            *plain.what,
        ),
        why=(
            Say(
                "In Entra {has} has {value} as AD says; {asks} does not.",
                gaps,
                cites,
            ),
            *plain.why,
        ),
    )
    return replace(found, diagnosis=diagnosis)
