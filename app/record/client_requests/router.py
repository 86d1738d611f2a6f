"""Paths of what clients ask of their record."""

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
from app.record.client_requests import schemas, service

router = slice_router(tag="client rights")

ReadRequests = Annotated[Transact, Depends(transact_as(Permission.CLIENT_REQUESTS_READ, read_only=True))]
ReceiveRequests = Annotated[Transact, Depends(transact_once_as(Permission.CLIENT_REQUESTS_WRITE))]
WriteRequests = Annotated[Transact, Depends(transact_as(Permission.CLIENT_REQUESTS_WRITE))]
ManageRequests = Annotated[Transact, Depends(transact_as(Permission.CLIENT_REQUESTS_MANAGE))]
Wanted = Annotated[schemas.ClientRequestFilter, Query()]


@router.get("/clients/{client_id}/requests", summary="List the requests of a client", responses=problems(404))
async def list_requests_of_client(
    client_id: UUID, wanted: Wanted, transact: ReadRequests, request: Request, response: Response
) -> schemas.ClientRequestPage:
    """What one client asked of her record, the request due first at the top.

    `?note_id=` lists the amendments of one note: show a denied one beside the note, with its statement of disagreement.
    """
    return linked(request, response, await transact(service.list_requests_of, client_id, wanted))


@router.post(
    "/clients/{client_id}/requests",
    summary="Write down a request of a client",
    status_code=status.HTTP_201_CREATED,
    responses=problems(*WITH_BODY, 404),
)
async def create_client_request(
    client_id: UUID, body: schemas.ClientRequestCreate, transact: ReceiveRequests, response: Response
) -> schemas.ClientRequest:
    """Write down that a client asks for her record or for an amendment. Privacy officers and care team get a notice.

    `due_on` follows from the clinic's `access_request_days` or `amendment_request_days`, counted from `received_on`.
    """
    return created(response, await transact(service.create_request, client_id, body), "/v1/client-requests")


@router.get("/client-requests", summary="List requests of clients", responses=problems())
async def list_client_requests(
    wanted: Wanted, transact: ReadRequests, request: Request, response: Response
) -> schemas.ClientRequestPage:
    """The requests of all clients the caller may see, the one due first at the top.

    `?state=open` lists what waits for an answer, `?state=overdue` what has waited too long.
    """
    return linked(request, response, await transact(service.list_requests, wanted))


@router.get("/client-requests/{client_request_id}", summary="Read a request of a client", responses=problems(404))
async def get_client_request(
    client_request_id: UUID, transact: ReadRequests, request: Request, response: Response
) -> schemas.ClientRequest:
    """One request with what became of it."""
    return shown(request, response, await transact(service.get_request, client_request_id))


@router.post(
    "/client-requests/{client_request_id}/extend",
    summary="Take more time for a request",
    responses=problems(*CHANGING, 409),
)
async def extend_client_request(
    client_request_id: UUID,
    body: schemas.ClientRequestExtend,
    transact: ManageRequests,
    expected: IfMatch,
    response: Response,
) -> schemas.ClientRequest:
    """Put `due_on` off by the clinic's `request_extension_days`: once, with a reason, and before that day is over."""
    return tagged(response, await transact(service.extend_request, client_request_id, body, expected))


@router.post(
    "/client-requests/{client_request_id}/fulfil", summary="Fulfil a request", responses=problems(*CHANGING, 409)
)
async def fulfil_client_request(
    client_request_id: UUID,
    body: schemas.ClientRequestFulfil,
    transact: ManageRequests,
    expected: IfMatch,
    response: Response,
) -> schemas.ClientRequest:
    """Say that the client got what she asked for.

    The amendment of a signed note is an addendum to it, written and signed by its author before; name it here.
    """
    return tagged(response, await transact(service.fulfil_request, client_request_id, body, expected))


@router.post("/client-requests/{client_request_id}/deny", summary="Deny a request", responses=problems(*CHANGING, 409))
async def deny_client_request(
    client_request_id: UUID,
    body: schemas.ClientRequestDeny,
    transact: ManageRequests,
    expected: IfMatch,
    response: Response,
) -> schemas.ClientRequest:
    """Say no, for a reason the law knows, in words for the client.

    That somebody would come to harm is a health professional's judgement; name her.
    """
    return tagged(response, await transact(service.deny_request, client_request_id, body, expected))


@router.post(
    "/client-requests/{client_request_id}/withdraw", summary="Withdraw a request", responses=problems(*CHANGING, 409)
)
async def withdraw_client_request(
    client_request_id: UUID,
    body: schemas.ClientRequestWithdraw,
    transact: ManageRequests,
    expected: IfMatch,
    response: Response,
) -> schemas.ClientRequest:
    """Say that the client took her request back while it waited."""
    return tagged(response, await transact(service.withdraw_request, client_request_id, body, expected))


@router.post(
    "/client-requests/{client_request_id}/disagreement",
    summary="Attach a statement of disagreement",
    responses=problems(*CHANGING, 409),
)
async def add_disagreement(
    client_request_id: UUID,
    body: schemas.DisagreementCreate,
    transact: WriteRequests,
    expected: IfMatch,
    response: Response,
) -> schemas.ClientRequest:
    """Attach, once, what a client has to say against the denial of an amendment (45 CFR 164.526(d))."""
    return tagged(response, await transact(service.add_disagreement, client_request_id, body, expected))
