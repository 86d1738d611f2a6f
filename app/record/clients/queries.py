"""How clients are found."""

import functools

from sqlalchemy import or_, select

from app.core.database import AnySelect, json_bytes, json_rows
from app.core.prepared import TODAY, Prepared, parameter
from app.record.care_team.models import CareTeamMember
from app.record.clients.models import Client, ClientIdentifier

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
CLIENT = Prepared(select(*COLUMNS).where(Client.id == parameter("client_id", Client.id)))
"""One client with her identifiers, in one statement."""


def owner_of(value_index: bytes) -> AnySelect:
    """Select the id of the client with this identifier."""
    return select(ClientIdentifier.client_id).where(ClientIdentifier.value_index == value_index)


_ON_TEAM = select(CareTeamMember.client_id).where(
    CareTeamMember.practitioner_id == parameter("practitioner_id", CareTeamMember.practitioner_id),
    CareTeamMember.starts_on <= TODAY,
    or_(CareTeamMember.ends_on.is_(None), CareTeamMember.ends_on >= TODAY),
)
_FILTERS = {
    "status": Client.status == parameter("status", Client.status),
    "practitioner_id": Client.id.in_(_ON_TEAM),
    "value_index": Client.id.in_(owner_of(parameter("value_index", ClientIdentifier.value_index))),
}


@functools.cache
def clients(filters: frozenset[str]) -> Prepared:
    """Select the clients to which these filters apply, with their identifiers."""
    return Prepared(select(*COLUMNS).where(*(_FILTERS[name] for name in sorted(filters))))
