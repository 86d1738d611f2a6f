"""How clients are found."""

from datetime import date

from sqlalchemy import or_, select

from app.core.database import AnySelect, json_bytes, json_rows
from app.record.care_team.models import CareTeamMember
from app.record.clients.models import Client, ClientIdentifier
from app.record.clients.schemas import ClientFilter

_IDENTIFIERS = (
    select(
        json_rows(
            "id",
            ClientIdentifier.id,
            "system",
            ClientIdentifier.system,
            "value",
            json_bytes(ClientIdentifier.value),
        )
    )
    .where(ClientIdentifier.clinic_id == Client.clinic_id, ClientIdentifier.client_id == Client.id)
    .correlate(Client)
    .scalar_subquery()
    .label("identifiers")
)
COLUMNS = (
    Client.id,
    Client.version,
    Client.created_at,
    Client.status,
    Client.delivery_preference,
    Client.discharged_on,
    Client.details,
    _IDENTIFIERS,
)


def clients() -> AnySelect:
    """Select clients with their identifiers, in one statement."""
    return select(*COLUMNS)


def clients_matching(wanted: ClientFilter, today: date) -> AnySelect:
    """Select the clients a filter asks for; `today` is the clinic's day on which memberships are looked at."""
    statement = clients()
    if wanted.status is not None:
        statement = statement.where(Client.status == wanted.status)
    if wanted.practitioner_id is not None:
        on_team = select(CareTeamMember.client_id).where(
            CareTeamMember.practitioner_id == wanted.practitioner_id,
            CareTeamMember.starts_on <= today,
            or_(CareTeamMember.ends_on.is_(None), CareTeamMember.ends_on >= today),
        )
        statement = statement.where(Client.id.in_(on_team))
    return statement


def owner_of(value_index: bytes) -> AnySelect:
    """Select the id of the client with this identifier."""
    return select(ClientIdentifier.client_id).where(ClientIdentifier.value_index == value_index)
