"""In: a fresh interpreter that imports the adapter. Out: what came along.
`lint` and `explain --offline` must not wait for Microsoft's libraries.
Promise: they are imported by the first call to Graph and by nothing else.
"""

import subprocess
import sys

HEAVY = ("msgraph", "kiota_http", "azure.identity", "httpx", "aiohttp")
LOOK = f"import sys, bot.entra.cloud; print([name for name in {HEAVY!r} if name in sys.modules])"


def test_the_adapter_is_imported_without_the_libraries_below_it() -> None:
    shown = subprocess.run(
        [sys.executable, "-c", LOOK], check=True, capture_output=True, text=True, timeout=60
    )

    assert shown.stdout.strip() == "[]"
