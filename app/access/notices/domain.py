"""What a notice is: word to one practitioner that something happened which she has to look at."""

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from app.core.events import AuditAction, DomainEvent


class NoticeKind(StrEnum):
    """What a notice tells."""

    EMERGENCY_ACCESS_GRANTED = "emergency_access_granted"
    REFRESH_TOKEN_REUSED = "refresh_token_reused"
    CLIENT_REQUEST_RECEIVED = "client_request_received"
    PASSWORD_CHANGED = "password_changed"
    SECOND_FACTOR_ADDED = "second_factor_added"
    SECOND_FACTOR_REMOVED = "second_factor_removed"


@dataclass(frozen=True, kw_only=True)
class NoticeSeen(DomainEvent):
    """The recipient said that she has seen it."""

    type: ClassVar[str] = "notice.seen"
    action: ClassVar[AuditAction] = AuditAction.UPDATE
    entity: ClassVar[str] = "notice"
