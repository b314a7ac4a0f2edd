"""In: nothing; these are the groups of settings that triage judges by. Out: one frozen type a group, as in `parts.py`.
What an administrator states about the tenant, how names are made, how a claim on a value is weighed, and for how long.
Promise: without any of them the bot judges as it was shipped; what nobody stated stays unknown.
"""

from typing import Annotated

from bot.settings import kinds
from bot.settings.parts import Part, help_


class Flags(Part):
    """Graph shows these switches of the tenant to people only, so somebody has to say how they stand."""

    soft_match_blocked: Annotated[
        bool | None,
        help_("BlockSoftMatch, as an administrator read it; unknown if unset.", "true"),
    ] = None
    hard_match_blocked: Annotated[
        bool | None,
        help_(
            "BlockCloudObjectTakeoverThroughHardMatch, as an administrator read it; unknown if unset.",
            "true",
        ),
    ] = None
    soft_match_on_upn: Annotated[
        bool | None,
        help_("SoftMatchOnUpn, as an administrator read it; unknown if unset.", "true"),
    ] = None
    upn_changes_follow: Annotated[
        bool | None,
        help_(
            "SynchronizeUpnForManagedUsers, as an administrator read it; unknown if unset.", "true"
        ),
    ] = None
    stated_on: Annotated[
        kinds.Day,
        help_("The day these were read; shown with everything they explain.", "2026-11-22"),
    ] = ""


class Naming(Part):
    patterns: Annotated[
        kinds.Patterns,
        help_(
            "How a new address or sign-in name is made, tried in this order; gaps: {given} {surname} {initial} {alias} {account}.",
            "{given}.{surname};{initial}.{surname};{alias};{account}",
        ),
    ] = ("{given}.{surname}", "{initial}.{surname}", "{alias}", "{account}")
    domain: Annotated[
        kinds.Domain,
        help_("Where new names live; the domain of the value itself if unset.", "contoso.com"),
    ] = ""
    letters: Annotated[
        kinds.Letters,
        help_(
            "Letters that are written another way here than usual, several with ; between.",
            "å=aa;ø=oe;ä=ae",
        ),
    ] = ()


def _points(text: str, default: int) -> object:
    return help_(text, default, ge=-20, le=20)


class Keeper(Part):
    """Points for and against keeping a value."""

    mailbox: Annotated[int, _points("Points for a mailbox.", 4)] = 4
    main: Annotated[int, _points("Points for having it as main address or sign-in name.", 3)] = 3
    enabled: Annotated[int, _points("Points for an enabled account.", 2)] = 2
    active: Annotated[int, _points("Points for a sign-in not long ago.", 2)] = 2
    owner_now: Annotated[int, _points("Points for having it in Entra today.", 2)] = 2
    own_name: Annotated[int, _points("Points for a value that is its own name.", 1)] = 1
    longer: Annotated[
        int, _points("Points for having had it longer, by replication metadata.", 1)
    ] = 1
    contact: Annotated[int, _points("Points of a contact.", -1)] = -1
    long_disabled: Annotated[int, _points("Points of an account disabled for long.", -3)] = -3
    out_of_scope: Annotated[int, _points("Points of what is not synchronized.", -3)] = -3
    confident: Annotated[
        int,
        help_("A lead of so many points is an answer, less is a question.", 4, ge=1, le=40),
    ] = 4


class Limits(Part):
    active_days: Annotated[
        int, help_("A sign-in within so many days counts as active.", 60, ge=14, le=3650)
    ] = 60
    long_disabled_days: Annotated[
        int, help_("After so many days an account is disabled for long.", 90, ge=1, le=3650)
    ] = 90
    leaver_days: Annotated[
        int, help_("After so many days a disabled account is somebody who left.", 30, ge=1, le=3650)
    ] = 30
    stale_minutes: Annotated[
        float,
        help_(
            "How long an error may stand after its cause is gone: an export and an hourly clean-up.",
            90,
            ge=1,
            le=2880,
        ),
    ] = 90
    stuck_hours: Annotated[
        float, help_("After this an error whose cause is gone is called stuck.", 4, ge=0.1, le=168)
    ] = 4
    most_certificates: Annotated[
        int, help_("Certificates an object may have in Entra.", 15, ge=1, le=100)
    ] = 15
    most_proxies: Annotated[
        int, help_("Addresses an object may safely have in Entra.", 300, ge=10, le=1000)
    ] = 300
