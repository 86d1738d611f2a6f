"""What a practitioner is: a person who works for the clinic, with roles, licences and perhaps a supervisor."""

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

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
