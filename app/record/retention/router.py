"""Paths of retention and of legal holds."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query, Request, Response, status

from app.access.identity.access import transact_as, transact_once_as
from app.core.caller import Permission
from app.core.openapi import CHANGING, WITH_BODY, problems
from app.core.preconditions import IfMatch
from app.core.responses import created, linked, shown, tagged
from app.core.routing import slice_router
from app.core.transactions import Transact
from app.record.retention import schemas, service

router = slice_router(tag="retention")

ReadRetention = Annotated[Transact, Depends(transact_as(Permission.RETENTION_MANAGE, read_only=True))]
ListRetention = Annotated[Transact, Depends(transact_as(Permission.RETENTION_MANAGE, read_only=True, aside=True))]
ManageRetention = Annotated[Transact, Depends(transact_as(Permission.RETENTION_MANAGE))]
PlaceHolds = Annotated[Transact, Depends(transact_once_as(Permission.RETENTION_MANAGE))]


@router.get("/retention/due", summary="List records past their period", responses=problems())
async def list_retention_due(
    wanted: Annotated[schemas.RetentionDueFilter, Query()],
    transact: ListRetention,
    request: Request,
    response: Response,
) -> schemas.RetentionDuePage:
    """Discharged clients whose records need not be kept any longer, by the clinic's policy.

    Nothing is erased by itself: two people decide on each.
    """
    return linked(request, response, await transact(service.list_retention_due, wanted))


@router.get("/legal-holds", summary="List legal holds", responses=problems())
async def list_legal_holds(
    wanted: Annotated[schemas.LegalHoldFilter, Query()], transact: ReadRetention, request: Request, response: Response
) -> schemas.LegalHoldPage:
    """The holds on clients and on the whole clinic, newest first."""
    return linked(request, response, await transact(service.list_legal_holds, wanted))


@router.post(
    "/legal-holds",
    summary="Hold the whole clinic's records",
    status_code=status.HTTP_201_CREATED,
    responses=problems(*WITH_BODY, 409),
)
async def place_clinic_legal_hold(
    body: schemas.LegalHoldCreate, transact: PlaceHolds, response: Response
) -> schemas.LegalHold:
    """Keep the record of every client from being erased until the hold is lifted."""
    return created(response, await transact(service.place_clinic_legal_hold, body), "/v1/legal-holds")


@router.get("/legal-holds/{legal_hold_id}", summary="Read a legal hold", responses=problems(404))
async def get_legal_hold(
    legal_hold_id: UUID, transact: ReadRetention, request: Request, response: Response
) -> schemas.LegalHold:
    """One hold with its reason."""
    return shown(request, response, await transact(service.get_legal_hold, legal_hold_id))


@router.post("/legal-holds/{legal_hold_id}/lift", summary="Lift a legal hold", responses=problems(*CHANGING, 409))
async def lift_legal_hold(
    legal_hold_id: UUID, transact: ManageRetention, expected: IfMatch, response: Response
) -> schemas.LegalHold:
    """End a hold for good. The record is not erased by that; it only may be again."""
    return tagged(response, await transact(service.lift_legal_hold, legal_hold_id, expected))


@router.get("/clients/{client_id}/legal-holds", summary="List a client's legal holds", responses=problems(404))
async def list_client_legal_holds(
    client_id: UUID,
    wanted: Annotated[schemas.LegalHoldFilter, Query()],
    transact: ReadRetention,
    request: Request,
    response: Response,
) -> schemas.LegalHoldPage:
    """The holds on this client, newest first. Those on the whole clinic hold her record too; they are not here."""
    return linked(request, response, await transact(service.list_client_legal_holds, client_id, wanted))


@router.post(
    "/clients/{client_id}/legal-holds",
    summary="Hold a client's record",
    status_code=status.HTTP_201_CREATED,
    responses=problems(*WITH_BODY, 404, 409),
)
async def place_client_legal_hold(
    client_id: UUID, body: schemas.LegalHoldCreate, transact: PlaceHolds, response: Response
) -> schemas.LegalHold:
    """Keep a client's record from being erased until the hold is lifted, whoever asks for it."""
    hold = await transact(service.place_client_legal_hold, client_id, body)
    return created(response, hold, "/v1/legal-holds")
