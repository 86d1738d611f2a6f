"""Whether the process lives, and whether it can do its work: for load balancers and container engines."""

from enum import StrEnum
from typing import Any

from fastapi import APIRouter, Request

from app import migrating
from app.access.identity.door import Door
from app.core.openapi_shape import refusal
from app.core.problems import Problem
from app.core.schemas import Out
from app.core.system import SYSTEM

router = APIRouter(tags=["health"])
_UNFIT: dict[int | str, Any] = {400: refusal(400), 500: refusal(500)}
"""What a probe can be refused with: it asks for no credential and is counted against no quota."""


class HealthStatus(StrEnum):
    """The one answer; everything else is a problem."""

    OK = "ok"


class Health(Out):
    """The service answers."""

    status: HealthStatus = HealthStatus.OK
    """Always `ok`."""


class NotReady(Problem):
    """The database does not answer, its migrations are not those of this code, or its disk is nearly full."""

    status = 503
    title = "The service is not ready"

    def __init__(self, detail: str) -> None:
        """Say what is missing; a load balancer asks again by itself."""
        super().__init__(detail, headers={"Retry-After": "1"})


@router.get("/healthz", summary="Is the process alive", responses=_UNFIT, openapi_extra={"security": []})
async def get_health() -> Health:
    """The process is alive. It looks at nothing else; use `/readyz` to know whether it can work."""
    return Health()


@router.get(
    "/readyz", summary="Is the service ready", responses=_UNFIT | {503: refusal(503)}, openapi_extra={"security": []}
)
async def get_readiness(request: Request) -> Health:
    """The database answers, its migrations are those of this code, its disk has room, and no stop is under way."""
    if request.app.state.draining.is_set():
        raise NotReady("The service is shutting down.")
    door: Door = request.app.state.door
    try:
        current = await door.transactions.look(SYSTEM, migrating.current)
        is_low = door.transactions.storage.is_low()
    except Exception:  # noqa: BLE001 - whatever the driver says, the answer is the same
        raise NotReady("The database does not answer.") from None
    if current != migrating.HEAD:
        raise NotReady("The database is at another migration than this code. Run `stance migrate`.")
    if is_low:
        raise NotReady("The storage is nearly full. Make room on the disk of the database.")
    return Health()
