"""In: a situation. Out: C54, when the data is right already and only Entra's hourly clean-up is missing.
Two ways: the failing object no longer asks for the value, or its last rival has let go of it.
Promise: pure; no buttons. Without a trace of an earlier rival it stays C56: a hidden owner looks the same.
What is right for longer than it may take is no longer late but stuck: that is C55.
"""

from bot.model import EVERYTHING, AdObject, Diagnosis, Evidence, Holder, Say
from bot.triage.cases.finding import Finding
from bot.triage.scope import scope_of
from bot.triage.situation import Situation, is_conflict, is_gone, refs
from bot.triage.value import fold


def recognise(situation: Situation) -> Finding | None:
    holder = put_right(situation)
    if holder is None or is_stuck(situation):
        return None
    return _released(situation, holder) if holder.ad_claims else _withdrawn(situation, holder)


def put_right(situation: Situation) -> Holder | None:
    """The failing object, when nothing is wrong with the data any more."""
    if not (situation.errors and is_conflict(situation.errors)) or len(situation.selves) != 1:
        return None
    holder = situation.selves[0]
    if holder.ad is None or holder.ad.deleted:
        return None
    if holder.cloud and holder.cloud.cloud_managed is True:
        return None  # what AD lists says nothing about it
    if scope_of(holder.ad, situation.policy.sync_ous).synced is False:
        return None  # no sync brings Entra what is right in AD
    if not holder.ad_claims:
        # an address of the tenant's own domain is made by Entra: AD need not list it to ask for it
        made_by_entra = fold(situation.evidence.value).endswith(".onmicrosoft.com")
        return None if made_by_entra or _asks_elsewhere(situation, holder.ad) else holder
    # the evidence of a first C54 shows no rival any more, so the case remembers since when
    if not situation.others and (situation.fixed_since or _let_go(situation)):
        return holder
    return None


def _asks_elsewhere(situation: Situation, ad: AdObject) -> bool:
    """Its mailbox in another forest gives the same cloud account its addresses."""
    return any(h.ad and h.ad.master_sid and h.ad.master_sid == ad.sid for h in situation.in_ad)


def _let_go(situation: Situation) -> bool:
    """A rival that is not seen because its forest is away has let go of nothing."""
    away = any(gap.what == EVERYTHING for gap in situation.evidence.gaps)
    return not away and _had_rival(situation.previous)


def is_stuck(situation: Situation) -> bool:
    """Right for hours, and the sync has run since: Entra's clean-up has passed it by, several times."""
    since, last = situation.fixed_since, situation.evidence.tenant.last_sync_at
    return (
        since is not None
        and situation.now - since > situation.policy.stuck_after
        and last is not None
        and last > since
    )


def _withdrawn(situation: Situation, holder: Holder) -> Finding:
    value = situation.evidence.value
    return _finding(
        value,
        Say(
            "In AD {name} does not list {value}. Entra still shows an error from when it did.",
            {"name": holder.name, "value": value},
            (*refs(holder), "err"),
        ),
        _patience(situation),
    )


def _released(situation: Situation, holder: Holder) -> Finding:
    value = situation.evidence.value
    return _finding(
        value,
        Say(
            "Only {name} lists {value} now; whoever held it before has let go of it.",
            {"name": holder.name, "value": value},
            (*refs(holder), "searched"),
        ),
        _patience(situation),
    )


def _patience(situation: Situation) -> Say:
    since = situation.fixed_since
    if since is not None and situation.now - since > situation.policy.stale_for:
        return Say(
            "The data has been right for {age} minutes, yet Entra has not cleaned up. "
            "Its clean-up runs hourly: if this card is still here in four hours, ask Microsoft support.",
            {"age": str(int((situation.now - since).total_seconds()) // 60)},
            ("tenant",),
        )
    return Say(
        "Nothing to do: after the next sync and Entra’s hourly clean-up the error goes away by itself.",
        cites=("tenant",),
    )


def _finding(value: str, what: Say, then: Say) -> Finding:
    return Finding(
        Diagnosis(
            code="C54",
            title=Say("{value} is fixed already, waiting for Entra", {"value": value}),
            what=(what,),
            then=(then,),
        )
    )


def _had_rival(previous: Evidence | None) -> bool:
    if previous is None:
        return False
    failing = {e.object_id for e in previous.errors}
    return any(
        (h.ad_claims or h.cloud_claims)
        and not (h.cloud and h.cloud.id in failing)
        and not is_gone(h)
        for h in previous.holders
    )
