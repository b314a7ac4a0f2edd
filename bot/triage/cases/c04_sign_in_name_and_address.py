"""In: a situation. Out: C04, when one user signs in with what another one lists as an e-mail address.
Entra makes the sign-in name of everybody with a mailbox an address too; in AD the two never meet.
Promise: pure; the extra address goes first; another sign-in name is offered as JUDGE.
"""

from dataclasses import replace

from bot.model import Holder, ObjectType, Say
from bot.triage.cases.c03_same_sign_in_name import follows
from bot.triage.cases.finding import Finding
from bot.triage.cases.pairs import afterwards, concluded, gave, places, signs, ways_of
from bot.triage.keeper import Verdict, given, verdict
from bot.triage.risk import SIGN_IN
from bot.triage.situation import Situation, about_either, has, proxy, refs, sides


def recognise(situation: Situation) -> Finding | None:
    pair = sides(situation)
    if pair is None or not about_either(situation.errors):
        return None
    if any(h.type is not ObjectType.USER for h in pair.both):
        return None
    signers = [h for h in pair.both if _only_signs_in(h)]
    if len(signers) != 1:
        return None
    signer = signers[0]
    lister = next(h for h in pair.both if h is not signer)
    if has(lister.ad_claims, SIGN_IN) or not _lists(lister):
        return None
    value = situation.value
    gaps = {"signer": signer.name, "lister": lister.name, "value": value}
    judged = _judged(situation, signer, lister)
    return concluded(
        code="C04",
        title=Say("A sign-in name is also somebody else’s address: {value}", {"value": value}),
        what=(
            Say(
                "{signer} signs in as {value}. Entra also makes the sign-in name an e-mail address for everybody "
                "with a mailbox, and {lister} already lists it.",
                gaps,
                (*refs(signer), *refs(lister), "err"),
            ),
            gave(situation, pair.asks, pair.has),
        ),
        why=(*places((signer, lister), value), *signs((lister,))),
        then=(*afterwards(situation, judged), *follows(situation, (signer,))),
        verdict=judged,
        ways=ways_of(situation, judged, code="C04"),
    )


def _judged(situation: Situation, signer: Holder, lister: Holder) -> Verdict:
    """An extra address gives way before a sign-in name does; either may. Two main values are a judgement."""
    if proxy(lister.ad_claims, primary=True):
        return verdict(situation, (signer, lister))
    found = given(situation, (signer, lister), keeper=signer)
    return replace(found, keeper=None, losers=(lister, signer))


def _only_signs_in(holder: Holder) -> bool:
    return has(holder.ad_claims, SIGN_IN) and proxy(holder.ad_claims, primary=True) is None


def _lists(holder: Holder) -> bool:
    return any(proxy(holder.ad_claims, primary=p) for p in (True, False))
