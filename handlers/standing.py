"""In: somebody who clicks, or has approved before. Out: whether they may decide on this, as it is now.
Asked at every click, of the one who clicks and of those whose approval is counted.
Promise: nobody decides on what they hold, gain or lose, whatever the lists say; in doubt an approval does not count.
"""

from bot.model import Approval, Case, Person, Proposal, Refusal, SlackUser
from bot.ports import People
from handlers.clicks import AFFECTED


async def may_decide(
    people: People, who: SlackUser, proposal: Proposal, case: Case
) -> Person | Refusal:
    person = await people.may_approve(who, proposal, case)
    if isinstance(person, Person) and person.entra_id in proposal.affected:
        return AFFECTED
    return person


async def still_counts(
    people: People, given: Approval, proposal: Proposal | None = None, case: Case | None = None
) -> bool:
    """Taken off the list since, or in doubt: then whoever clicks now is the first. Without a proposal: an approver
    at all.
    """
    who = SlackUser(given.slack_team, given.slack_user)
    if proposal is None or case is None:
        person = await people.may_approve(who, None)
    else:
        person = await may_decide(people, who, proposal, case)
    return isinstance(person, Person) and person.entra_id == given.entra_id
