"""In: a refusal, as the routes raise it.
Out: Graph's error body and status, as the SDK's ODataError reads it.
Promise: every non-2xx answer of the lab's Graph that is not a planted fault has this shape.
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from bot.lab.entra.objects import DirectoryObject

UNSUPPORTED = "Request_UnsupportedQuery"
BAD_REQUEST = "Request_BadRequest"
MASTERED = (
    "Unable to update the specified properties for on-premises mastered Directory Sync objects"
    " or objects currently undergoing migration."
)


class GraphError(Exception):
    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        *,
        details: tuple[dict[str, str], ...] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.details = details
        self.headers = dict(headers or {})

    def body(self, *, request_id: str, client_request_id: str, now: datetime) -> dict[str, Any]:
        error: dict[str, Any] = {"code": self.code, "message": self.message}
        if self.details:
            error["details"] = list(self.details)
        error["innerError"] = {
            "date": now.strftime("%Y-%m-%dT%H:%M:%S"),
            "request-id": request_id,
            "client-request-id": client_request_id,
        }
        return {"error": error}


def unsupported(message: str = "Unsupported query.") -> GraphError:
    return GraphError(400, UNSUPPORTED, message)


def bad_request(message: str) -> GraphError:
    return GraphError(400, BAD_REQUEST, message)


def not_found(object_id: str) -> GraphError:
    message = (
        f"Resource '{object_id}' does not exist or one of its queried"
        " reference-property objects are not present."
    )
    return GraphError(404, "Request_ResourceNotFound", message)


def denied() -> GraphError:
    message = "Insufficient privileges to complete the operation."
    return GraphError(403, "Authorization_RequestDenied", message)


def read_only(name: str) -> GraphError:
    return bad_request(f"Property '{name}' is read-only and cannot be set.")


def conflict(property_name: str, holder: DirectoryObject) -> GraphError:
    """The one answer that names the holder: `<Type>_<id>` in the second detail."""
    message = f"Another object with the same value for property {property_name} already exists."
    kind = holder.kind.value[0].upper() + holder.kind.value[1:]
    return GraphError(
        400,
        BAD_REQUEST,
        message,
        details=(
            {"code": "ObjectConflict", "message": message, "target": property_name},
            {"code": "ConflictingObjects", "message": message, "target": f"{kind}_{holder.id}"},
        ),
    )


def unauthenticated(message: str, authorization_uri: str) -> GraphError:
    challenge = (
        f'Bearer realm="", authorization_uri="{authorization_uri}",'
        ' client_id="00000003-0000-0000-c000-000000000000"'
    )
    return GraphError(
        401, "InvalidAuthenticationToken", message, headers={"WWW-Authenticate": challenge}
    )


def new_request_id() -> str:
    return str(uuid.uuid4())
