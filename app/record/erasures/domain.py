"""What an erasure is: the end of a client's record, decided by two people, after which nobody can read it again.

Her keys are destroyed; what was sealed under them stays as bytes without meaning. Names, identifiers and her care team
are removed. The audit log stays, in ids and codes.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from app.core.events import AuditAction, DomainEvent
from app.core.problems import Conflict, Forbidden


class ErasureStatus(StrEnum):
    """Where an erasure stands. What is approved is carried out at once; it only stands there after an interruption."""

    PENDING = "pending"
    WITHDRAWN = "withdrawn"
    REFUSED = "refused"
    APPROVED = "approved"
    ERASED = "erased"


class ErasureReason(StrEnum):
    """Why a record may be erased. Before its period is over, the law has to say so."""

    RETENTION_OVER = "retention_over"
    CLIENT_REQUEST = "client_request"
    COURT_ORDER = "court_order"
    UNLAWFUL = "unlawful"


MEANING: Mapping[ErasureReason, str] = {
    ErasureReason.RETENTION_OVER: "The period for which the record had to be kept was over.",
    ErasureReason.CLIENT_REQUEST: "The client asked for it, and the request was granted.",
    ErasureReason.COURT_ORDER: "A court or an authority ordered it.",
    ErasureReason.UNLAWFUL: "The record should never have been kept.",
}


class ClientStillInCare(Conflict):
    """A record is erased after the clinic's care has ended, never during it."""

    title = "This client is still in care; discharge the client first"


class RecordOnHold(Conflict):
    """A legal hold, on the client or on the whole clinic, keeps the record."""

    title = "A legal hold keeps this record"


class RetentionNotOver(Conflict):
    """The period of the clinic's policy still runs, and no other reason was given."""

    title = "This record still has to be kept"

    @classmethod
    def until(cls, day: date) -> "RetentionNotOver":
        """Say until when."""
        return cls(f"Its period is over on {day.isoformat()}.")


class ErasureAlreadyRequested(Conflict):
    """The record's erasure was asked for before and not decided yet."""

    title = "The erasure of this record is already requested"


class ErasureDecided(Conflict):
    """It was withdrawn, refused or approved before."""

    title = "This erasure is already decided"


class NotErasedYet(Conflict):
    """There is a certificate of what happened, not of what was asked for."""

    title = "Nothing was erased yet, so there is no certificate"


class ErasureLedgerMissing(Conflict):
    """The service has no erasure ledger it can write to, or one that was altered; without it nothing is erased."""

    title = "The service has no erasure ledger it can use"


class OwnErasureRequest(Forbidden):
    """Whoever asks for an erasure does not decide on it."""

    title = "Someone else has to decide on the erasure you asked for"


@dataclass(frozen=True, kw_only=True)
class _ErasureEvent(DomainEvent):
    entity: ClassVar[str] = "erasure"


@dataclass(frozen=True, kw_only=True)
class ErasureRequested(_ErasureEvent):
    """Someone asked for a record to be erased."""

    type: ClassVar[str] = "erasure.requested"
    action: ClassVar[AuditAction] = AuditAction.CREATE
    reason: str


@dataclass(frozen=True, kw_only=True)
class ErasureWithdrawn(_ErasureEvent):
    """It is not asked for any more."""

    type: ClassVar[str] = "erasure.withdrawn"
    action: ClassVar[AuditAction] = AuditAction.UPDATE


@dataclass(frozen=True, kw_only=True)
class ErasureRefused(_ErasureEvent):
    """A second person said no."""

    type: ClassVar[str] = "erasure.refused"
    action: ClassVar[AuditAction] = AuditAction.UPDATE


@dataclass(frozen=True, kw_only=True)
class ErasureApproved(_ErasureEvent):
    """A second person said yes; from here on it is carried out, whatever interrupts it."""

    type: ClassVar[str] = "erasure.approved"
    action: ClassVar[AuditAction] = AuditAction.UPDATE
    reason: str


@dataclass(frozen=True, kw_only=True)
class ErasureCompleted(_ErasureEvent):
    """The client's keys were destroyed, and what names her was removed.

    It is `after_restore` when a database came back from before the erasure and the ledger was replayed on it.
    """

    type: ClassVar[str] = "erasure.completed"
    action: ClassVar[AuditAction] = AuditAction.DELETE
    ledger_number: int
    after_restore: bool = False


@dataclass(frozen=True, kw_only=True)
class ErasureWrittenDownAgain(_ErasureEvent):
    """The ledger had lost the line of an erasure the database knows; it got another."""

    type: ClassVar[str] = "erasure.written_down_again"
    action: ClassVar[AuditAction] = AuditAction.UPDATE
    ledger_number: int


@dataclass(frozen=True, kw_only=True)
class ErasureViewed(_ErasureEvent):
    """Someone read one."""

    type: ClassVar[str] = "erasure.viewed"
    action: ClassVar[AuditAction] = AuditAction.READ


@dataclass(frozen=True, kw_only=True)
class ErasureCertified(_ErasureEvent):
    """Someone got the certificate of one."""

    type: ClassVar[str] = "erasure.certified"
    action: ClassVar[AuditAction] = AuditAction.READ


@dataclass(frozen=True, kw_only=True)
class ErasuresListed(_ErasureEvent):
    """Someone read a list of them."""

    type: ClassVar[str] = "erasure.listed"
    action: ClassVar[AuditAction] = AuditAction.READ


def check_two_people(requested_by: UUID, decided_by: UUID) -> None:
    """Refuse who would decide on her own request."""
    if requested_by == decided_by:
        raise OwnErasureRequest
