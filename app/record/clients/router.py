"""Paths of clients, their care teams and their access log."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query, Request, Response, status

from app.access.audit import schemas as audit_schemas
from app.access.identity.access import transact_as, transact_once_as
from app.core.caller import Permission
from app.core.openapi import CHANGING, WITH_BODY, problems
from app.core.preconditions import IfMatch
from app.core.responses import created, linked, shown, tagged
from app.core.routing import slice_router
from app.core.transactions import Transact
from app.record.care_team import schemas as care_team_schemas
from app.record.care_team import service as care_team
from app.record.clients import schemas, service

router = slice_router("/clients", tag="clients")

ReadClients = Annotated[Transact, Depends(transact_as(Permission.CLIENTS_READ, read_only=True))]
SearchClients = Annotated[Transact, Depends(transact_as(Permission.CLIENTS_READ, read_only=True, aside=True))]
WriteClients = Annotated[Transact, Depends(transact_as(Permission.CLIENTS_WRITE))]
CreateClients = Annotated[Transact, Depends(transact_once_as(Permission.CLIENTS_WRITE))]
ReadCareTeam = Annotated[Transact, Depends(transact_as(Permission.CARE_TEAM_READ, read_only=True))]
WriteCareTeam = Annotated[Transact, Depends(transact_as(Permission.CARE_TEAM_WRITE))]
JoinCareTeam = Annotated[Transact, Depends(transact_once_as(Permission.CARE_TEAM_WRITE))]
ReadAccessLog = Annotated[Transact, Depends(transact_as(Permission.ACCESS_LOG_READ, read_only=True, aside=True))]


@router.get("", summary="List clients", responses=problems())
async def list_clients(
    wanted: Annotated[schemas.ClientFilter, Query()], transact: ReadClients, request: Request, response: Response
) -> schemas.ClientPage:
    """The clients the caller may see, in the order they were added."""
    return linked(request, response, await transact(service.list_clients, wanted))


@router.post(
    "", summary="Create a client", status_code=status.HTTP_201_CREATED, responses=problems(*WITH_BODY, 404, 409)
)
async def create_client(
    body: schemas.ClientCreate, transact: CreateClients, response: Response
) -> schemas.ClientProfile:
    """Add a client. A practitioner who does joins the care team as therapist; clinic admins and programs do not."""
    return created(response, await transact(service.create_client, body), "/v1/clients")


@router.post("/search", summary="Search clients", responses=problems(*WITH_BODY))
async def search_clients(body: schemas.ClientSearch, transact: SearchClients) -> schemas.ClientPage:
    """Find clients by the beginnings of their names or by an identifier, among those the caller may see.

    To get the next page, send the same body with `after` set to the `next_cursor` of this one.
    """
    return await transact(service.search_clients, body)


@router.put(
    "/by-identifier",
    summary="Create or update a client by identifier",
    responses=problems(*WITH_BODY, 409)
    | {201: {"model": schemas.ClientProfile, "description": "The client was created."}},
)
async def upsert_client(
    wanted: Annotated[schemas.IdentifierQuery, Query()],
    body: schemas.ClientCreate,
    transact: WriteClients,
    response: Response,
) -> schemas.ClientProfile:
    """For EHRs: make sure the client with this identifier exists with these facts.

    Fields that are absent stay as they are; `status` counts only when the client is created. However many calls
    arrive at once, there is never a second client.
    """
    client, is_new = await transact(service.upsert_client, wanted, body)
    if is_new:
        response.status_code = status.HTTP_201_CREATED
        return created(response, client, "/v1/clients")
    return tagged(response, client)


@router.get("/{client_id}", summary="Read a client", responses=problems(404))
async def get_client(
    client_id: UUID, transact: ReadClients, request: Request, response: Response
) -> schemas.ClientProfile:
    """One client with names, contacts, concerns and identifiers."""
    return shown(request, response, await transact(service.get_client, client_id))


@router.patch("/{client_id}", summary="Change a client", responses=problems(*CHANGING, 409))
async def update_client(
    client_id: UUID, body: schemas.ClientUpdate, transact: WriteClients, expected: IfMatch, response: Response
) -> schemas.ClientProfile:
    """Change some facts; absent fields stay as they are, null clears."""
    return tagged(response, await transact(service.update_client, client_id, body, expected))


@router.post("/{client_id}/discharge", summary="Discharge a client", responses=problems(*CHANGING, 409))
async def discharge_client(
    client_id: UUID, body: schemas.ClientDischarge, transact: WriteClients, expected: IfMatch, response: Response
) -> schemas.ClientProfile:
    """End the clinic's care. The record stays, and stays readable to the care team."""
    return tagged(response, await transact(service.discharge_client, client_id, body, expected))


@router.get("/{client_id}/care-team", summary="List the care team", responses=problems(404))
async def list_care_team(client_id: UUID, transact: ReadCareTeam) -> care_team_schemas.CareTeam:
    """Everyone who is, was or will be on the client's care team."""
    return await transact(service.list_care_team, client_id)


@router.post(
    "/{client_id}/care-team",
    summary="Add someone to the care team",
    status_code=status.HTTP_201_CREATED,
    responses=problems(*WITH_BODY, 404, 409),
)
async def add_care_team_member(
    client_id: UUID, body: care_team_schemas.CareTeamMemberCreate, transact: JoinCareTeam, response: Response
) -> care_team_schemas.CareTeamMember:
    """Let a practitioner see the client, in a care role and for a time."""
    member = await transact(service.add_care_team_member, client_id, body)
    return created(response, member, f"/v1/clients/{client_id}/care-team")


@router.get("/{client_id}/care-team/{member_id}", summary="Read a care team membership", responses=problems(404))
async def get_care_team_member(
    client_id: UUID, member_id: UUID, transact: ReadCareTeam, request: Request, response: Response
) -> care_team_schemas.CareTeamMember:
    """One practitioner's place on the care team."""
    return shown(request, response, await transact(care_team.get_member, client_id, member_id))


@router.patch(
    "/{client_id}/care-team/{member_id}", summary="Change a care team membership", responses=problems(*CHANGING, 409)
)
async def update_care_team_member(
    client_id: UUID,
    member_id: UUID,
    body: care_team_schemas.CareTeamMemberUpdate,
    transact: WriteCareTeam,
    expected: IfMatch,
    response: Response,
) -> care_team_schemas.CareTeamMember:
    """Change the role or the dates. The end of a membership ends access on the next request."""
    return tagged(response, await transact(care_team.change, client_id, member_id, body, expected))


@router.get("/{client_id}/access-log", summary="Read who saw a client's record", responses=problems(404))
async def list_access_log(
    client_id: UUID,
    wanted: Annotated[audit_schemas.AccessLogFilter, Query()],
    transact: ReadAccessLog,
    request: Request,
    response: Response,
) -> audit_schemas.AuditEventPage:
    """Everyone who read or changed anything about the client, newest first. Reading this is itself logged."""
    return linked(request, response, await transact(service.get_access_log, client_id, wanted))
