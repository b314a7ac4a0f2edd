"""In: a situation. Out: C14, when the account of somebody who left still holds what was given to a successor.
Sign-in name, addresses and mail field go in one change: what is left of the three brings the clash back.
Promise: pure; a shared mailbox is no leaver, its account is disabled on purpose (C15).
"""

from dataclasses import replace

from bot.model import Holder, ObjectType, Say
from bot.triage.cases.finding import Finding
from bot.triage.cases.pairs import afterwards, concluded, gave, places, ways_of
from bot.triage.keeper import given
from bot.triage.situation import Sides, Situation, about_either, gone_since, refs, sides


def recognise(situation: Situation) -> Finding | None:
    pair = sides(situation)
    if pair is None or not about_either(situation.errors):
        return None
    leavers = [h for h in pair.both if gone_since(situation, h)]
    if len(leavers) != 1:
        return None
    leaver = leavers[0]
    successor = next(h for h in pair.both if h is not leaver)
    if not _is_in_use(successor):
        return None
    value = situation.value
    gaps = {"leaver": leaver.name, "successor": successor.name, "value": value}
    # points are for those who work here: a mailbox and a main address speak for nobody who left
    judged = replace(
        given(situation, pair.both, keeper=successor), doubt=_perhaps_shared(leaver), question=None
    )
    return concluded(
        code="C14",
        title=Say("The account of somebody who left still holds {value}", {"value": value}),
        what=(
            Say(
                "{value} is on the account of {successor}, and still on that of {leaver}, which is disabled.",
                gaps,
                (*pair.cites, "err"),
            ),
            gave(situation, pair.asks, pair.has),
        ),
        why=_why(situation, pair, leaver, successor),
        then=(*afterwards(situation, judged), *_lasting(leaver)),
        verdict=judged,
        ways=ways_of(situation, judged, code="C14", former=True),
    )


def _is_in_use(holder: Holder) -> bool:
    return holder.type is ObjectType.USER and holder.ad is not None and holder.ad.enabled is True


def _perhaps_shared(leaver: Holder) -> Say | None:
    """A shared mailbox that only Exchange Online knows looks like this too: disabled, without a licence, with mail."""
    cloud = leaver.cloud
    if cloud is None or cloud.licensed is not False or not cloud.mail:
        return None
    return Say(
        "{name} may be a shared mailbox of Exchange Online, which cannot be read here",
        {"name": leaver.name},
        refs(leaver),
    )


def _why(situation: Situation, pair: Sides, leaver: Holder, successor: Holder) -> tuple[Say, ...]:
    since = gone_since(situation, leaver)
    said = [*places((successor, leaver), situation.value)]
    if since is None or leaver.ad is None or successor.ad is None:
        return tuple(said)
    said.append(
        Say(
            "The account of {leaver} has been disabled since {when} at the latest.",
            {"leaver": leaver.name, "when": f"{since:%Y-%m-%d}"},
            (leaver.ad.ref,),
        )
    )
    stamps = [s.changed_at for s in successor.ad.stamps if s.attribute == "proxyAddresses"]
    if stamps and max(stamps) > since:
        said.append(
            Say(
                "The addresses of {successor} were changed after that, on {when}.",
                {"successor": successor.name, "when": f"{max(stamps):%Y-%m-%d}"},
                (successor.ad.ref,),
            )
        )
    if leaver.ad.mailbox:
        said.append(
            Say(
                "{leaver} still has a mailbox: see whether it is kept for legal reasons.",
                {"leaver": leaver.name},
                pair.cites,
            )
        )
    return tuple(said)


def _lasting(leaver: Holder) -> tuple[Say, ...]:
    if len({c.attribute for c in leaver.ad_claims}) < 2:
        return ()
    return (
        Say(
            "{leaver} holds it in more than one place; all of them go at once, for any one that is left brings it back.",
            {"leaver": leaver.name},
            refs(leaver),
        ),
    )
