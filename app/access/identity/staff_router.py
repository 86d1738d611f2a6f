"""Paths of the clinic and the people who work for it. They live here, above their slices, because people sign in."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query, Request, Response, status

from app.access.clinics import schemas as clinics_schemas
from app.access.clinics import service as clinics
from app.access.identity import service
from app.access.identity.access import transact_as, transact_once_as
from app.access.identity.door import Door
from app.access.practitioners import schemas as practitioners_schemas
from app.access.practitioners import service as practitioners
from app.core.caller import Permission
from app.core.openapi import CHANGING, WITH_BODY, problems
from app.core.preconditions import IfMatch
from app.core.responses import created, linked, shown, tagged
from app.core.routing import slice_router
from app.core.transactions import Transact

clinic = slice_router("/clinic", tag="clinic")
staff = slice_router("/practitioners", tag="practitioners")

ReadClinic = Annotated[Transact, Depends(transact_as(Permission.CLINIC_READ, read_only=True))]
WriteClinic = Annotated[Transact, Depends(transact_as(Permission.CLINIC_WRITE))]
ReadStaff = Annotated[Transact, Depends(transact_as(Permission.PRACTITIONERS_READ, read_only=True))]
WriteStaff = Annotated[Transact, Depends(transact_as(Permission.PRACTITIONERS_WRITE))]
CreateStaff = Annotated[Transact, Depends(transact_once_as(Permission.PRACTITIONERS_WRITE))]


@clinic.get("", summary="Read the clinic", responses=problems())
async def get_clinic(transact: ReadClinic, request: Request, response: Response) -> clinics_schemas.Clinic:
    """The clinic the caller works in, with its time zone and policies."""
    return shown(request, response, await transact(clinics.get_clinic))


@clinic.patch("", summary="Change the clinic's policies", responses=problems(*CHANGING))
async def update_clinic(
    body: clinics_schemas.ClinicUpdate,
    transact: WriteClinic,
    expected: IfMatch,
    request: Request,
    response: Response,
) -> clinics_schemas.Clinic:
    """Change name, time zone or policies. New policies hold for what happens from now on."""
    changed = await transact(clinics.update_clinic, body, expected)
    request.app.state.door.forget_everyone()
    return tagged(response, changed)


@staff.get("", summary="List practitioners", responses=problems())
async def list_practitioners(
    wanted: Annotated[practitioners_schemas.PractitionerFilter, Query()],
    transact: ReadStaff,
    request: Request,
    response: Response,
) -> practitioners_schemas.PractitionerPage:
    """The people who work for the clinic, in the order they joined."""
    return linked(request, response, await transact(practitioners.list_practitioners, wanted))


@staff.post("", summary="Add a practitioner", status_code=status.HTTP_201_CREATED, responses=problems(*WITH_BODY, 409))
async def create_practitioner(
    body: practitioners_schemas.PractitionerCreate, transact: CreateStaff, request: Request, response: Response
) -> practitioners_schemas.Practitioner:
    """Add a practitioner with a login. The password is stored only as an argon2id hash."""
    door: Door = request.app.state.door
    password_hash = await door.passwords.hash(body.password.get_secret_value())
    practitioner = await transact(service.create_practitioner, body, password_hash)
    return created(response, practitioner, "/v1/practitioners")


@staff.get("/{practitioner_id}", summary="Read a practitioner", responses=problems(404))
async def get_practitioner(
    practitioner_id: UUID, transact: ReadStaff, request: Request, response: Response
) -> practitioners_schemas.Practitioner:
    """One practitioner with roles, licences and supervisor."""
    return shown(request, response, await transact(practitioners.get_practitioner, practitioner_id))


@staff.patch("/{practitioner_id}", summary="Change a practitioner", responses=problems(*CHANGING, 409))
async def update_practitioner(
    practitioner_id: UUID,
    body: practitioners_schemas.PractitionerUpdate,
    transact: WriteStaff,
    expected: IfMatch,
    request: Request,
    response: Response,
) -> practitioners_schemas.Practitioner:
    """Change facts, roles or the supervisor. Setting `is_active` to false ends every sign-in at once."""
    practitioner = await transact(service.update_practitioner, practitioner_id, body, expected)
    request.app.state.door.forget_everyone()
    return tagged(response, practitioner)
