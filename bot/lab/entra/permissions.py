"""In: what a request touches.
Out: the application permissions of which one is enough.
Promise: least privilege as Microsoft's permission tables name it; delegated-only paths take none.
"""

from __future__ import annotations

from typing import Final

DIRECTORY_READ = frozenset({"Directory.Read.All", "Directory.ReadWrite.All"})
DIRECTORY_WRITE = frozenset({"Directory.ReadWrite.All"})
USERS_READ: Final = frozenset({"User.Read.All", "User.ReadWrite.All"}) | DIRECTORY_READ
USERS_WRITE: Final = frozenset({"User.ReadWrite.All"}) | DIRECTORY_WRITE
USERS_DELETE: Final = frozenset({"User.DeleteRestore.All", "User.ReadWrite.All"})
GROUPS_READ: Final = frozenset({"Group.Read.All", "Group.ReadWrite.All"}) | DIRECTORY_READ
GROUPS_RESTORE: Final = frozenset({"Group.ReadWrite.All"})
MEMBERS_READ: Final = GROUPS_READ | {"GroupMember.Read.All"}
CONTACTS_READ: Final = frozenset({"OrgContact.Read.All"}) | DIRECTORY_READ
ORGANIZATION_READ: Final = (
    frozenset({"Organization.Read.All", "Organization.ReadWrite.All", "User.Read.All"})
    | DIRECTORY_READ
)
DOMAINS_READ: Final = frozenset({"Domain.Read.All", "Domain.ReadWrite.All"}) | DIRECTORY_READ
ROLES_READ: Final = (
    frozenset(
        {
            "RoleManagement.Read.Directory",
            "RoleManagement.Read.All",
            "RoleManagement.ReadWrite.Directory",
        }
    )
    | DIRECTORY_READ
)
ELIGIBILITY_READ: Final = ROLES_READ - DIRECTORY_READ | {"RoleEligibilitySchedule.Read.Directory"}
LICENCES_READ: Final = USERS_READ | {"LicenseAssignment.Read.All"}
# Microsoft's page names ReadWrite only; Read is what others have seen work
SYNC_BEHAVIOR_READ: Final = {
    whose: frozenset({f"{whose}-OnPremisesSyncBehavior.{how}.All" for how in ("Read", "ReadWrite")})
    for whose in ("User", "Group", "Contacts")
}
DELEGATED_ONLY: Final = frozenset[str]()
EVERY: Final = sorted(
    USERS_WRITE
    | USERS_READ
    | USERS_DELETE
    | GROUPS_READ
    | MEMBERS_READ
    | CONTACTS_READ
    | ORGANIZATION_READ
    | DOMAINS_READ
    | ROLES_READ
    | ELIGIBILITY_READ
    | LICENCES_READ
    | frozenset[str]().union(*SYNC_BEHAVIOR_READ.values())
)
