"""Whether the process lives, and whether it can do its work: for load balancers and container engines."""

from enum import StrEnum

from fastapi import APIRouter, Request

from app import migrating
from app.core.openapi_shape import refusal
from app.core.problems import Problem
from app.core.schemas import Out
from app.core.system import SYSTEM

router = APIRouter(tags=["health"])


class HealthStatus(StrEnum):
    """The one answer; everything else is a problem."""

    OK = "ok"


class Health(Out):
    """The service answers."""

    status: HealthStatus = HealthStatus.OK
    """Always `ok`."""


class NotReady(Problem):
    """The database does not answer, or its migrations are not those of this code."""

    status = 503
    title = "The service is not ready"


@router.get("/healthz", summary="Is the process alive", openapi_extra={"security": []})
async def get_health() -> Health:
    """The process is alive. It looks at nothing else; use `/readyz` to know whether it can work."""
    return Health()


@router.get("/readyz", summary="Is the service ready", responses={503: refusal(503)}, openapi_extra={"security": []})
async def get_readiness(request: Request) -> Health:
    """The database answers and its migrations are exactly those of this code."""
    try:
        current = await request.app.state.door.transactions.look(SYSTEM, migrating.current)
    except Exception:  # noqa: BLE001 - whatever the driver says, the answer is the same
        raise NotReady("The database does not answer.") from None
    if current != request.app.state.head:
        raise NotReady("The database is at another migration than this code. Run `stance migrate`.")
    return Health()
