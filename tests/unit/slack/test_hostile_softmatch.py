"""In: AD and cloud objects as bad as a directory can hold them. Out: what softmatch says of them on a terminal.
Promise: softmatch never fails for strange data, and no command lets a value out of its quotes.
"""

import re
from io import StringIO
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rich.console import Console

from bot.answers import Foretold, Pairing
from bot.console import show_softmatch
from bot.model import Flags, Gap, ObjectType, Standing
from bot.triage.policy import Policy
from bot.triage.softmatch import foretell
from tests.builders import NOW, ad_object, anchor_of, cloud_object, guid_of, tenant_facts
from tests.sizes import examples
from tests.unit.slack.hostile import MAYBE, TEXTS

SLOW = settings(
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    max_examples=examples(40),
    deadline=None,
)
_KINDS = st.sampled_from([ObjectType.USER, ObjectType.USER, ObjectType.GROUP, ObjectType.CONTACT])
_FLAG = st.sampled_from([None, False, True])
_STORED = st.lists(
    st.builds(
        "{}:{}".format, st.sampled_from(["SMTP", "smtp", ""]), TEXTS | st.just("a@contoso.com")
    ),
    max_size=3,
).map(tuple)


@st.composite
def foretellings(draw: st.DrawFn) -> Foretold:
    kind = draw(_KINDS)
    common: dict[str, Any] = {"type": kind, "user_principal_name": draw(MAYBE), "mail": draw(MAYBE)}
    ad = ad_object(
        draw(TEXTS),
        guid=guid_of("a"),
        dn=draw(TEXTS),
        proxy_addresses=draw(_STORED),
        sam_account_name=draw(MAYBE),
        recipient_type=draw(st.sampled_from([0, 1, 128, 1 << 31])),
        **common,
    )
    clouds = tuple(
        cloud_object(
            draw(TEXTS),
            id=guid_of(f"c{number}"),
            synced=draw(_FLAG),
            anchor=draw(st.sampled_from([None, ad.anchor, anchor_of(guid_of("x")), "nonsense"])),
            proxy_addresses=draw(st.just(ad.proxy_addresses) | _STORED),
            deleted_at=draw(st.sampled_from([None, None, NOW])),
            cloud_managed=draw(_FLAG),
            **common,
        )
        for number in range(draw(st.integers(0, 3)))
    )
    role = draw(TEXTS)
    read = Pairing(
        asked=draw(TEXTS),
        tenant=tenant_facts(
            flags=Flags(soft_match_blocked=draw(_FLAG), soft_match_on_upn=draw(_FLAG))
        ),
        ad=draw(st.sampled_from([ad, ad, ad, None])),
        clouds=clouds,
        standings={
            c.ref: Standing(c.id, draw(st.sampled_from([None, (), (role,)]))) for c in clouds
        },
        exchange=draw(st.booleans()),
        gaps=tuple(
            Gap(draw(TEXTS), draw(TEXTS), draw(TEXTS)) for _ in range(draw(st.integers(0, 2)))
        ),
        searched=(draw(TEXTS),),
    )
    return foretell(read, Policy(sync_ous=draw(st.sampled_from([(), (draw(TEXTS),)]))))


@SLOW
@given(foretellings())
def test_a_terminal_shows_every_answer_without_being_told_what_to_do(told: Foretold) -> None:
    out = StringIO()
    show_softmatch(told, Console(file=out, width=100))

    assert "\x07" not in out.getvalue()
    assert "\x1b" not in out.getvalue()
    assert "\u202e" not in out.getvalue()


@SLOW
@given(foretellings())
def test_no_value_leaves_its_quotes_in_a_command(told: Foretold) -> None:
    """PowerShell ends a literal at one single quote of any shape; two of them are one inside it."""
    for step in told.steps:
        bare = re.sub(
            r"'(?:[^'\u2018\u2019\u201a\u201b]|['\u2018\u2019\u201a\u201b]{2})*'", "", step.command
        )

        assert not set(bare) & set("'\"`;&\n\r\u2018\u2019\u201a\u201b"), step.command
