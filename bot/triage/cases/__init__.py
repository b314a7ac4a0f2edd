"""In: a situation. Out: the first case that recognises it, from one ordered table.
One module a case, one small function in each; the order is from the most special to the most general.
Promise: pure; exactly one case always answers, the last one being the honest "not recognised yet".
"""

from collections.abc import Callable
from dataclasses import replace

from bot.model import Risk
from bot.triage.byhand import by_ad_team
from bot.triage.cases import (
    c00_not_recognised,
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
    c13_letter_case,
    c14_leaver,
    c15_shared_mailbox,
    c16_forwarding,
    c17_chat_address,
    c18_legacy_address,
    c19_equal_alias,
    c20_onmicrosoft_address,
    c21_routing_address,
    c22_three_or_more,
    c23_cloud_account_of_the_same_person,
    c24_cloud_user_another_person,
    c25_cloud_group_or_shared_mailbox,
    c26_guest,
    c27_cloud_contact,
    c28_public_folder,
    c29_deleted_owner,
    c30_orphan,
    c31_recreated_user,
    c32_identity_number_changed,
    c33_takeover_blocked,
    c34_takeover_of_a_tied_account,
    c35_administrator,
    c36_device,
    c37_other_kinds,
    c38_managed_in_the_cloud,
    c39_one_sid_twice,
    c40_delete_not_valid,
    c41_unknown_suffix,
    c42_wrong_characters,
    c43_too_long,
    c44_no_sign_in_name,
    c45_address_written_wrongly,
    c46_unknown_domain,
    c47_alias,
    c48_no_display_name,
    c49_account_name,
    c50_main_addresses,
    c51_too_large,
    c52_cloud_name_stays,
    c53_federated_move,
    c54_already_fixed,
    c55_stuck,
    c56_owner_not_found,
    c57_conflict_copy,
    c58_both_flagged,
    c59_sync_stopped,
    c60_written_back,
    c61_out_of_scope,
    c62_other_tenant,
)
from bot.triage.cases.finding import Finding
from bot.triage.situation import Situation

Recognise = Callable[[Situation], Finding | None]

# The question is always "is it something more special first?": what stops everything, what only the sync server
# says, what the bot worked out itself, what is over already, who cannot be the cause, who owns it in the cloud, who
# owns it in AD, and what is left. C00 answers everything.
# fmt: off
ORDER = (
    "C59",
    "C34", "C35", "C33", "C36", "C39", "C40", "C51", "C53",
    "C52", "C43", "C42", "C44", "C41", "C50", "C45", "C46", "C47", "C48", "C49",
    "C60", "C54", "C55", "C57", "C61",
    "C32", "C31", "C30", "C38",
    "C29", "C28", "C26", "C27", "C25", "C23", "C24",
    "C18", "C20", "C21", "C17",
    "C11", "C22",
    "C12", "C14", "C15", "C05", "C16",
    "C06", "C07", "C08", "C09", "C10", "C37",
    "C03", "C04", "C13", "C01", "C02", "C58",
    "C19", "C62", "C56", "C00",
)
# fmt: on

CASES: tuple[tuple[str, Recognise], ...] = (
    ("C59", c59_sync_stopped.recognise),
    ("C34", c34_takeover_of_a_tied_account.recognise),
    ("C35", c35_administrator.recognise),
    ("C33", c33_takeover_blocked.recognise),
    ("C36", c36_device.recognise),
    ("C39", c39_one_sid_twice.recognise),
    ("C40", c40_delete_not_valid.recognise),
    ("C51", c51_too_large.recognise),
    ("C53", c53_federated_move.recognise),
    ("C52", c52_cloud_name_stays.recognise),
    ("C43", c43_too_long.recognise),
    ("C42", c42_wrong_characters.recognise),
    ("C44", c44_no_sign_in_name.recognise),
    ("C41", c41_unknown_suffix.recognise),
    ("C50", c50_main_addresses.recognise),
    ("C45", c45_address_written_wrongly.recognise),
    ("C46", c46_unknown_domain.recognise),
    ("C47", c47_alias.recognise),
    ("C48", c48_no_display_name.recognise),
    ("C49", c49_account_name.recognise),
    ("C60", c60_written_back.recognise),
    ("C54", c54_already_fixed.recognise),
    ("C55", c55_stuck.recognise),
    ("C57", c57_conflict_copy.recognise),
    ("C61", c61_out_of_scope.recognise),
    ("C32", c32_identity_number_changed.recognise),
    ("C31", c31_recreated_user.recognise),
    ("C30", c30_orphan.recognise),
    ("C38", c38_managed_in_the_cloud.recognise),
    ("C29", c29_deleted_owner.recognise),
    ("C28", c28_public_folder.recognise),
    ("C26", c26_guest.recognise),
    ("C27", c27_cloud_contact.recognise),
    ("C25", c25_cloud_group_or_shared_mailbox.recognise),
    ("C23", c23_cloud_account_of_the_same_person.recognise),
    ("C24", c24_cloud_user_another_person.recognise),
    ("C18", c18_legacy_address.recognise),
    ("C20", c20_onmicrosoft_address.recognise),
    ("C21", c21_routing_address.recognise),
    ("C17", c17_chat_address.recognise),
    ("C11", c11_same_person_twice.recognise),
    ("C22", c22_three_or_more.recognise),
    ("C12", c12_two_policies.recognise),
    ("C14", c14_leaver.recognise),
    ("C15", c15_shared_mailbox.recognise),
    ("C05", c05_mail_of_an_account.recognise),
    ("C16", c16_forwarding.recognise),
    ("C06", c06_person_and_group.recognise),
    ("C07", c07_person_and_contact.recognise),
    ("C08", c08_group_and_contact.recognise),
    ("C09", c09_group_and_group.recognise),
    ("C10", c10_contact_and_contact.recognise),
    ("C37", c37_other_kinds.recognise),
    ("C03", c03_same_sign_in_name.recognise),
    ("C04", c04_sign_in_name_and_address.recognise),
    ("C13", c13_letter_case.recognise),
    ("C01", c01_secondary_and_primary.recognise),
    ("C02", c02_both_primary.recognise),
    ("C58", c58_both_flagged.recognise),
    ("C19", c19_equal_alias.recognise),
    ("C62", c62_other_tenant.recognise),
    ("C56", c56_owner_not_found.recognise),
    ("C00", c00_not_recognised.recognise),
)


def recognise(situation: Situation) -> Finding:
    for _, case in CASES:
        if finding := case(situation):
            return _without_forbidden(finding, situation)
    raise AssertionError("C00 answers everything")


def _without_forbidden(finding: Finding, situation: Situation) -> Finding:
    """A change of a protected object is no proposal, whichever case made it: the AD team is told how to make it."""
    allowed = tuple(p for p in finding.proposals if p.risk is not Risk.DESTRUCTIVE)
    if len(allowed) == len(finding.proposals):
        return finding
    books = [
        by_ad_team(holder.ad, step.changes, rank=p.rank, title=p.title, because=p.because)
        for p in finding.proposals
        if p.risk is Risk.DESTRUCTIVE
        for step in p.steps
        if (holder := situation.holder(step.ref)) and holder.ad
    ]
    told = replace(finding.diagnosis, runbooks=(*finding.diagnosis.runbooks, *books))
    return Finding(told, allowed)
