"""In: environment, TOML file, files with secrets. Out: typed settings, or every problem in plain lines.
Used by `cli` and `main` only; adapters get plain values.
Promise: unknown names are refused, secrets are never shown, a mistake never ends in a traceback.
"""

from bot.settings.demand import (
    need_ad,
    need_entra,
    need_entra_writer,
    need_redis,
    need_signing,
    need_slack,
    need_writer,
    warnings,
)
from bot.settings.names import CONFIG, NAME, Row, describe
from bot.settings.parts import (
    Application,
    Caps,
    Entra,
    EntraWriter,
    Forest,
    Log,
    Protected,
    Redis,
    Signing,
    Slack,
    Timing,
)
from bot.settings.reading import is_real, load, real_parts
from bot.settings.schema import Settings

__all__ = [
    "CONFIG",
    "NAME",
    "Application",
    "Caps",
    "Entra",
    "EntraWriter",
    "Forest",
    "Log",
    "Protected",
    "Redis",
    "Row",
    "Settings",
    "Signing",
    "Slack",
    "Timing",
    "describe",
    "is_real",
    "load",
    "need_ad",
    "need_entra",
    "need_entra_writer",
    "need_redis",
    "need_signing",
    "need_slack",
    "need_writer",
    "real_parts",
    "warnings",
]
