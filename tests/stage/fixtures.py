"""In: pytest. Out: `house`, the servers of a whole run, and an empty Contoso in them for one test.
`stage` has one forest, `two_forests` two that are synchronized to one tenant.
Promise: who asks for none of them pays for none: the lab and its libraries are imported only then.
"""

from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.stage.house import House
    from tests.stage.stage import Stage


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def house(tmp_path_factory: pytest.TempPathFactory) -> "AsyncIterator[House]":
    from tests.stage import house as here

    async with here.house(tmp_path_factory.mktemp("house")) as furnished:
        yield furnished


@pytest_asyncio.fixture(loop_scope="session")
async def stage(house: "House", tmp_path_factory: pytest.TempPathFactory) -> "AsyncIterator[Stage]":
    from tests.stage.setting import on_stage

    async with on_stage(house, tmp_path_factory.mktemp("stage")) as empty:
        yield empty


@pytest_asyncio.fixture(loop_scope="session")
async def two_forests(
    house: "House", tmp_path_factory: pytest.TempPathFactory
) -> "AsyncIterator[Stage]":
    from tests.stage.setting import on_stage

    folder = tmp_path_factory.mktemp("stage")
    async with on_stage(house, folder, forests=("corp", "fab")) as empty:
        yield empty
