"""In: the servers of `tests.servers`. Out: the fixtures that every folder may ask for.
Promise: one Samba domain controller for the whole run, and none where no test asks for it.
"""

from tests.servers.samba import samba

__all__ = ["samba"]
