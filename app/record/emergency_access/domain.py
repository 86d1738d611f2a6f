"""What emergency access is: an hour of reading one client's record without being on the care team, reviewed after."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from app.core.events import AuditAction, DomainEvent
from app.core.problems import Conflict, Forbidden

LASTS = timedelta(minutes=60)
REVIEW_WITHIN = timedelta(hours=72)


class ReviewState(StrEnum):
    """Whether an emergency access still waits for its review, has waited longer than 72 hours, or was reviewed."""

    OPEN = "open"
    OVERDUE = "overdue"
    DONE = "done"


class ReviewOutcome(StrEnum):
    """What the reviewer found."""

    JUSTIFIED = "justified"
    NOT_JUSTIFIED = "not_justified"


class ClientAlreadySeen(Conflict):
    """The caller sees this client anyway: emergency access would only blur who used it when."""

    title = "You can already see this client"


class EmergencyAccessOver(Conflict):
    """The hour is over, or it was ended before."""

    title = "This emergency access is already over"


class EmergencyAccessAlreadyReviewed(Conflict):
    """It was reviewed before; the first review stands."""

    title = "This emergency access is already reviewed"


class OwnEmergencyAccess(Forbidden):
    """Nobody reviews what she did herself."""

    title = "Someone else has to review your emergency access"


class NotReviewer(Forbidden):
    """A supervisor reviews those she supervises, a privacy officer everybody."""

    title = "Only her supervisor or a privacy officer may review this"


@dataclass(frozen=True, kw_only=True)
class _EmergencyEvent(DomainEvent):
    entity: ClassVar[str] = "emergency_access"


@dataclass(frozen=True, kw_only=True)
class EmergencyAccessGranted(_EmergencyEvent):
    """Someone opened the record of a client she does not see; `recipients` were told."""

    type: ClassVar[str] = "emergency_access.granted"
    action: ClassVar[AuditAction] = AuditAction.CREATE
    reason_code: str
    recipients: tuple[UUID, ...]


@dataclass(frozen=True, kw_only=True)
class EmergencyAccessEnded(_EmergencyEvent):
    """She ended it before its hour was over."""

    type: ClassVar[str] = "emergency_access.ended"
    action: ClassVar[AuditAction] = AuditAction.UPDATE


@dataclass(frozen=True, kw_only=True)
class EmergencyAccessReviewed(_EmergencyEvent):
    """Someone else weighed whether it was right."""

    type: ClassVar[str] = "emergency_access.reviewed"
    action: ClassVar[AuditAction] = AuditAction.UPDATE
    outcome: str


@dataclass(frozen=True, kw_only=True)
class EmergencyAccessViewed(_EmergencyEvent):
    """Someone read one with its justification."""

    type: ClassVar[str] = "emergency_access.viewed"
    action: ClassVar[AuditAction] = AuditAction.READ


@dataclass(frozen=True, kw_only=True)
class EmergencyAccessesListed(_EmergencyEvent):
    """Someone read a list of them."""

    type: ClassVar[str] = "emergency_access.listed"
    action: ClassVar[AuditAction] = AuditAction.READ
