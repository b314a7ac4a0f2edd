"""In: tenants and names. Out: keys of one Cluster slot, each of a family that README.md tells about."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from redis.crc import key_slot

from bot.store.keys import FAMILIES, Keys, family_of

README = Path(__file__).parents[3] / "bot/store/README.md"
tenants = st.text(st.characters(exclude_characters="{}", exclude_categories=["Cs"]), min_size=1)


@given(tenants, st.text(st.characters(exclude_categories=["Cs"]), max_size=20))
def test_all_keys_of_a_tenant_are_in_one_slot(tenant: str, name: str) -> None:
    keys = Keys(tenant)
    every = [
        *keys.streams(),
        keys.case(name),
        keys.card(name),
        keys.lease(name),
        keys.outbox(name),
        keys.redraw(name),
        keys.once(name),
        keys.count(name, 60),
        *(keys.named(family.pattern) for family in FAMILIES),
    ]

    assert len({key_slot(key.encode()) for key in every}) == 1
    assert all(family_of(tenant, key) for key in every)


@pytest.mark.parametrize("tenant", ["", "a{b", "a}b"])
def test_a_tenant_that_would_split_the_keys_is_refused(tenant: str) -> None:
    with pytest.raises(ValueError, match="cannot be a tenant id"):
        Keys(tenant)


def test_keys_of_another_tenant_have_no_family() -> None:
    assert family_of("a", Keys("b").named("due")) is None
    assert family_of("a", Keys("a").named("surprise")) is None


def test_the_readme_tells_about_every_family() -> None:
    rows = README.read_text(encoding="utf-8").splitlines()
    for family in FAMILIES:
        row = f"| `{family.pattern}` | {family.type} | {family.holds} | {family.lives or 'permanent'} |"
        assert row in rows
