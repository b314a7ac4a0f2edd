"""In: generated companies with planted conflicts. Out: every SAFE one mended by one click each, and undone again.
Promise: the same companies each time; `make proof` runs a thousand larger ones.
"""

import pytest

from tests.directories.generate import company
from tests.directories.run import Figures, prove
from tests.stage.stage import Stage


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_what_a_click_mends_is_mended_nothing_else_moves_and_undo_gives_all_of_it_back(
    stage: Stage, seed: int
) -> None:
    figures = Figures()

    await prove(stage, company(seed, 60), figures)

    assert (figures.directories, figures.approved) == (1, figures.undone)
    assert figures.approved > 0
