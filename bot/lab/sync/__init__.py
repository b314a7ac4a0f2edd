"""In: an AD over LDAP and the lab's Entra tenant.
Out: a SyncEngine that does between them what Entra Connect does.
Promise: any AD will do: the lab's own or a real one; it is only read unless told otherwise.
"""

from bot.lab.sync.engine import CycleResult, SyncEngine
from bot.lab.sync.source import SourceError, SyncSource

__all__ = ["CycleResult", "SourceError", "SyncEngine", "SyncSource"]
