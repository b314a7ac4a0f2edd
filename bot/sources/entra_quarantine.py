"""In: the error lists of users, groups and contacts, through the `Cloud` port. Out: one Poll.
Entra's own quarantine: the values it took away from an object because another one holds them.
Promise: a poll is whole or it is an error; a quiet one costs four requests, whatever the tenant's size.
"""

import asyncio
from dataclasses import dataclass

from bot.model import ObjectType, Poll
from bot.ports import Clock, Cloud

_LISTED = (ObjectType.USER, ObjectType.GROUP, ObjectType.CONTACT)


@dataclass(frozen=True, slots=True, kw_only=True)
class EntraQuarantine:
    cloud: Cloud
    clock: Clock

    async def poll(self) -> Poll:
        """`read_at` is from before the reading: what happens meanwhile is not claimed to have been seen."""
        read_at = self.clock.now()
        try:
            async with asyncio.TaskGroup() as group:
                facts = group.create_task(self.cloud.facts())
                lists = [group.create_task(self.cloud.with_errors(each)) for each in _LISTED]
        except (
            BaseExceptionGroup
        ) as several:  # one reason is enough, and callers know it by its type
            raise several.exceptions[0] from None
        errors = [error for each in lists for held in each.result() for error in held.errors]
        return Poll(
            errors=tuple(
                sorted(errors, key=lambda error: (error.object_type, error.object_id, error.raw))
            ),
            tenant=facts.result(),
            read_at=read_at,
        )
