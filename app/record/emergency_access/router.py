"""Paths of emergency access."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query, Request, Response, status

from app.access.identity.access import transact_as
from app.core.caller import Permission
from app.core.openapi import CHANGING, WITH_BODY, problems
from app.core.preconditions import IfMatch
from app.core.responses import created, linked, shown, tagged
from app.core.routing import slice_router
from app.core.transactions import Transact
from app.record.emergency_access import schemas, service

router = slice_router("/emergency-accesses", tag="emergency access")

OpenAccess = Annotated[Transact, Depends(transact_as(Permission.EMERGENCY_ACCESS_USE, beyond_circle=True))]
EndAccess = Annotated[Transact, Depends(transact_as(Permission.EMERGENCY_ACCESS_USE))]
ReadAccesses = Annotated[Transact, Depends(transact_as(Permission.EMERGENCY_ACCESS_READ, read_only=True))]
ReviewAccess = Annotated[Transact, Depends(transact_as(Permission.EMERGENCY_ACCESS_REVIEW))]


@router.get("", summary="List emergency accesses", responses=problems())
async def list_emergency_accesses(
    wanted: Annotated[schemas.EmergencyAccessFilter, Query()],
    transact: ReadAccesses,
    request: Request,
    response: Response,
) -> schemas.EmergencyAccessPage:
    """Those the caller may read, newest first. `?review=overdue` lists what has waited longer than 72 hours.

    A privacy officer reads all, a supervisor those of her supervisees and of her own clients, everyone her own.
    """
    return linked(request, response, await transact(service.list_emergency_accesses, wanted))


@router.post(
    "",
    summary="Open emergency access",
    status_code=status.HTTP_201_CREATED,
    responses=problems(*WITH_BODY, 404, 409),
)
async def open_emergency_access(
    body: schemas.EmergencyAccessCreate, transact: OpenAccess, response: Response
) -> schemas.OpenedEmergencyAccess:
    """Read the record of one client without being on the care team, for 60 minutes, when it cannot wait.

    The answer holds a token of its own. Sent in place of your own, it reads what your role may read, of this client
    only; it writes nothing and shows no private notes. Every answer under it carries the header `Emergency-Access`.
    Your supervisor and the privacy officers are told at once, and one of them reviews it within 72 hours.

    There is no `Idempotency-Key` here, since an answer that can be repeated would have to keep the token. If it gets
    lost, open another and end the first.
    """
    return created(response, await transact(service.open_emergency_access, body), "/v1/emergency-accesses")


@router.get("/{emergency_access_id}", summary="Read an emergency access", responses=problems(404))
async def get_emergency_access(
    emergency_access_id: UUID, transact: ReadAccesses, request: Request, response: Response
) -> schemas.EmergencyAccess:
    """One emergency access with its justification and its review."""
    return shown(request, response, await transact(service.get_emergency_access, emergency_access_id))


@router.post("/{emergency_access_id}/end", summary="End emergency access", responses=problems(404, 409))
async def end_emergency_access(
    emergency_access_id: UUID, transact: EndAccess, request: Request, response: Response
) -> schemas.EmergencyAccess:
    """End your own before its hour is over, with your usual token. Signing out with its token ends it too."""
    ended = await transact(service.end_emergency_access, emergency_access_id)
    request.app.state.door.forget_everyone()
    return tagged(response, ended)


@router.post("/{emergency_access_id}/review", summary="Review an emergency access", responses=problems(*CHANGING, 409))
async def review_emergency_access(
    emergency_access_id: UUID,
    body: schemas.EmergencyAccessReview,
    transact: ReviewAccess,
    expected: IfMatch,
    response: Response,
) -> schemas.EmergencyAccess:
    """Say once whether it was right, as a privacy officer or as the supervisor of who used it."""
    return tagged(response, await transact(service.review_emergency_access, emergency_access_id, body, expected))
