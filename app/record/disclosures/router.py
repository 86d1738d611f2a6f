"""Paths of the accounting of disclosures."""

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
from app.record.disclosures import schemas, service

router = slice_router(tag="client rights")

ReadDisclosures = Annotated[Transact, Depends(transact_as(Permission.DISCLOSURES_READ, read_only=True))]
WriteDisclosures = Annotated[Transact, Depends(transact_as(Permission.DISCLOSURES_WRITE))]
RecordDisclosures = Annotated[Transact, Depends(transact_once_as(Permission.DISCLOSURES_WRITE))]


@router.get("/clients/{client_id}/disclosures", summary="Account for disclosures", responses=problems(404))
async def list_disclosures(
    client_id: UUID,
    wanted: Annotated[schemas.DisclosureFilter, Query()],
    transact: ReadDisclosures,
    request: Request,
    response: Response,
) -> schemas.DisclosurePage:
    """To whom what of a client's record was disclosed, when and why: the last six years, or the period you ask for.

    The latest day comes first. Disclosures entered in error are left out unless you ask for them.
    """
    return linked(request, response, await transact(service.list_disclosures, client_id, wanted))


@router.post(
    "/clients/{client_id}/disclosures",
    summary="Write down a disclosure",
    status_code=status.HTTP_201_CREATED,
    responses=problems(*WITH_BODY, 404),
)
async def create_disclosure(
    client_id: UUID, body: schemas.DisclosureCreate, transact: RecordDisclosures, response: Response
) -> schemas.Disclosure:
    """Write down that something of a client's record went outside, so that she can be told to whom.

    What goes out for treatment, payment or the clinic's own operations, to the client herself or with her
    authorization need not be written down here (45 CFR 164.528(a)(1)).
    """
    return created(response, await transact(service.record_disclosure, client_id, body), "/v1/disclosures")


@router.get("/disclosures/{disclosure_id}", summary="Read a disclosure", responses=problems(404))
async def get_disclosure(
    disclosure_id: UUID, transact: ReadDisclosures, request: Request, response: Response
) -> schemas.Disclosure:
    """One disclosure, those entered in error too."""
    return shown(request, response, await transact(service.get_disclosure, disclosure_id))


@router.post(
    "/disclosures/{disclosure_id}/entered-in-error",
    summary="Mark a disclosure as entered in error",
    responses=problems(*CHANGING, 409),
)
async def mark_disclosure_entered_in_error(
    disclosure_id: UUID,
    body: schemas.DisclosureErrorReason,
    transact: WriteDisclosures,
    expected: IfMatch,
    response: Response,
) -> schemas.Disclosure:
    """Say that a disclosure is wrong, and why. It is kept, and left out of accountings for good."""
    return tagged(response, await transact(service.mark_entered_in_error, disclosure_id, body, expected))
