"""How care teams are said on the wire."""

from typing import Annotated
from uuid import UUID

from pydantic import MISSING, Field

from app.core.schemas import ApiModel, Code, Day, Out, Resource


class CareTeamMember(Resource):
    """A practitioner who may see the client, while the membership lasts."""

    client_id: UUID
    """The client."""
    practitioner_id: UUID
    """The practitioner."""
    practitioner_name: Annotated[str, Field(max_length=200)]
    """The practitioner's name."""
    care_role: Code
    """A code of the list `care_role`, for example `therapist`."""
    starts_on: Day
    """The first day, in the clinic's time zone."""
    ends_on: Day | None
    """The last day; null while it goes on."""


class CareTeamMemberCreate(ApiModel):
    """Someone who joins a care team."""

    practitioner_id: UUID
    """The practitioner, of the same clinic."""
    care_role: Code
    """A code of the list `care_role`."""
    starts_on: Day | None = None
    """The first day; today when absent."""
    ends_on: Day | None = None
    """The last day, when it is already known."""


class CareTeamMemberUpdate(ApiModel):
    """What may change about a membership; absent fields stay as they are."""

    care_role: Code | MISSING = MISSING
    """A code of the list `care_role`."""
    starts_on: Day | MISSING = MISSING
    """The first day."""
    ends_on: Day | None | MISSING = MISSING
    """The last day; access ends the day after. Null lets the membership go on."""


class CareTeam(Out):
    """The whole care team of a client."""

    data: Annotated[list[CareTeamMember], Field(max_length=200)]
    """Present, past and future members, in the order they were added."""
