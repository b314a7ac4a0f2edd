"""In: cases in every state. Out: what the help desk may say to the person who called.
Promise: three sentences, always; nothing in them is about anybody else.
"""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.model import Evidence, Holder, Kind, State
from bot.triage.reply import reply_for
from tests.builders import NOW, VALUE, case, decision, error, evidence, keeper, key, loser, user
from tests.unit.triage.test_words import read


def said(reply: tuple[object, ...]) -> str:
    return " ".join(s.english() for s in reply)  # type: ignore[attr-defined]


@pytest.mark.parametrize("state", State)
def test_there_are_three_sentences_in_every_state(state: State) -> None:
    reply = reply_for(replace(case(), state=state))

    assert [bool(s.english()) for s in reply] == [True, True, True]


def test_the_caller_hears_nothing_about_whose_address_it_is() -> None:
    reply = reply_for(case(evidence(keeper("John Doe"), loser("Svc Scanner"))))

    assert "because it is in use elsewhere" in said(reply)
    assert [word for word in ("John", "Doe", VALUE, "Scanner") if word in said(reply)] == []


def test_an_address_that_nobody_else_has_is_named() -> None:
    own = user(proxies=(f"SMTP:{VALUE}",))
    reply = reply_for(case(evidence(own, errors=(error(own),))))

    assert said(reply).startswith(f"Your address {VALUE} does not work in Microsoft 365")


def test_when_the_sync_has_stopped_it_is_nobodys_own_trouble() -> None:
    stopped = case(key=key(kind=Kind.TENANT, value="sync"))

    assert "for anybody in the company" in said(reply_for(stopped))


@pytest.mark.parametrize("state", [State.APPROVED, State.APPLYING])
def test_a_correction_that_is_taken_back_is_not_told_as_one_on_its_way(state: State) -> None:
    coming = said(reply_for(replace(case(), state=state, decision=decision())))
    going = said(reply_for(replace(case(), state=state, decision=decision(), undo=decision())))

    assert "is being made right now" in coming
    assert "is being made right now" not in going
    assert "an hour and a half" not in going


@given(read(), st.sampled_from(list(State)))
def test_no_other_persons_data_is_in_it(of: Evidence, state: State) -> None:
    about = replace(case(of), state=state, updated_at=NOW)
    failing = {e.object_id for e in about.errors}

    def data(holder: Holder) -> set[str]:
        sides = [s for s in (holder.ad, holder.cloud) if s]
        return {v for s in sides for v in (s.name, s.mail, s.user_principal_name) if v}

    others = [h for h in of.holders if not (h.cloud and h.cloud.id in failing)]
    told = {v for s in reply_for(about) for v in s.values.values()}

    assert told & {v for h in others if h.ad_claims for v in data(h)} == set()
