"""What a care team is: the practitioners who may see one client, each with a care role and dates.

Membership is the inner circle of privacy: from `starts_on` to `ends_on`, both included, in the clinic's time zone.
"""

from dataclasses import dataclass
from datetime import date
from typing import ClassVar
from uuid import UUID

from app.core.events import AuditAction, DomainEvent
from app.core.problems import Conflict, ValidationFailed


class AlreadyOnCareTeam(Conflict):
    """The practitioner already has this care role on these days."""

    title = "This practitioner already has this care role for the client"


@dataclass(frozen=True, kw_only=True)
class CareTeamJoined(DomainEvent):
    """A practitioner may see the client from now on."""

    type: ClassVar[str] = "care_team.joined"
    action: ClassVar[AuditAction] = AuditAction.CREATE
    entity: ClassVar[str] = "care_team_member"
    practitioner_id: UUID


@dataclass(frozen=True, kw_only=True)
class CareTeamChanged(DomainEvent):
    """A membership got other dates or another role, or ended."""

    type: ClassVar[str] = "care_team.changed"
    action: ClassVar[AuditAction] = AuditAction.UPDATE
    entity: ClassVar[str] = "care_team_member"
    fields: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class CareTeamMemberViewed(DomainEvent):
    """Someone read one membership."""

    type: ClassVar[str] = "care_team.viewed"
    action: ClassVar[AuditAction] = AuditAction.READ
    entity: ClassVar[str] = "care_team_member"


@dataclass(frozen=True, kw_only=True)
class CareTeamListed(DomainEvent):
    """Someone read who may see the client."""

    type: ClassVar[str] = "care_team.listed"
    action: ClassVar[AuditAction] = AuditAction.READ
    entity: ClassVar[str] = "care_team_member"


def check_dates(starts_on: date, ends_on: date | None) -> None:
    """Refuse a membership that ends before it starts."""
    if ends_on is not None and ends_on < starts_on:
        raise ValidationFailed.at("/ends_on", "Use the first day or a later one.", "ends_before_start")
