"""Paths of erasures: asked for by one person, decided by another, carried out at once."""

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
from app.record.erasures import schemas, service, shredding

router = slice_router(tag="erasures")

ReadErasures = Annotated[Transact, Depends(transact_as(Permission.ERASURES_READ, read_only=True))]
RequestErasures = Annotated[Transact, Depends(transact_once_as(Permission.ERASURES_REQUEST))]
WithdrawErasures = Annotated[Transact, Depends(transact_as(Permission.ERASURES_REQUEST))]
DecideErasures = Annotated[Transact, Depends(transact_as(Permission.ERASURES_APPROVE))]


@router.post(
    "/clients/{client_id}/erasures",
    summary="Ask for a record to be erased",
    status_code=status.HTTP_201_CREATED,
    responses=problems(*WITH_BODY, 404, 409),
)
async def request_erasure(
    client_id: UUID, body: schemas.ErasureRequest, transact: RequestErasures, response: Response
) -> schemas.Erasure:
    """Ask for a discharged client's record to be destroyed. Somebody else has to approve it."""
    return created(response, await transact(service.request_erasure, client_id, body), "/v1/erasures")


@router.get("/erasures", summary="List erasures", responses=problems())
async def list_erasures(
    wanted: Annotated[schemas.ErasureFilter, Query()], transact: ReadErasures, request: Request, response: Response
) -> schemas.ErasurePage:
    """What was asked for and what became of it, newest first."""
    return linked(request, response, await transact(service.list_erasures, wanted))


@router.get("/erasures/{erasure_id}", summary="Read an erasure", responses=problems(404))
async def get_erasure(
    erasure_id: UUID, transact: ReadErasures, request: Request, response: Response
) -> schemas.Erasure:
    """One erasure, also after the record is gone."""
    return shown(request, response, await transact(service.get_erasure, erasure_id))


@router.post("/erasures/{erasure_id}/withdraw", summary="Withdraw an erasure", responses=problems(*CHANGING, 409))
async def withdraw_erasure(
    erasure_id: UUID, transact: WithdrawErasures, expected: IfMatch, response: Response
) -> schemas.Erasure:
    """Take a request back before it is decided."""
    return tagged(response, await transact(service.withdraw_erasure, erasure_id, expected))


@router.post("/erasures/{erasure_id}/refuse", summary="Refuse an erasure", responses=problems(*CHANGING, 409))
async def refuse_erasure(
    erasure_id: UUID, body: schemas.ErasureRefusal, transact: DecideErasures, expected: IfMatch, response: Response
) -> schemas.Erasure:
    """Say no to what somebody else asked for. The record stays as it is, and it may be asked for again."""
    return tagged(response, await transact(service.refuse_erasure, erasure_id, body, expected))


@router.post("/erasures/{erasure_id}/approve", summary="Approve an erasure", responses=problems(*CHANGING, 409))
async def approve_erasure(
    erasure_id: UUID, transact: DecideErasures, expected: IfMatch, request: Request, response: Response
) -> schemas.Erasure:
    """Say yes to what somebody else asked for, and carry it out.

    **Nothing brings the record back.** The client's keys are destroyed, her names, identifiers and care team removed;
    every address about her answers 404 from then on, and no list holds her. If the answer gets lost, read the erasure;
    if it stands at `approved`, approve it again with its new version.
    """
    ledger = request.app.state.erasure_ledger
    await transact(service.approve_erasure, ledger, erasure_id, expected)
    return tagged(response, await transact(shredding.carry_out, ledger, erasure_id))


@router.get(
    "/erasures/{erasure_id}/certificate", summary="Get the certificate of an erasure", responses=problems(404, 409)
)
async def get_erasure_certificate(
    erasure_id: UUID, transact: ReadErasures, request: Request
) -> schemas.ErasureCertificate:
    """What can be shown to whoever asks whether a record is gone, and until when backups still hold it."""
    days = request.app.state.settings.backup_retention_days
    return await transact(service.get_erasure_certificate, erasure_id, days)
