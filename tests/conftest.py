"""In: the servers of `tests.servers` and `tests.stage`. Out: the fixtures that every folder may ask for.
Promise: one Samba domain controller and one stage for the whole run, and none where no test asks for it.
"""

from pathlib import Path

import pytest
from hypothesis import settings
from pytest_asyncio import is_async_test

from tests.servers.samba import samba
from tests.sizes import examples
from tests.stage.fixtures import house, stage, two_forests

__all__ = ["house", "samba", "stage", "two_forests"]

# no test is about seconds: a busy machine would fail it for nothing
settings.register_profile("patient", deadline=None, max_examples=examples(40))
settings.load_profile("patient")

ON_STAGE = ("stage", "cases", "directories")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The stage's servers live in the loop of the session, so its tests run there too."""
    folders = [Path(__file__).parent / name for name in ON_STAGE]
    for item in items:
        if is_async_test(item) and any(folder in item.path.parents for folder in folders):
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)
