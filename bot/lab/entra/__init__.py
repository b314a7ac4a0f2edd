"""In: what people do in the cloud, and what the lab's sync engine exports.
Out: an Entra ID tenant in memory and, by serve(), its Graph and its token endpoint.
Promise: the limits and refusals of the real one, as far as README.md lists them.
"""

from bot.lab.entra.faults import Fault, Faults
from bot.lab.entra.objects import DirectoryObject, Kind, ProvisioningError, Shadow
from bot.lab.entra.people import (
    add_contact,
    add_group,
    add_guest,
    add_public_folder,
    add_user,
    assign_licence,
)
from bot.lab.entra.provisioning import Exported, ExportError, Incoming, export, withdraw
from bot.lab.entra.quarantine import SweepResult, sweep
from bot.lab.entra.server import LabEntra, Seen, serve
from bot.lab.entra.tenant import App, Rules, Tenant

__all__ = [
    "App",
    "DirectoryObject",
    "ExportError",
    "Exported",
    "Fault",
    "Faults",
    "Incoming",
    "Kind",
    "LabEntra",
    "ProvisioningError",
    "Rules",
    "Seen",
    "Shadow",
    "SweepResult",
    "Tenant",
    "add_contact",
    "add_group",
    "add_guest",
    "add_public_folder",
    "add_user",
    "assign_licence",
    "export",
    "serve",
    "sweep",
    "withdraw",
]
