"""What a client may ask of her record: a copy of it or an amendment, answered within days, and where a request stands.

The rules are those of 45 CFR 164.524 and 164.526 and of articles 12, 15 and 16 of the GDPR, as far as they agree; how
many days an answer may take is the clinic's own setting.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from app.core.events import AuditAction, DomainEvent
from app.core.problems import Conflict, ValidationFailed


class ClientRequestKind(StrEnum):
    """Whether the client wants to have her record, or to have something in it put right."""

    ACCESS = "access"
    AMENDMENT = "amendment"


class AskedBy(StrEnum):
    """Who asked: the client, or somebody who may do so for her."""

    CLIENT = "client"
    REPRESENTATIVE = "representative"


class ClientRequestState(StrEnum):
    """Where a request stands."""

    OPEN = "open"
    EXTENDED = "extended"
    FULFILLED = "fulfilled"
    DENIED = "denied"
    WITHDRAWN = "withdrawn"


WAITING = (ClientRequestState.OPEN, ClientRequestState.EXTENDED)
"""In these states the clinic still owes an answer."""

DENIAL_LISTS = {
    ClientRequestKind.ACCESS: "access_denial_reason",
    ClientRequestKind.AMENDMENT: "amendment_denial_reason",
}
"""The reasons for which each kind may be denied; the law's lists are closed, ours hold what other laws add."""

CLINICAL_JUDGEMENTS = frozenset({"danger_to_life", "harm_to_another_person", "harm_by_representative", "serious_harm"})
"""Reasons nobody may give but a health professional who has weighed the case (45 CFR 164.524(a)(3))."""


class RequestStepNotPossible(Conflict):
    """An answer stands, a request is extended once, and a statement is attached once, to a denied amendment."""

    title = "This is not possible where the request stands"


class ExtensionTooLate(Conflict):
    """More time is taken before the time is over, not after (45 CFR 164.524(b)(2), 164.526(b)(2))."""

    title = "The day this request was due is over; it can no longer be extended"


@dataclass(frozen=True, kw_only=True)
class _RequestEvent(DomainEvent):
    entity: ClassVar[str] = "client_request"


@dataclass(frozen=True, kw_only=True)
class ClientRequestReceived(_RequestEvent):
    """A client asked for her record or for an amendment; `recipients` were told."""

    type: ClassVar[str] = "client_request.received"
    action: ClassVar[AuditAction] = AuditAction.CREATE
    kind: str
    recipients: tuple[UUID, ...]


@dataclass(frozen=True, kw_only=True)
class ClientRequestExtended(_RequestEvent):
    """The clinic took more time for its answer."""

    type: ClassVar[str] = "client_request.extended"
    action: ClassVar[AuditAction] = AuditAction.UPDATE


@dataclass(frozen=True, kw_only=True)
class ClientRequestFulfilled(_RequestEvent):
    """The client got what she asked for."""

    type: ClassVar[str] = "client_request.fulfilled"
    action: ClassVar[AuditAction] = AuditAction.UPDATE


@dataclass(frozen=True, kw_only=True)
class ClientRequestDenied(_RequestEvent):
    """The clinic said no, for a reason of the list."""

    type: ClassVar[str] = "client_request.denied"
    action: ClassVar[AuditAction] = AuditAction.UPDATE
    reason_code: str


@dataclass(frozen=True, kw_only=True)
class ClientRequestWithdrawn(_RequestEvent):
    """The client took her request back."""

    type: ClassVar[str] = "client_request.withdrawn"
    action: ClassVar[AuditAction] = AuditAction.UPDATE


@dataclass(frozen=True, kw_only=True)
class ClientRequestDisagreedWith(_RequestEvent):
    """The client's statement of disagreement was attached to a denied amendment."""

    type: ClassVar[str] = "client_request.disagreed_with"
    action: ClassVar[AuditAction] = AuditAction.UPDATE


@dataclass(frozen=True, kw_only=True)
class ClientRequestViewed(_RequestEvent):
    """Someone read a request with its answer."""

    type: ClassVar[str] = "client_request.viewed"
    action: ClassVar[AuditAction] = AuditAction.READ


@dataclass(frozen=True, kw_only=True)
class ClientRequestsListed(_RequestEvent):
    """Someone read a list of requests."""

    type: ClassVar[str] = "client_request.listed"
    action: ClassVar[AuditAction] = AuditAction.READ


def due_after(day: date, days: int) -> date:
    """Return the last day for an answer: the day itself is not counted."""
    return day + timedelta(days=days)


def is_overdue(state: ClientRequestState, due_on: date, today: date) -> bool:
    """Say whether the clinic owes an answer it should have given: the due day itself is still in time."""
    return state in WAITING and today > due_on


def check_day(day: date, earliest: date | None, today: date, pointer: str) -> None:
    """Refuse a day in the future, or one before the request came in."""
    if day > today:
        raise ValidationFailed.at(pointer, "Use today or a day before.", "in_future")
    if earliest is not None and day < earliest:
        raise ValidationFailed.at(pointer, "Use the day the request came in, or a later one.", "before_request")
