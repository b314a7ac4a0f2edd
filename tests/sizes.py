"""In: how many examples a property is tried with on an everyday run. Out: how many it is tried with on this one.
`DIRSYNC_TEST_SIZE=0.2` for a quick look (the newer Pythons), `50` for a night.
Promise: one number scales all of them; the same number tries the same examples each time.
"""

import os

SIZE = float(os.environ.get("DIRSYNC_TEST_SIZE", "1"))


def examples(everyday: int) -> int:
    return max(5, round(everyday * SIZE))
