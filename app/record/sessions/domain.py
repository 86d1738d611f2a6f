"""What a session is: a meeting of clients and practitioners that is planned, then held or cancelled.

Who came is a fact about each participant; whether the meeting took place is a fact about the session. The codes
follow the founding articles of the product and the lists `session_format`, `delivery` and `attendance`.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import ClassVar

from app.core.events import AuditAction, DomainEvent
from app.core.problems import Conflict, ValidationFailed

MOST_PARTICIPANTS = 20
"""No therapy group is larger, and a session of more is a mistake of some program."""
FURTHEST = timedelta(days=3653)
"""Ten years: a session further from today than this has a mistyped year."""


class SessionFormat(StrEnum):
    """Who meets: one client, several clients, or one client with people close to her."""

    INDIVIDUAL = "individual"
    GROUP = "group"
    FAMILY = "family"


class Delivery(StrEnum):
    """How the people in a session meet."""

    IN_PERSON = "in_person"
    VIDEO = "video"
    AUDIO = "audio"
    TEXT = "text"


class SessionStatus(StrEnum):
    """Where a session stands."""

    SCHEDULED = "scheduled"
    HELD = "held"
    CANCELLED = "cancelled"


class CancelledBy(StrEnum):
    """Who cancelled a session."""

    CLIENT = "client"
    CLINIC = "clinic"


class Attendance(StrEnum):
    """Whether a client came to a session."""

    ATTENDED = "attended"
    LATE = "late"
    LEFT_EARLY = "left_early"
    NO_SHOW = "no_show"
    CANCELLED_CLIENT = "cancelled_client"
    CANCELLED_CLINIC = "cancelled_clinic"


PRESENT = frozenset({Attendance.ATTENDED, Attendance.LATE, Attendance.LEFT_EARLY})
"""The client was in the room, if not from beginning to end."""
ABSENCE_KNOWN_BEFORE = frozenset({Attendance.CANCELLED_CLIENT, Attendance.CANCELLED_CLINIC})
"""What can be said about a client before the session, or when it never took place."""

ATTENDANCE_WHEN_CANCELLED = MappingProxyType(
    {CancelledBy.CLIENT: Attendance.CANCELLED_CLIENT, CancelledBy.CLINIC: Attendance.CANCELLED_CLINIC}
)
"""What a cancelled session says about its participants."""


class SessionFrozen(Conflict):
    """A signed note exists: it is frozen with everything in it, and times and participants are in it."""

    title = "A signed note exists for this session, so its times, format and participants stay as they are"


class SessionStepNotPossible(Conflict):
    """The session does not stand where this step starts from."""

    title = "This step is not possible while the session stands where it does"


class SessionInFuture(Conflict):
    """The session has not begun yet, so it cannot have been held."""

    title = "This session has not begun yet"


@dataclass(frozen=True, kw_only=True)
class SessionEvent(DomainEvent):
    """Something that happened to a session; `client_ids` are its participants."""

    entity: ClassVar[str] = "session"


@dataclass(frozen=True, kw_only=True)
class SessionCreated(SessionEvent):
    """A session was planned, or written down after it took place."""

    type: ClassVar[str] = "session.created"
    action: ClassVar[AuditAction] = AuditAction.CREATE


@dataclass(frozen=True, kw_only=True)
class SessionChanged(SessionEvent):
    """Some of a session's facts changed; `fields` names them."""

    type: ClassVar[str] = "session.changed"
    action: ClassVar[AuditAction] = AuditAction.UPDATE
    fields: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class SessionHeld(SessionEvent):
    """A session took place, and who came is known."""

    type: ClassVar[str] = "session.held"
    action: ClassVar[AuditAction] = AuditAction.UPDATE


@dataclass(frozen=True, kw_only=True)
class SessionCancelled(SessionEvent):
    """A session will not take place; `by` says who cancelled it."""

    type: ClassVar[str] = "session.cancelled"
    action: ClassVar[AuditAction] = AuditAction.UPDATE
    by: str


@dataclass(frozen=True, kw_only=True)
class SessionViewed(SessionEvent):
    """Someone read a session."""

    type: ClassVar[str] = "session.viewed"
    action: ClassVar[AuditAction] = AuditAction.READ


@dataclass(frozen=True, kw_only=True)
class SessionsListed(SessionEvent):
    """Someone read a list of sessions."""

    type: ClassVar[str] = "session.listed"
    action: ClassVar[AuditAction] = AuditAction.READ


def check_time(status: SessionStatus, starts_at: datetime, now: datetime) -> None:
    """Refuse a year that must be mistyped, and a session that was held before it began."""
    if abs(starts_at - now) > FURTHEST:
        raise ValidationFailed.at("/starts_at", "Use a moment within ten years of today.", "out_of_range")
    if status is SessionStatus.HELD and starts_at > now:
        raise ValidationFailed.at("/starts_at", "A session that was held began in the past.", "in_the_future")


def check_size(session_format: SessionFormat, participants: int) -> None:
    """Refuse a number of clients the format does not have; relatives in a family session are not clients."""
    fewest, most = (2, MOST_PARTICIPANTS) if session_format is SessionFormat.GROUP else (1, 1)
    if not fewest <= participants <= most:
        detail = "A group session has 2 to 20 clients, an individual or family session has one."
        raise ValidationFailed.at("/participants", detail, "wrong_number_of_participants")


def check_attendance(status: SessionStatus, attendance: Attendance | None, pointer: str) -> None:
    """Refuse an attendance the session's status rules out, and a session that was held without knowing who came."""
    if status is SessionStatus.HELD:
        if attendance is None:
            raise ValidationFailed.at(pointer, "Say whether this client came.", "attendance_missing")
    elif attendance is not None and attendance not in ABSENCE_KNOWN_BEFORE:
        detail = "Only a session that was held has attendance; before that, use cancelled_client or cancelled_clinic."
        raise ValidationFailed.at(pointer, detail, "attendance_not_allowed")
