"""What a practitioner is: a person who works for the clinic, with roles, licences and perhaps a supervisor."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from app.core.events import AuditAction, DomainEvent
from app.core.problems import Conflict, ValidationFailed


class Role(StrEnum):
    """What a practitioner is to the clinic; permissions follow from it."""

    THERAPIST = "therapist"
    SUPERVISOR = "supervisor"
    PSYCHIATRIST = "psychiatrist"
    DOCTOR = "doctor"
    CLINIC_ADMIN = "clinic_admin"
    PRIVACY_OFFICER = "privacy_officer"


class LoginTaken(Conflict):
    """Someone already signs in with this login."""

    title = "This login is taken"


class LastAdmin(Conflict):
    """Without an administrator nobody could manage the clinic."""

    title = "The clinic needs at least one active clinic admin"


class SupervisorUnknown(ValidationFailed):
    """The supervisor is not an active supervisor of this clinic."""

    title = "The supervisor must be an active practitioner of this clinic with the role supervisor"


@dataclass(frozen=True, kw_only=True)
class _PractitionerEvent(DomainEvent):
    entity: ClassVar[str] = "practitioner"


@dataclass(frozen=True, kw_only=True)
class PractitionerCreated(_PractitionerEvent):
    """A practitioner joined the clinic."""

    type: ClassVar[str] = "practitioner.created"
    action: ClassVar[AuditAction] = AuditAction.CREATE


@dataclass(frozen=True, kw_only=True)
class PractitionerChanged(_PractitionerEvent):
    """A practitioner's facts, roles or supervisor changed."""

    type: ClassVar[str] = "practitioner.changed"
    action: ClassVar[AuditAction] = AuditAction.UPDATE
    fields: tuple[str, ...] = ()
    roles_granted: tuple[str, ...] = ()
    roles_removed: tuple[str, ...] = ()


def check_supervision(supervisor_id: UUID | None, starts_on: date | None, ends_on: date | None) -> None:
    """Refuse dates of a supervision that is none, or that ends before it starts."""
    for pointer, day in (("/supervised_from", starts_on), ("/supervised_until", ends_on)):
        if day is not None and supervisor_id is None:
            raise ValidationFailed.at(pointer, "Name the supervisor these dates are about.", "no_supervisor")
    if starts_on is not None and ends_on is not None and ends_on < starts_on:
        raise ValidationFailed.at("/supervised_until", "Use the first day or a later one.", "ends_before_start")
